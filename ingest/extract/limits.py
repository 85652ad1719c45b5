"""What a page may ask of the parser: its depth, and the attributes of one tag."""

import re
from collections.abc import Iterable

from lxml import etree

ATTRIBUTES = 1_000
"""Of one tag; the parser compares each with all before it."""

_LONG = 4 * ATTRIBUTES
_VALUE = r"=\s*+(?>(?:\"[^\"]*+\"?+|'[^']*+'?+)?)"
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(script|style|textarea|title|xmp|iframe)\b[^>]*+>.*?(?:</\1|\Z)"
    rf"|<[A-Za-z](?>(?:[^>=]++|{_VALUE})*)",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"[^\s/>=]++\s*+(?>(?:=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?)")


def without_stuffed_tags(text: str) -> str:
    """A tag with more attributes than any page has loses them all."""
    stuffed = [
        match
        for match in _TAG.finditer(text)
        if match.end() - match.start() > _LONG and match[1] is None and _is_stuffed(match[0])
    ]
    for match in reversed(stuffed):
        name = match[0].split(maxsplit=1)[0].partition("/")[0]
        text = text[: match.start()] + name + text[match.end() :]
    return text


def too_deep(log: Iterable[etree._LogEntry]) -> bool:
    """Whether the parser gave up: what is left of the page is only its beginning."""
    return any(entry.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT for entry in log)


def _is_stuffed(tag: str) -> bool:
    return not tag.startswith("<!--") and sum(1 for _ in _ATTRIBUTE.finditer(tag)) > ATTRIBUTES
