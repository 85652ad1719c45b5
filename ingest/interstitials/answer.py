"""Pure: whether a guard answered, by the headers of the answer or by any body that came with it."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from lxml import etree

from ingest.interstitials.page import LARGEST, guard_of_page
from ingest.interstitials.signs import DENIED, DOOR, DOOR_HOST, ENTRANCE, HEADERS

_WEB_PAGE = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,2000}?-->\s*|<\?xml[^>]{0,200}>\s*)*"
    rb"<(?:!doctype\s+html|html|head|body|title|meta|script|div|h1|p)\b",
    re.IGNORECASE | re.DOTALL,
)


def say(guard: str) -> str:
    """The reason that is given for a page in whose place a guard answered."""
    return f"a guard answered ({guard}), needs --header"


def may_be_guards(body: bytes) -> bool:
    """Whether a body is a web page of a guard's size."""
    return len(body) <= LARGEST and _WEB_PAGE.match(body) is not None


def guard_of_headers(headers: Mapping[str, str]) -> str | None:
    """Whose answer this is by its headers, where they are names without regard to case."""
    return next(
        (guard for name, said, guard in HEADERS if (value := headers.get(name)) and said.search(value)), None
    )


def guard_of_answer(body: bytes, *, refused: bool = False) -> str | None:
    """Whose page a body is, if it is a web page and a guard's. One that is `refused` may say no more than that."""
    if not may_be_guards(body):
        return None
    text = body.decode("utf-8", "replace")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        return None
    guard = None if tree is None else guard_of_page(tree, text)
    return None if refused and guard == DENIED else guard


def is_door(url: str) -> bool:
    """Whether a normalised address is one at which people sign in or consent."""
    parts = urlsplit(url)
    return bool(DOOR.search(parts.path) or DOOR_HOST.match(parts.netloc))


def is_entrance(url: str) -> bool:
    """Whether a normalised address names a sign-in page itself, as a site's own link to it does."""
    return ENTRANCE.search(urlsplit(url).path) is not None
