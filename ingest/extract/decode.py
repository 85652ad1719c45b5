"""Bytes of a page to text: which encoding, which kind of document, no invisible characters."""

import re
import sys
from enum import StrEnum
from html.entities import html5
from urllib.parse import urlsplit

from charset_normalizer import from_bytes
from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.charset import codec_of
from shared.visible import INVISIBLE, is_visible, visible, visible_code

_HIDDEN_NAMES = sorted(
    (name for name, text in html5.items() if INVISIBLE.search(text)), key=len, reverse=True
)
_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?|(" + "|".join(_HIDDEN_NAMES) + "))")
_CODE = ("pre", "script")
_LONGEST = 7
"""Digits of a reference; a longer one names no character."""
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_.:-]{2,40})""")
_TWO_BYTES = ("utf-16-le", "utf-16-be")
_ESCAPED = ("iso2022_jp",)
"""Valid UTF-8, whatever is said in them."""
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
    """The text of `body` with newlines as `\\n`, and without what is invisible in code too, escaped or not.

    What is visible in code alone is still there, as characters: `only_in_code` takes it out of prose.

    A byte order mark decides; then UTF-8, where the bytes are valid UTF-8 (other encodings of real
    pages are not by accident); then the HTTP header's `charset`, the page's own declaration, and a guess.
    """
    text = _decode(body, charset).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    return visible_code(_REFERENCE.sub(_visible, text))


def only_in_code(tree: Element) -> None:
    """Leave nothing invisible in a tree, attributes included; in `<pre>` and scripts what code may hold stays."""
    within = 0
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "end":
            within -= element.tag in _CODE
            if element.tail:
                element.tail = visible_code(element.tail) if within else visible(element.tail)
            continue
        within += element.tag in _CODE
        if element.text:
            element.text = visible_code(element.text) if within else visible(element.text)
        for name, value in element.attrib.items():
            if not is_visible(value):
                element.set(name, visible(value))


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
    meant = codec_of(declared[1].decode("ascii")) if declared else None
    # Bytes in which the declaration can be read are not those of UTF-16.
    named = list(filter(None, (codec_of(charset), None if meant in _TWO_BYTES else meant)))
    for name in [*(name for name in named if name in _ESCAPED), "utf-8", *named]:
        text = _as(body, name, "strict")
        if text is not None:
            return text
    for name in named:
        text = _as(body, name, "replace")
        if text is not None and text.count("�") * _MOST_DAMAGE < len(text):
            return text
    found = from_bytes(body[:100_000]).best()
    return body.decode(found.encoding if found else "cp1252", "replace")


def _as(body: bytes, codec: str, errors: str) -> str | None:
    try:
        return body.decode(codec, errors)
    except UnicodeDecodeError:
        return None


def _visible(reference: re.Match[str]) -> str:
    """What stands for an invisible character becomes that character: what is forbidden is dropped with the others."""
    hexadecimal, decimal, name = reference.groups()
    if name:
        return html5[name]
    digits = (hexadecimal or decimal).lstrip("0")
    code = int(digits or "0", 16 if hexadecimal else 10) if len(digits) <= _LONGEST else sys.maxunicode
    # 0x80-0x9f are Windows-1252 in HTML, and the parser knows it
    if 0x80 <= code <= 0x9F or (code <= sys.maxunicode and not INVISIBLE.match(chr(code))):
        return reference[0]
    return chr(min(code, sys.maxunicode)) if not 0xD800 <= code <= 0xDFFF else ""
