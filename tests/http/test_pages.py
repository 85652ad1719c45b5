"""Pages are whole without a script or another site, are read by everybody, and let nobody frame or keep them."""

import re
from itertools import product
from typing import Any

import pytest
from lxml import html

from mcp_server.http.pages.render import STYLESHEET, rendered, told
from tests.http.readable import assert_readable

PAGES: dict[str, dict[str, Any]] = {
    "sign_in": {"providers": [("Okta", "/sign-in/okta")], "next": "/account", "error": "Wrong password."},
    "invite": {"email": "ada@example.org", "token": "t", "least": 8, "providers": []},
    "consent": {
        "client_name": "An <b>editor</b>",
        "redirect_host": "127.0.0.1",
        "account": "ada@example.org",
        "machine": "desk",
        "scopes": ["read documentation"],
        "csrf": "c",
        "request": "r",
    },
    "device": {"csrf": "c", "user_code": "", "error": ""},
    "link": {
        "provider": "Okta",
        "email": "a@example.org",
        "csrf": "c",
        "action": "/link",
        "has_password": True,
    },
    "onward": {"client_name": "An editor", "account": "ada@example.org", "address": "cursor://back"},
    "key": {
        "session": None,
        "key": "lect_",
        "name": "laptop",
        "server": "https://lectern.test",
        "mcp_url": "https://lectern.test/mcp",
    },
    "told": {"title": "Done", "line": "You are signed out.", "hint": "", "refused": False},
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_a_language_a_title_one_heading_and_a_label_for_each_field(name: str) -> None:
    page = html.document_fromstring(bytes(rendered(f"{name}.html.jinja", **PAGES[name]).body))
    assert_readable(page)


def test_what_strangers_wrote_is_text_of_which_every_sign_is_seen() -> None:
    page = bytes(told("Refused", "Lec\u202etern <script>", status=403).body).decode()
    assert "<p>Lectern &lt;script&gt;</p>" in page


def test_a_device_that_asks_is_named_by_the_code_it_shows() -> None:
    values = PAGES["consent"] | {"redirect_host": "", "user_code": "TFWX-XHFW"}
    page = bytes(rendered("consent.html.jinja", **values).body).decode()
    assert "<dt>The device shows</dt><dd><bdi>TFWX-XHFW</bdi></dd>" in page
    assert "Leads back to" not in page


def test_nobody_frames_keeps_or_scripts_a_page() -> None:
    headers = told("Done", "You are signed out.").headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"  # with none, a form says "Origin: null"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("address", "source"),
    [
        ("https://Editor.example/back?a=b", "https://editor.example"),
        ("http://127.0.0.1:4711/callback", "http://127.0.0.1:4711"),
        ("http://[::1]:4711/callback", "http:"),
        ("cursor://anysphere/back", "cursor:"),
        ("https://x; script-src *", "https:"),
        ("//nowhere", "'self'"),
    ],
)
def test_a_form_may_lead_to_the_origin_of_what_it_names_and_nothing_else(address: str, source: str) -> None:
    policy = rendered("told.html.jinja", form_action=[address], **PAGES["told"]).headers[
        "content-security-policy"
    ]
    [found] = re.findall(r"form-action ([^;]*);", policy)
    assert found.split() == sorted({"'self'", source})
    assert policy.count(";") == 5


GROUNDS = ("ground", "card")
TEXTS = ("ink", "faint", "accent", "good", "warn", "bad")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(scheme: str) -> None:
    colours = _colours(scheme)
    pairs = [
        *product(TEXTS, GROUNDS),
        ("on-accent", "accent"),
        ("on-accent", "bad"),
        ("ink", "bad-wash"),
        ("ink", "good-wash"),
        ("ink", "wash"),
    ]
    low = [(one, other) for one, other in pairs if _contrast(colours[one], colours[other]) < 4.5]
    assert not low
    assert _contrast(colours["edge"], colours["card"]) >= 3


def _colours(scheme: str) -> dict[str, str]:
    light, dark = re.findall(r":root \{(.*?)\}", STYLESHEET, re.DOTALL)
    found = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", light))
    return found | (dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", dark)) if scheme == "dark" else {})


def _contrast(one: str, other: str) -> float:
    """By WCAG 2."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
