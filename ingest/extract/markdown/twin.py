"""Pure: a page and its Markdown twin, made one."""

import re
from collections import Counter
from dataclasses import replace

from markdown_it import MarkdownIt

from shared.model.document import ExtractedPage, Section, unsigned

_ENOUGH = 0.8
"""Of the page's headings and code: what its twin must hold to be the same page."""


def with_twin(page: ExtractedPage, twin: ExtractedPage) -> ExtractedPage:
    """The page with its twin's text, if that holds what the page does, and more code; the anchors are the page's."""
    shown, told = _code(page.document.markdown), _code(twin.document.markdown)
    headings = Counter(_folded(unsigned(one.heading)) for one in page.document.sections if one.level > 1)
    theirs = Counter(_folded(one.heading) for one in twin.document.sections)
    if len(told) <= len(shown) or not (_holds(told, shown) and _holds(set(theirs), set(headings))):
        return page
    anchors: dict[str, list[Section]] = {}
    for section in reversed(page.document.sections):
        anchors.setdefault(_folded(unsigned(section.heading)), []).append(section)
    sections = [
        replace(one, anchor=mine.pop().anchor) if (mine := anchors.get(_folded(one.heading))) else one
        for one in twin.document.sections
    ]
    document = replace(
        page.document,
        markdown=twin.document.markdown,
        sections=tuple(sections),
        listings=twin.document.listings,
    )
    return replace(page, document=document, incomplete=False)


def _holds(all_of: set[str], some: set[str]) -> bool:
    return len(some & all_of) >= _ENOUGH * len(some)


def _code(markdown: str) -> set[str]:
    tokens = MarkdownIt("commonmark").parse(markdown)
    return {_folded(one.content) for one in tokens if one.type in ("fence", "code_block")} - {""}


def _folded(text: str) -> str:
    return re.sub(r"\s+", "", text).lower()
