"""Pure: a page and its Markdown twin, made one where the twin holds more."""

import re
from collections.abc import Collection, Iterable
from dataclasses import replace
from enum import StrEnum
from urllib.parse import unquote, urlsplit

from ingest.extract.markdown.holdings import folded, holdings, holds_more, words
from shared.model.document import Document, ExtractedPage, Section, unsigned

_ENOUGH = 0.8
"""Of the page's headings, code and words: what its twin must hold to be the same page."""
_PUNCTUATION = re.compile(r"[\W_]+")


class Kin(StrEnum):
    """What a Markdown text is to the page whose twin it should be."""

    OTHER = "another page"
    SAME = "the same page"
    RICHER = "the same page, with more of it"


def with_twin(page: ExtractedPage, twin: ExtractedPage) -> tuple[ExtractedPage, Kin]:
    """The page with its twin's text, if that is the same page and holds more code or prose; and what the twin is.

    Address, title, anchors and symbols stay the page's: they are what a reader opens.
    """
    shown, told = holdings(page.document.markdown), holdings(twin.document.markdown)
    same = (
        twin.document.generator == "markdown"
        and _is_called_alike(page, twin.document)
        and _holds({_folded(one.heading) for one in twin.document.sections}, _headings(page.document))
        and _holds(told.codes, shown.codes)
        and _holds(words(twin.document.markdown), words(shown.text))
    )
    if not same:
        return page, Kin.OTHER
    if not (holds_more(told, shown) and shown.diffs <= told.codes):
        return page, Kin.SAME
    document = replace(
        page.document,
        markdown=twin.document.markdown,
        sections=_sections(page.document, twin.document),
        listings=twin.document.listings,
    )
    return replace(page, document=document, incomplete=False), Kin.RICHER


def _sections(page: Document, twin: Document) -> tuple[Section, ...]:
    """The twin's sections, with the anchors and symbols that the page has for them."""
    mine: dict[str, list[Section]] = {}
    for section in reversed(page.sections):
        mine.setdefault(_folded(section.heading), []).append(section)
    return tuple(_as_known(one, mine.get(_folded(one.heading), [])) for one in twin.sections)


def _as_known(section: Section, known: list[Section]) -> Section:
    """With the anchor and the symbol of the first of those that are left, if any is."""
    if not known:
        return section
    first = known.pop()
    return replace(section, anchor=first.anchor, symbol=first.symbol)


def _is_called_alike(page: ExtractedPage, twin: Document) -> bool:
    """Whether every title that the twin has is one of the page: it is no other page, and not several at once."""
    titles = [one.heading for one in twin.sections if one.level == 1]
    if not titles and twin.title != unquote(urlsplit(twin.url).path).rpartition("/")[2]:
        titles = [twin.title]
    ours = [page.document.title, *(one.heading for one in page.document.sections)]
    return all(_is_among(_folded(title), map(_folded, ours)) for title in titles)


def _is_among(title: str, ours: Iterable[str]) -> bool:
    return any(one and (one in title or title in one) for one in ours)


def _headings(document: Document) -> set[str]:
    return {_folded(one.heading) for one in document.sections if one.level > 1}


def _holds(all_of: Collection[str], some: Collection[str]) -> bool:
    return sum(one in all_of for one in some) >= _ENOUGH * len(some)


def _folded(heading: str) -> str:
    return _PUNCTUATION.sub("", folded(unsigned(heading)))
