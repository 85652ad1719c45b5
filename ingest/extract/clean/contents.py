"""Drops contents lists: lists of a page's own headings, with the words above them ("On this page")."""

import re
from collections.abc import Collection, Iterator, Sequence

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import HEADINGS, drop, plain

_FEWEST = 3
"""Entries of a list that nothing calls a contents list."""
_LABEL = re.compile(
    r"(?:on|in) this (?:page|article|section|guide|chapter|topic|document|tutorial)"
    r"|(?:page |quick |article )?(?:contents|outline)|(?:table|list) of contents|toc|jump to(?: section)?|quick links"
)
_LONGEST_LABEL = 40
_SAYING = (*HEADINGS, "p", "div", "span", "strong", "b", "button", "summary", "header", "label")
_LISTS = ("ul", "ol")
_ENTRIES = frozenset(("a", "p", "div", "span", "li"))
_BLOCKS = ("pre", "table", "img", "dl", "blockquote")
_NUMBER = re.compile(r"^(?:\d+\.)*\d+\.?\s+")
_NOT_A_LETTER = re.compile(r"[\W_]+")


def drop_contents(region: Element) -> None:
    """Take them out in place.

    A list stays that a sentence introduces ("There are three ways:"), that says more of an entry than its heading
    does, or that neither leads to headings nor is called a contents list and stands behind a sentence.
    """
    headings = {form for one in region.iter(*HEADINGS, "dt") for form in _forms(one)} - {""}
    if len(headings) < 2:
        return
    for label in list(_labels(region)):
        if entries := _entries_behind(label, headings):
            for one in (label, *entries):
                _drop_with_box(one, region)
    for found in [one for one in region.iter(*_LISTS) if next(one.iterancestors(*_LISTS), None) is None]:
        if _is_contents(found, headings):
            _drop_with_box(found, region)


def is_contents_label(text: str) -> bool:
    """Whether a text is what stands above a contents list, and nothing else."""
    return len(text) <= _LONGEST_LABEL and _LABEL.fullmatch(text.lower().strip(" :.▾▸\n\t")) is not None


def heading_key(text: str) -> str:
    """By which entries and headings are compared: letters and digits, without the number of a section."""
    return _NOT_A_LETTER.sub("", _NUMBER.sub("", text.strip())).lower()


def _labels(region: Element) -> Iterator[Element]:
    """What says no more than that a contents list follows."""
    for one in region.iter(*_SAYING):
        if one.text and is_contents_label(one.text) and is_contents_label(plain(one)):
            yield one


def _entries_behind(label: Element, headings: Collection[str]) -> Sequence[Element]:
    """What stands behind a label and is a heading of the page, in its box or in the next one."""
    at = label
    while at.getnext() is None and not (at.tail or "").strip():
        above = at.getparent()
        if above is None or above.tag in ("main", "article", "body") or (above.text or "").strip():
            return ()
        at = above
    following = list(at.itersiblings())
    if following and following[0].tag in _LISTS:
        return following[:1] if _lists_only(following[0], headings) else ()
    if following and not _is_entry(following[0], headings):
        inner = [one for one in following[0] if one.tag not in ("br", "hr")]
        if inner and inner[0].tag in _LISTS:
            return following[:1] if len(inner) == 1 and _lists_only(inner[0], headings) else ()
        return following[:1] if inner and all(_is_entry(one, headings) for one in inner) else ()
    found = []
    for one in following:
        if not _is_entry(one, headings):
            break
        found.append(one)
    return found


def _is_entry(element: Element, headings: Collection[str]) -> bool:
    return element.tag in _ENTRIES and heading_key(plain(element)) in headings


def _is_contents(found: Element, headings: Collection[str]) -> bool:
    """Whether a list that nothing calls so is one."""
    before = _before(found)
    if before.endswith(":") or len(list(found.iter("li"))) < _FEWEST or not _lists_only(found, headings):
        return False
    links = [link.get("href") or "" for link in found.iter("a")]
    return all(link.startswith("#") for link in links) if links else not before


def _lists_only(found: Element, headings: Collection[str]) -> bool:
    """Whether every entry of a list is a heading of the page, and there is one; most lists end it at once."""
    any_entry = False
    for item in found.iter("li"):
        if entry := heading_key(_own(item)):
            if entry not in headings:
                return False
            any_entry = True
    return any_entry and next(found.iter(*_BLOCKS), None) is None


def _forms(heading: Element) -> Iterator[str]:
    """What an entry may call a heading: all of it, or a part of it before or between its signs and buttons."""
    yield heading_key(plain(heading))
    yield heading_key(heading.text or "")
    yield from (heading_key(plain(child)) for child in heading)


def _own(item: Element) -> str:
    """The text of an entry without that of the entries below it."""
    parts = []
    for one in item.iter():
        if _item(one) is item:
            parts.append(one.text or "")
        if one is not item and _item(one.getparent()) is item:
            parts.append(one.tail or "")
    return "".join(parts)


def _item(element: Element | None) -> Element | None:
    while element is not None and element.tag != "li":
        element = element.getparent()
    return element


def _before(found: Element) -> str:
    """The sentence right before a list: nothing where a heading, code or another list stands there."""
    before = found.getprevious()
    if before is None:
        above = found.getparent()
        return (above.text or "").strip() if above is not None else ""
    said = (before.tail or "").strip()
    return said or ("" if before.tag in (*HEADINGS, *_LISTS, *_BLOCKS, "hr") else plain(before))


def _drop_with_box(element: Element, region: Element) -> None:
    """Drop an element, and the boxes that hold nothing else."""
    above = element.getparent()
    drop(element)
    while above is not None and above is not region and not len(above) and not (above.text or "").strip():
        upper = above.getparent()
        drop(above)
        above = upper
