"""Markdown without what its readers do not see: comments, scripts, hidden elements; with its last fence closed."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from lxml import html
from lxml.etree import ParserError
from markdown_it.token import Token

from ingest.extract.clean.hidden import is_hidden

_MARKUP = re.compile(
    r"<!--(?P<comment>.*?)(?:-->|\Z)|<(?P<close>/?)(?P<tag>[A-Za-z][\w.-]*)(?P<rest>(?:\s[^<>]*)?)>",
    re.DOTALL,
)
_DEFINITION = re.compile(
    r"^ {0,3}\[(?://|comment|hidden|_)[^\]\n]*\]:[ \t]*\S.*$", re.MULTILINE | re.IGNORECASE
)
"""A link definition that no link uses: `[//]: # (a comment)`."""
_NEVER_SEEN = frozenset(("script", "style", "template", "noscript"))
_CLOSED = re.compile(r"[\s>]*(`{3,}|~{3,})[ \t]*$")


def seen(body: str, tokens: Sequence[Token]) -> str:
    """The body with as many lines as before. Code is left as it is. Linear time."""
    if "<" not in body and "]:" not in body:
        return body
    starts = _line_starts(body)
    coded = [(starts[first], starts[last]) for first, last in _coded(tokens)]
    cuts = [*_hidden(body, coded), *(found.span() for found in _DEFINITION.finditer(body))]
    kept, at = [], 0
    for start, end in sorted(cut for cut in cuts if not _within(cut[0], coded)):
        if end > at:
            kept += [body[at:start], "\n" * body.count("\n", max(start, at), end)]
            at = end
    return "".join((*kept, body[at:]))


def open_fence(lines: Sequence[str], tokens: Sequence[Token]) -> str:
    """The fence that would close the block at the end, or nothing where it is closed."""
    for token in reversed(tokens):
        if token.type == "fence" and token.level == 0 and token.map and token.map[1] >= len(lines):
            last = _CLOSED.match(lines[-1]) if token.map[1] - token.map[0] > 1 else None
            closed = last and last[1][0] == token.markup[0] and len(last[1]) >= len(token.markup)
            return "" if closed else token.markup
        if token.level == 0:
            return ""
    return ""


def _hidden(body: str, coded: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    opened, depth, begun, looked, ticks = "", 0, 0, 0, 0
    for found in _MARKUP.finditer(body):
        line = body.rfind("\n", looked, found.start())
        ticks = body.count("`", max(looked, line), found.start()) + (ticks if line < 0 else 0)
        looked = found.start()
        if _within(looked, coded) or ticks % 2:  # in a block, or in an open span
            continue
        tag = (found["tag"] or "").lower()
        if found["comment"] is not None:
            if not opened:
                yield found.span()
        elif opened:
            if tag == opened and not found["rest"].endswith("/"):
                depth += -1 if found["close"] else 1
                if not depth:
                    yield begun, found.end()
                    opened = ""
        elif not found["close"] and not found["rest"].endswith("/") and _hides(tag, found["rest"]):
            opened, depth, begun = tag, 1, found.start()


def _hides(tag: str, rest: str) -> bool:
    if tag in _NEVER_SEEN:
        return True
    if "hidden" not in rest and "style" not in rest:
        return False
    try:
        return is_hidden(html.fragment_fromstring(f"<{tag}{rest}></{tag}>"))
    except (ParserError, ValueError):
        return False


def _coded(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    for token in tokens:
        if token.type in ("fence", "code_block") and token.map:
            yield token.map[0], token.map[1]


def _line_starts(body: str) -> list[int]:
    starts = [0]
    starts += [found.end() for found in re.finditer("\n", body)]
    return [*starts, len(body)]


def _within(at: int, spans: Sequence[tuple[int, int]]) -> bool:
    before = bisect_right(spans, (at, len(spans) and spans[-1][1])) - 1
    return before >= 0 and spans[before][0] <= at < spans[before][1]
