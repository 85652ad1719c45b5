"""Panels that stand empty in a page until a reader opens them: filled with what the page's script has for them."""

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.react.drawing import draw
from ingest.extract.react.flight import Node, sent_nodes, within, words
from ingest.extract.tree.elements import plain

_PANELS = etree.XPath('.//*[@role="tabpanel" or (@role="region" and @aria-labelledby)]')
_LABELS = ("value", "title", "label", "name", "question", "summary", "header", "heading")
"""Properties that name what a component shows when it is opened."""
_RADIX = "-content-"
"""Between the id of a group of tabs and the value of one."""


def draw_panels(region: Element) -> None:
    """Fill the empty panels of `region`, where it is sure with what: as many of a name are sent as there are.

    To be asked before tabs are labelled.
    """
    panels = list(_PANELS(region))
    if all(map(plain, panels)) or not (sent := _by_name(sent_nodes(region))):
        return
    named: dict[str, list[Element]] = defaultdict(list)
    labels = {one.get("id"): plain(one) for one in region.iter("button", "a", "div", "h3") if one.get("id")}
    for panel in panels:
        for name in _names(panel, labels):
            named[name].append(panel)
    for name, alike in named.items():
        if len(sent[name]) != len(alike):
            continue
        for panel, node in zip(alike, sent[name], strict=True):
            if not plain(panel):
                draw(node.children, panel)


def _by_name(nodes: tuple[Node, ...]) -> dict[str, list[Node]]:
    """What opens under each name, in the page's order; what only says its name is the button that opens it."""
    found: dict[str, list[Node]] = defaultdict(list)
    for node in within(nodes):
        if node.tag or not node.children:
            continue
        said = _folded(words(node.children))
        for name in dict.fromkeys(_called(node)):
            if name and name != said:
                found[name].append(node)
    return found


def _called(node: Node) -> Iterator[str]:
    for name in _LABELS:
        match node.properties.get(name):
            case str() as label:
                yield _folded(label)
            case list():
                yield _folded(words(node.aside[name]))


def _names(panel: Element, labels: dict[str | None, str]) -> set[str]:
    _, mark, value = (panel.get("id") or "").rpartition(_RADIX)
    found = {_folded(labels.get(panel.get("aria-labelledby"), "")), _folded(value) if mark else ""}
    return found - {""}


def _folded(label: str) -> str:
    return "".join(label.split()).casefold()
