"""Pure: whether an answer is an interstitial, by its headers or by any body that came with it."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from lxml import etree

from ingest.interstitials.page import LARGEST, interstitial_of_page
from ingest.interstitials.signs import DENIED, HEADERS, OWN_SIGN_IN_PATH, SIGN_IN_HOST, SIGN_IN_PATH

_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|div|h1|p)\b",
    re.IGNORECASE | re.DOTALL,
)


def reason_of(interstitial: str) -> str:
    """The reason that is given for a page in whose place an interstitial came."""
    return f"a guard answered ({interstitial}), needs --header"


def may_be_interstitial(body: bytes) -> bool:
    """Whether a body is a web page, and small enough for an interstitial."""
    return len(body) <= LARGEST and _WEB_PAGE.match(body) is not None


def interstitial_of_headers(headers: Mapping[str, str]) -> str | None:
    """Which interstitial an answer is by its headers, where they are names without regard to case."""
    return next(
        (guard for name, said, guard in HEADERS if (value := headers.get(name)) and said.search(value)), None
    )


def interstitial_of_answer(body: bytes, *, refused: bool = False) -> str | None:
    """Which interstitial a body is, or None. One that is `refused` may say no more than that."""
    if not may_be_interstitial(body):
        return None
    text = body.decode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    found = None if tree is None else interstitial_of_page(tree, text)
    return None if refused and found == DENIED else found


def is_sign_in_address(url: str) -> bool:
    """Whether a normalised address is one at which people sign in or consent."""
    parts = urlsplit(url)
    return bool(SIGN_IN_PATH.search(parts.path) or SIGN_IN_HOST.match(parts.netloc))


def is_own_sign_in_page(url: str) -> bool:
    """Whether a normalised address names a sign-in page itself, as a site's own link to it does."""
    return OWN_SIGN_IN_PATH.search(urlsplit(url).path) is not None
