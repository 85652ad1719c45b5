"""Call-outs become labelled quotations."""

import re

from lxml.etree import _Element as Element

from ingest.extract.clean.asides import CALLOUT, is_callout
from ingest.extract.clean.labels import labelled
from ingest.extract.tree.elements import HEADINGS, drop, plain
from ingest.extract.tree.placeholders import is_inline

_PART = re.compile(
    r"(?:^|[-_])(?:title|content|icon|body|heading|header|label|text)(?:$|[-_])", re.IGNORECASE
)
_ICON = re.compile(r"^[^\w(\"'`]+")
"""Signs before a title's words."""
_TITLE = re.compile(r"title|heading|^label$|icon$", re.IGNORECASE)
_QUESTION = re.compile(r"(?:[\w-]*--)?details(?:[-_].*)?")
"""The class of a `<details>` that is no more than that, whatever frame it shares with call-outs."""
_OPENING = frozenset(("dropdown", "toggle"))
"""Beside the class of a Sphinx admonition, what makes a box of it that opens."""
_FEW = 4
"""Headings: a box of more is a part of the page whose class sounds like a call-out's."""
_LABELS = (
    "note", "tip", "warning", "caution", "important", "danger", "attention", "hint", "info", "seealso", "success",
    "error", "example", "question", "bug", "abstract", "failure", "quote", "notice", "notes", "see also", "remarks",
)  # fmt: skip
_KINDS = frozenset(_LABELS)


def shape_callouts(region: Element) -> None:
    """Turn notes, warnings and the like into quotations that begin with a bold label."""
    for box in list(region.iter("div", "aside", "details", "blockquote", "p")):
        if box.tag == "p":
            _shape_note(box)
            continue
        names = [name for name in (box.get("class") or "").split() if is_callout(name)]
        if not names or box is region or all(_PART.search(name) for name in names):
            continue
        if next(box.iterancestors("blockquote"), None) is not None:
            continue
        title = _title(box)
        if _is_question(box):
            if title is not None:
                title.tag = "summary"
            continue
        within = () if title is None else tuple(title.iter())
        headings = [heading for heading in box.iter(*HEADINGS) if heading not in within]
        if any(heading.tag == "h1" for heading in headings) or len(headings) > _FEW:
            continue
        box.set(CALLOUT, "")
        label = (_label(title) if title is not None else "") or _label_of(box, names)
        for cell in _frame(box, title):
            cell.tag = "div"
        if title is not None:
            drop(title)
        box.tag = "blockquote"
        if label:
            _begin_with(box, _sentence(label))


def _is_question(box: Element) -> bool:
    """Whether what opens is called by its own words, and is of no kind of call-out."""
    names = (box.get("class") or "").split()
    if box.tag == "details":
        return any(map(_QUESTION.fullmatch, names))
    return not _OPENING.isdisjoint(names) and "admonition" in names and _KINDS.isdisjoint(names)


def _frame(box: Element, title: Element | None) -> list[Element]:
    """The table that a box is drawn with: its only content, or what holds its title."""
    table = box.find("table")
    if table is None or (len(box) > 1 and (title is None or table not in title.iterancestors())):
        return []
    parts = table.iter("tbody", "tr", "td")
    return [table, *(one for one in parts if next(one.iterancestors("table"), None) is table)]


def _sentence(label: str) -> str:
    said = label[:1].upper() + label[1:].rstrip(":")
    return said if said.endswith(("?", "!", ".", "…")) else f"{said}:"


def _shape_note(paragraph: Element) -> None:
    """A paragraph that is a call-out by itself: `<p class="warning">`."""
    names = [name.partition("--")[0] for name in (paragraph.get("class") or "").split()]
    label = next((name for name in names if name in _LABELS), "")
    if label and next(paragraph.iterancestors("blockquote"), None) is None:
        paragraph.tag = "blockquote"
        _begin_with(paragraph, label.capitalize() + ":")


def _title(box: Element) -> Element | None:
    for one in box.iterdescendants("summary", *HEADINGS, "p", "div", "td", "span", "strong"):
        if (
            one.tag == "summary"
            or any(_TITLE.search(name) for name in (one.get("class") or "").split())
            or (one.tag in HEADINGS and plain(one).lower().rstrip(":! ") in _LABELS)
        ):
            return one
        if one.tag == "p" or one.tag in HEADINGS:
            return None
    return None


def _label(title: Element) -> str:
    text = _ICON.sub("", plain(title))
    if text:
        return text
    return next(
        (found for one in title.iter("img", "i", "span") if (found := one.get("alt") or one.get("title"))), ""
    )


def _label_of(box: Element, names: list[str]) -> str:
    said = (box.get("data-callout-type") or box.get("data-type") or "").lower()
    parts = {said} | {part for name in names for part in re.split(r"[-_]", name.lower())}
    return next((label.capitalize() for label in _LABELS if label in parts), "")


def _begin_with(box: Element, label: str) -> None:
    """Before the first words of the first paragraph, or as a paragraph of its own."""
    start = box
    while start.tag != "p" and not (start.text or "").strip():
        said = next((one for one in start if plain(one) or (one.tail or "").strip()), None)
        if said is None or said.tag not in ("div", "p", "section"):
            break
        start = said
    if (start.tag == "p" or (is_inline(start) and plain(start))) and not _is_label(start):
        strong = labelled(box, label)[0]
        strong.tail = " " + (start.text or "").lstrip()
        start.text = None
        start.insert(0, strong)
    else:
        paragraph = labelled(box, label)
        paragraph.tail, box.text = box.text, None
        box.insert(0, paragraph)


def _is_label(paragraph: Element) -> bool:
    """Whether it names what follows: it is bold, and no more."""
    return (
        len(paragraph) == 1
        and paragraph[0].tag == "strong"
        and not (paragraph.text or "").strip()
        and not (paragraph[0].tail or "").strip()
    )
