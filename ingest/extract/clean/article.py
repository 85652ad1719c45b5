"""What trafilatura takes for the text of a page: it knows articles on sites of any make, but drops code and tables."""

import logging
from functools import cache
from typing import Any

from lxml import etree
from lxml.etree import _Element as Element

SENTENCE = 40
"""Characters of a line that is prose rather than a menu's entry."""
DEEPEST = 200
"""Nested elements: trafilatura walks by recursion."""


def article_lines(tree: Element) -> tuple[str, ...]:
    """The longer lines of the page's text, without white space; none where trafilatura sees no article."""
    if _depth(tree) > DEEPEST:
        return ()
    page = etree.tostring(tree, method="html", encoding="unicode")
    text = _extract()(page, favor_recall=True, include_comments=False) or ""
    lines = ("".join(line.split()) for line in text.splitlines())
    return tuple(line for line in lines if len(line) >= SENTENCE)


def covered(element: Element, lines: tuple[str, ...]) -> int:
    """Characters of those lines that stand in an element."""
    text = "".join("".join(element.itertext()).split())
    return sum(len(line) for line in lines if line in text)


@cache
def _extract() -> Any:
    """Imported late: a worker that only meets known generators never needs it."""
    from trafilatura import extract

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # a page without an article is no event
    return extract


def _depth(tree: Element) -> int:
    deepest = depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest
