"""Guards that are known before a page is read, and the addresses of doors."""

import pytest
from multidict import CIMultiDict

from ingest.interstitials import guard_of_answer, guard_of_headers, is_door, is_entrance


@pytest.mark.parametrize(
    ("headers", "guard"),
    [
        ({"cf-mitigated": "challenge"}, "Cloudflare"),
        ({"X-Amzn-Waf-Action": "captcha"}, "AWS WAF"),
        ({"X-Vercel-Mitigated": "challenge"}, "Vercel"),
        ({"Server": "cloudflare", "CF-RAY": "8f"}, None),
        ({"X-CDN": "Imperva", "x-datadome": "protected"}, None),
    ],
)
def test_headers_name_a_guard(headers: dict[str, str], guard: str | None) -> None:
    assert guard_of_headers(CIMultiDict(headers)) == guard


def test_only_a_web_page_can_be_a_guards() -> None:
    challenge = b"<html><script id=anubis_challenge></script></html>"
    assert guard_of_answer(b"\xef\xbb\xbf \n" + challenge) == "Anubis"
    for body in (b"", b"<", b"# Anubis\n\n" + challenge, b"<?xml version='1.0'?><urlset/>", b"\x00\xff"):
        assert guard_of_answer(body) is None
    assert guard_of_answer(challenge + b" " * (1 << 20)) is None


def test_an_answer_that_is_refused_may_say_so() -> None:
    body = b"<html><title>403 Forbidden</title><h1>Forbidden</h1></html>"
    assert guard_of_answer(body)
    assert guard_of_answer(body, refused=True) is None


@pytest.mark.parametrize(
    "path", ["/login", "/accounts/login/?next=/a", "/auth/realms/docs", "/sign-in", "/sso.html"]
)
def test_an_address_may_be_a_door(path: str) -> None:
    assert is_door(f"http://site{path}")
    assert not is_door("http://site/authors/")
    assert is_door("https://login.example.com/x")


def test_a_sites_own_page_for_signing_in_is_an_entrance() -> None:
    assert is_entrance("http://site/login")
    assert is_entrance("http://site/wp-login.php")
    assert not is_entrance("http://site/login/options.html")
    assert not is_entrance("http://site/login0.html")
