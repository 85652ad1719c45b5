"""Call-outs become labelled quotations; panels of tabs begin with the label of their tab."""

import re

from lxml.etree import _Element as Element

from ingest.extract.anchors import TAGS, plain
from ingest.extract.chrome import drop

_CALLOUT = re.compile(
    r"(?:^|[-_])(?:admonition|admonitionblock|callout|note|tip|warning|caution|important|custom-block|alert|danger|attention|hint"
    r"|starlight-aside)(?:$|[-_])",
    re.IGNORECASE,
)
_PART = re.compile(
    r"(?:^|[-_])(?:title|content|icon|body|heading|header|label|text)(?:$|[-_])", re.IGNORECASE
)
_TITLE = re.compile(r"title|heading|^label$|icon$", re.IGNORECASE)
_LABELS = ("note", "tip", "warning", "caution", "important", "danger", "attention", "hint", "info", "seealso")


def label_tabs(region: Element) -> None:
    """Put each tab's label at the head of its panel. To be asked before chrome, and so the row of tabs, is dropped."""
    for tabs in [
        one
        for one in region.iter("*")
        if one.get("role") == "tablist" or "tabbed-labels" in (one.get("class") or "")
    ]:
        holder = tabs.getparent()
        if holder is None:
            continue
        labels = [one for one in tabs.iter("*") if one.get("role") == "tab" or one.tag == "label"]
        panels = [
            one
            for one in holder.iter("div", "section")
            if _is_panel(one) and not any(map(_is_panel, _between(one, holder)))
        ]
        named = {label.get("id"): label for label in labels if label.get("id")}
        for at, panel in enumerate(panels):
            by_name = named.get(panel.get("aria-labelledby"))
            label = by_name if by_name is not None else labels[at] if len(labels) == len(panels) else None
            if label is not None and (text := plain(label)):
                panel.insert(0, _bold(panel, text))
                panel[0].tail, panel.text = panel.text, None
        drop(tabs)


def shape_callouts(region: Element) -> None:
    """Turn notes, warnings and the like into quotations that begin with a bold label."""
    for box in list(region.iter("div", "aside", "details", "blockquote")):
        names = [name for name in (box.get("class") or "").split() if _CALLOUT.search(name)]
        if not names or box is region or all(_PART.search(name) for name in names):
            continue
        if next(box.iterancestors("blockquote"), None) is not None:
            continue
        title = _title(box)
        within = () if title is None else tuple(title.iter())
        if any(heading not in within for heading in box.iter(*TAGS)):
            continue
        label = (_label(title) if title is not None else "") or _label_of(names)
        if title is not None:
            drop(title)
        for cell in list(box.iter("table", "tbody", "tr", "td")):
            cell.tag = "div"
        box.tag = "blockquote"
        if label:
            _begin_with(box, label[:1].upper() + label[1:].rstrip(":") + ":")


def _is_panel(element: Element) -> bool:
    return element.get("role") == "tabpanel" or "tabbed-block" in (element.get("class") or "").split()


def _between(element: Element, top: Element) -> list[Element]:
    found = []
    for up in element.iterancestors():
        if up is top:
            break
        found.append(up)
    return found


def _title(box: Element) -> Element | None:
    for one in box.iterdescendants("summary", *TAGS, "p", "div", "td", "span", "strong"):
        if one.tag in ("summary", *TAGS) or any(
            _TITLE.search(name) for name in (one.get("class") or "").split()
        ):
            return one
        if one.tag == "p":
            return None
    return None


def _label(title: Element) -> str:
    text = plain(title)
    if text:
        return text
    return next(
        (found for one in title.iter("img", "i", "span") if (found := one.get("alt") or one.get("title"))), ""
    )


def _label_of(names: list[str]) -> str:
    parts = {part for name in names for part in re.split(r"[-_]", name.lower())}
    return next((label.capitalize() for label in _LABELS if label in parts), "")


def _begin_with(box: Element, label: str) -> None:
    """Before the first words of the first paragraph, or as a paragraph of its own."""
    start = box
    while len(start) and not (start.text or "").strip() and start[0].tag in ("div", "p", "section"):
        start = start[0]
        if start.tag == "p":
            break
    if start.tag == "p":
        strong = _bold(box, label)[0]
        strong.tail = " " + (start.text or "").lstrip()
        start.text = None
        start.insert(0, strong)
    else:
        paragraph = _bold(box, label)
        paragraph.tail, box.text = box.text, None
        box.insert(0, paragraph)


def _bold(maker: Element, text: str) -> Element:
    paragraph = maker.makeelement("p")
    strong = maker.makeelement("strong")
    strong.text = text
    paragraph.append(strong)
    return paragraph
