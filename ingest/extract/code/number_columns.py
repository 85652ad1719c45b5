"""Columns of numbers beside code, told by what they say: a number for each line of it."""

from collections.abc import Iterator
from itertools import pairwise

from lxml.etree import _Element as Element

from ingest.extract.clean.gutters import is_gutter
from ingest.extract.code.block import code_text
from ingest.extract.tree.elements import drop

_LEVELS = 4
"""How far above code its column may stand before it."""
_COLUMNS = frozenset(("td", "th", "div", "pre", "span", "ol", "code", "aside"))


def drop_number_columns(region: Element) -> None:
    """Take out what stands right before code and is a number for each of its lines, in it or beside it."""
    for pre in list(region.iter("pre")):
        one = next(pre.iterchildren("code", reversed=True), pre)
        for _ in range(_LEVELS):
            before = one.getprevious()
            if before is not None:
                if before.tag in _COLUMNS and not (before.tail or "").strip():
                    _drop_column(before, pre)
                break
            above = one.getparent()
            if above is None or above is region or (above.text or "").strip():
                break
            one = above


def _drop_column(column: Element, pre: Element) -> None:
    words = [word for text in column.itertext() for word in text.split()]
    if not words or not all(map(str.isdecimal, words)):
        return
    if any(int(after) != int(before) + 1 for before, after in pairwise(words)):
        return
    inside = pre in column.iterancestors()
    lines = (code_text(pre) if not inside else "".join(_rest(column, pre)).strip("\n")).count("\n") + 1
    if (len(words) > 1 or is_gutter(column)) and 0 <= len(words) - lines <= 1:
        drop(column)


def _rest(column: Element, pre: Element) -> Iterator[str]:
    """What a block says beside a column in it."""
    within = frozenset(column.iter())
    for one in pre.iter():
        if one not in within:
            yield one.text or ""
        if one is not pre and (one is column or one not in within):
            yield one.tail or ""
