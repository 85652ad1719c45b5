"""Redirects to where people sign in."""

import pytest

from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.sign_in import LENGTHY, is_sign_in_page
from shared.model.document import Document


def page(title: str, text: str = "Go back to the start.") -> Document:
    return Document("http://site/a", title, f"# {title}\n\n{text}\n")


def answer(url: str = "http://site/a", *redirects: str) -> Fetched:
    return Fetched(url, b"", "text/html", "utf-8", {}, redirects=redirects)


@pytest.mark.parametrize(
    "path", ["/login", "/accounts/login/?next=/a", "/auth/realms/docs", "/sign-in", "/sso.html"]
)
def test_a_redirect_to_a_sign_in_page_is_no_page(path: str) -> None:
    assert is_sign_in_page(page("Welcome"), answer(f"http://site{path}", "http://site/a"))


def test_documentation_of_signing_in_is_a_page() -> None:
    assert not is_sign_in_page(page("Sign in"), answer("http://site/docs/login"))
    assert not is_sign_in_page(page("Sign in"), answer("http://site/login/", "http://site/login"))
    assert not is_sign_in_page(page("Author"), answer("http://site/authors/", "http://site/author"))
    long = page("Sign in", "The jar asks who comes. " * (LENGTHY // 10))
    assert not is_sign_in_page(long, answer("http://site/auth/", "http://site/security"))
