"""Tabs made of radio inputs: their labels, and the panel that each one shows by style alone."""

from collections.abc import Sequence
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

_RADIOS = etree.XPath('.//input[@type="radio"][@id or parent::label]')


def radio_groups(region: Element) -> list[list[Element]]:
    """Labels of radio inputs, by the inputs' name, in order."""
    radios = _RADIOS(region)
    if not radios:
        return []
    labels = {one.get("for"): one for one in region.iter("label") if one.get("for")}
    groups: dict[str, list[Element]] = {}
    for radio in radios:
        parent = radio.getparent()
        label = labels.get(radio.get("id")) if radio.get("id") else None
        if label is None and parent is not None and parent.tag == "label":
            label = parent
        if label is not None:
            groups.setdefault(radio.get("name") or "", []).append(label)
    return list(groups.values())


def radio_panels(tabs: Sequence[Element]) -> list[Element | None]:
    """Behind each label its panel; or all of them behind the last; or as many within one element behind it."""
    each = [_behind(tab, 1) for tab in tabs]
    if all(one is not None for one in each):
        return [one[0] if one else None for one in each]
    last: Element | None = tabs[-1]
    for _ in range(2):
        behind = _behind(last, len(tabs)) if last is not None else None
        for several in (
            (behind[: len(tabs)], list(behind[0].iterchildren("div", "section", "pre", "figure")))
            if behind
            else ()
        ):
            if len(several) == len(tabs):
                return list(several)
        last = last.getparent() if last is not None else None
    return []


def _behind(element: Element, most: int) -> list[Element] | None:
    """The elements that follow, if the next one is neither a label nor an input of the same row."""
    following = list(islice((one for one in element.itersiblings("*") if one.tag != "input"), most))
    return following if following and following[0].tag in ("div", "section", "pre", "figure", "ul") else None
