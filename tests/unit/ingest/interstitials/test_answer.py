"""Interstitials that are known before a page is read, and the addresses of sign-in pages."""

import pytest
from multidict import CIMultiDict

from ingest.interstitials import (
    interstitial_of_answer,
    interstitial_of_headers,
    is_own_sign_in_page,
    is_sign_in_address,
)


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
    assert interstitial_of_headers(CIMultiDict(headers)) == guard


def test_only_a_web_page_can_be_an_interstitial() -> None:
    challenge = b"<html><script id=anubis_challenge></script></html>"
    assert interstitial_of_answer(b"\xef\xbb\xbf \n" + challenge) == "Anubis"
    for body in (b"", b"<", b"# Anubis\n\n" + challenge, b"<?xml version='1.0'?><urlset/>", b"\x00\xff"):
        assert interstitial_of_answer(body) is None
    assert interstitial_of_answer(challenge + b" " * (1 << 20)) is None


def test_an_answer_that_is_refused_may_say_so() -> None:
    body = b"<html><title>403 Forbidden</title><h1>Forbidden</h1></html>"
    assert interstitial_of_answer(body)
    assert interstitial_of_answer(body, refused=True) is None


@pytest.mark.parametrize(
    "path", ["/login", "/accounts/login/?next=/a", "/auth/realms/docs", "/sign-in", "/sso.html"]
)
def test_an_address_may_be_that_of_a_sign_in_page(path: str) -> None:
    assert is_sign_in_address(f"http://site{path}")
    assert not is_sign_in_address("http://site/authors/")
    assert is_sign_in_address("https://login.example.com/x")


def test_a_site_has_a_sign_in_page_of_its_own() -> None:
    assert is_own_sign_in_page("http://site/login")
    assert is_own_sign_in_page("http://site/wp-login.php")
    assert not is_own_sign_in_page("http://site/login/options.html")
    assert not is_own_sign_in_page("http://site/login0.html")
