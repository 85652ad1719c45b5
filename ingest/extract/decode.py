"""Bytes of a page to text: which encoding, which kind of document, no invisible characters."""

import re
from enum import StrEnum
from html.entities import html5
from urllib.parse import urlsplit

from charset_normalizer import from_bytes
from lxml import etree
from lxml.etree import _Element as Element

KEPT_IN_CODE = "\u200b\u200c\u200d\ufe0e\ufe0f"
"""What joins and parts characters, and tells an emoji from a sign: in code it is part of the text."""

MOST_IN_A_ROW = 2
"""As many of them an emoji holds side by side; more spell out a hidden message."""

_NEVER = (
    "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff\ud800-\udfff"
    "\ue000-\uf0c0\uf0c2-\uf8ff\U000e0000-\U000e0fff\U000f0000-\U0010ffff"
)
INVISIBLE = re.compile(f"[{_NEVER}{KEPT_IN_CODE}]")
"""Zero-width, bidirectional, tag, variation, control and private-use characters: what a reader cannot see.

But for U+F0C1, the chain that many sites of Sphinx show as the permalink of a heading.
"""

_DROPPED = re.compile(f"[{_NEVER}]")
_HINTS = re.compile(f"[{KEPT_IN_CODE}]")
_JOINED = "\u0600-\u08ff\u0900-\u109f\u1780-\u18af"
_SIGNS = "\u00a9\u00ae\u203c-\u3299\U0001f000-\U0001faff"
_IDLE = re.compile(
    f"\u200b|(?<![{_JOINED}])\u200c|(?<![{_JOINED}{_SIGNS}\ufe0f])\u200d|(?<![{_SIGNS}])[\ufe0e\ufe0f](?!\u20e3)"
)
"""The same in prose, but for joiners within words of scripts that are written with them, and for those of emoji."""
_MESSAGE = re.compile(f"[{KEPT_IN_CODE}]{{{MOST_IN_A_ROW + 1},}}")
_HIDDEN_NAMES = sorted(
    (name for name, text in html5.items() if INVISIBLE.search(text)), key=len, reverse=True
)
_REFERENCE = re.compile(r"&(?:#(?:x([0-9a-fA-F]{1,8})|([0-9]{1,8}));?|(" + "|".join(_HIDDEN_NAMES) + "))")
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
_WEB_NAMES = {
    name: codec
    for codec, names in {
        "cp1252": "iso-8859-1 latin-1 latin1 us-ascii ascii",
        "cp1254": "iso-8859-9",
        "gb18030": "gb2312 gbk",
        "cp949": "euc-kr ks_c_5601-1987",
        "cp932": "shift_jis x-sjis",
        "utf-16-le": "utf-16",
    }.items()
    for name in names.split()
}
"""What browsers read where a page names these."""
_MOST_DAMAGE = 100
"""One character in so many may be unreadable before a declared encoding is not believed."""
_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"\x1f\x8b",
    b"BZh",
    b"\x7fELF",
    b"wOFF",
    b"wOF2",
)
_HTML = re.compile(
    r"<(?:!doctype\s+html|html|head|body|meta|title|main|article|section|nav|div|h[1-6]|p|pre|table|ul|ol|dl|frameset)[\s>/]",
    re.IGNORECASE,
)
_LEADING = re.compile(r"(?:\s|<!--.*?-->|<\?.*?\?>)*", re.DOTALL)
_TEXT_NAMES = (".md", ".mdx", ".markdown", ".txt", ".text")


_CONTROLS = [bytes([byte]) for byte in range(1, 32) if byte not in b"\t\n\f\r\x1b"]


class Kind(StrEnum):
    HTML = "html"
    TEXT = "text"
    """Markdown, or plain text read as Markdown."""
    OTHER = "other"


def decode(body: bytes, charset: str | None = None) -> str:
    """The text of `body` with newlines as `\\n` and without invisible characters, escaped ones included.

    Only those that are `KEPT_IN_CODE` are still there, as characters: `only_in_code` takes them out of prose.

    A byte order mark decides; then UTF-8, where the bytes are valid UTF-8 (other encodings of real
    pages are not by accident); then the HTTP header's `charset`, the page's own declaration, and a guess.
    """
    text = _decode(body, charset).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _DROPPED.sub("", _REFERENCE.sub(_visible, text))
    return _MESSAGE.sub("", text) if has_hints(text) else text


def only_in_code(tree: Element) -> None:
    """Take the characters that are `KEPT_IN_CODE` out of everything but `<pre>`, attributes included, in place."""
    within = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            within -= element.tag == "pre"
            if element.tail and not within:
                element.tail = without_hints(element.tail)
            continue
        within += element.tag == "pre"
        if element.text and not within:
            element.text = without_hints(element.text)
        for name, value in element.attrib.items():
            if has_hints(value):
                element.set(name, without_hints(value))


def has_hints(text: str) -> bool:
    """Whether any of the characters that are `KEPT_IN_CODE` is there."""
    return not text.isascii() and any(hint in text for hint in KEPT_IN_CODE)


def without_hints(text: str) -> str:
    """Text without the characters that are `KEPT_IN_CODE`; joiners stay in the scripts that need them."""
    return _IDLE.sub("", text) if has_hints(text) else text


def kind_of(body: bytes, text: str, url: str) -> Kind:
    """What the bytes are: by their own beginning, and for text by the URL's ending."""
    if body.startswith(_BINARY) or text.count("�", 0, 4000) > 100 or _is_binary(body):
        return Kind.OTHER
    start = _LEADING.match(text)
    head = text[start.end() if start else 0 :][:4000]
    named_text = urlsplit(url).path.lower().endswith(_TEXT_NAMES)
    if named_text and not re.match(r"<!doctype\s+html|<html", head, re.IGNORECASE):
        return Kind.TEXT
    if _HTML.search(head):
        return Kind.HTML
    if head.startswith("<"):
        return Kind.HTML if "<html" in text[:20_000].lower() else Kind.OTHER
    if head.startswith(("{", "[{", '["')):
        return Kind.OTHER
    return Kind.TEXT


def _is_binary(body: bytes) -> bool:
    """Whether control characters are more than a slip; those of UTF-16 are every other byte, and zero."""
    head = body[:4000]
    controls = sum(head.count(byte) for byte in _CONTROLS)
    return 20 * controls > len(head)


def _decode(body: bytes, charset: str | None) -> str:
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    if 4 * body.count(b"\x00", 0, 2000) > min(len(body), 2000) and not body.startswith(_BINARY):
        return body.decode("utf-16-le" if body[1:2] == b"\x00" else "utf-16-be", "replace")
    declared = _DECLARED.search(body, 0, 4096)
    named = [name for name in (charset, declared[1].decode("ascii") if declared else None) if name]
    for name in named if b"\x1b" in body else ["utf-8", *named]:
        text = _as(body, name, "strict")
        if text is not None:
            return text
    for name in named:
        text = _as(body, name, "replace")
        if text is not None and text.count("�") * _MOST_DAMAGE < len(text):
            return text
    found = from_bytes(body[:100_000]).best()
    return body.decode(found.encoding if found else "cp1252", "replace")


def _as(body: bytes, name: str, errors: str) -> str | None:
    name = name.strip().lower()
    try:
        return body.decode(_WEB_NAMES.get(name, name), errors)
    except (UnicodeDecodeError, LookupError):
        return None


def _visible(reference: re.Match[str]) -> str:
    hexadecimal, decimal, _ = reference.groups()
    if hexadecimal is None and decimal is None:
        return "".join(_HINTS.findall(html5[reference[0][1:]]))
    code = int(hexadecimal, 16) if hexadecimal else int(decimal)
    if code > 0x10FFFF:
        return ""
    if 0x80 <= code <= 0x9F or not INVISIBLE.match(
        chr(code)
    ):  # 0x80-0x9f are Windows-1252 in HTML, and the parser knows it
        return reference[0]
    return chr(code) if _HINTS.match(chr(code)) else ""
