"""Tabs and code groups: every panel is kept, hidden or not, and begins with the label of its tab."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.hidden import reveal
from ingest.extract.clean.labels import put_label
from ingest.extract.clean.radios import radio_groups, radio_panels
from ingest.extract.generators.generator import Generator, names
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import drop, plain
from ingest.extract.tree.selectors import Matcher

_CANDIDATES = etree.XPath(
    ".//*[self::div or self::ul or self::nav or self::ol or self::header]"
    '[@role="tablist" or contains(@class, "tab") or contains(@class, "Tab") or contains(@class, "code-group")]'
)
_ROWS = names("""
    [role=tablist] .nav-tabs .nav-pills .tablist .tab-list .tabs-list .tab-nav .tabs-nav .tabs__nav .tab-bar
    .tab-buttons .tab-labels .tab-links .tab-headers .tab-header .tabs-header .tab-titles .tabs-tab-list .tab-menu
    .code-group-nav .code-group-tabs .code-tabs-nav .code-tabs-header .codetabs-nav .code-block-tabs
""")
_PANELS = names("""
    [role=tabpanel] .tab-pane .tabpanel .tab-panel .tabs-panel .tab-item .tabs__content .code-group-item
    .code-group-panel .code-tab-content
""")
_LABELS = ("button", "a", "label", "li", "span", "div")
_SELECTED = frozenset(("active", "is-active", "selected", "is-selected", "current", "checked"))
_LEVELS = 4
"""How far above its tabs a group's panels may begin."""


@dataclass(frozen=True, slots=True)
class _Kinds:
    rows: Matcher
    panels: Matcher


@dataclass(frozen=True, slots=True)
class OpenGroup:
    """Tabs of which the page does not hold every panel: a script draws the others when they are asked for."""

    after: Element
    """What the missing panels follow."""
    missing: tuple[str, ...]
    """Their labels."""


def label_tabs(region: Element, generator: Generator) -> tuple[OpenGroup, ...]:
    """Put each tab's label at the head of its panel, and drop the tabs. To be asked before chrome is dropped."""
    opened: list[OpenGroup] = []
    done: set[Element] = set()
    rows: set[Element] = set()
    kinds = _Kinds(matcher((*_ROWS, *generator.tabs)), matcher((*_PANELS, *generator.panels)))
    for row in [one for one in _CANDIDATES(region) if kinds.rows.matches(one)]:
        if rows.isdisjoint(row.iterancestors()) and (tabs := _tabs(row)):
            rows.add(row)
            opened.extend(_label(tabs, _panels(row, tabs, kinds, done), row, done))
    for tabs in radio_groups(region):
        if panels := radio_panels(tabs):
            opened.extend(_label(tabs, panels, None, done))
    return tuple(opened)


def _label(
    tabs: Sequence[Element], panels: Sequence[Element | None], row: Element | None, done: set[Element]
) -> Iterator[OpenGroup]:
    present = [(_name(tab), panel) for tab, panel in zip(tabs, panels, strict=True) if panel is not None]
    for name, panel in present:
        done.add(panel)
        reveal(panel)
        if name:
            _drop_repeated(panel, name)
            put_label(panel, name)
    missing = tuple(
        name for tab, panel in zip(tabs, panels, strict=True) if panel is None and (name := _name(tab))
    )
    if missing and present:
        yield OpenGroup(present[-1][1], missing)
    for one in (row,) if row is not None else tabs:
        if present:
            drop(one)


def _tabs(row: Element) -> list[Element]:
    tabs = [one for one in row.iter("*") if one.get("role") == "tab"]
    if tabs:
        return tabs
    for tag in _LABELS:
        tabs = [one for one in row.iter(tag) if one is not row and _name(one)]
        if tabs:
            return tabs if len(tabs) < 16 else []
    return []


def _name(tab: Element) -> str:
    name = plain(tab) or tab.get("data-title") or tab.get("data-label") or tab.get("aria-label") or ""
    return name.strip().rstrip(":") if len(name) <= 80 else ""


def _panels(row: Element, tabs: Sequence[Element], kinds: _Kinds, done: set[Element]) -> list[Element | None]:
    """The panel of each tab; None where the page does not hold it."""
    child = row
    for _ in range(_LEVELS):
        if found := [one for one in _own_panels(child, kinds) if one not in done]:
            return _paired(tabs, found)
        holder = child.getparent()
        if holder is None or holder.tag in ("body", "html"):
            break
        child = holder
    return _unmarked(row, tabs)


def _own_panels(child: Element, kinds: _Kinds) -> list[Element]:
    """Panels behind an element and before the next row of tabs, without those inside them."""
    panels: list[Element] = []
    for behind in child.itersiblings("*"):
        walk = etree.iterwalk(behind, events=("start",))
        for _, one in walk:
            if kinds.panels.matches(one):
                panels.append(one)
                walk.skip_subtree()
            elif kinds.rows.matches(one):
                return panels
    return panels


def _paired(tabs: Sequence[Element], panels: Sequence[Element]) -> list[Element | None]:
    by_id = {panel.get("id"): panel for panel in panels if panel.get("id")}
    by_tab = {panel.get("aria-labelledby"): panel for panel in panels if panel.get("aria-labelledby")}
    by_name = {panel.get("data-tabname"): panel for panel in panels if panel.get("data-tabname")}
    named = [
        next((there[key] for there, key in _references(tab, by_id, by_tab, by_name) if key in there), None)
        for tab in tabs
    ]
    if any(panel is not None for panel in named):
        pairs = named
    elif len(panels) == len(tabs):
        pairs = list(panels)
    elif len(panels) == 1:
        chosen = _selected(tabs)
        pairs = [panels[0] if tab is chosen else None for tab in tabs]
    else:
        pairs = [panels[at] if at < len(panels) else None for at in range(len(tabs))]
    return [panel if panel is not None and plain(panel) else None for panel in pairs]


def _references(
    tab: Element,
    by_id: dict[str | None, Element],
    by_tab: dict[str | None, Element],
    by_name: dict[str | None, Element],
) -> Iterator[tuple[dict[str | None, Element], str]]:
    for one in (tab, *tab.iter("a", "button")):
        for name in ("aria-controls", "data-bs-target", "data-target", "href"):
            if target := (one.get(name) or "").lstrip("#"):
                yield by_id, target
        for name in ("id", "data-tabname"):
            if identity := one.get(name):
                yield (by_tab if name == "id" else by_name), identity


def _unmarked(row: Element, tabs: Sequence[Element]) -> list[Element | None]:
    """Panels that nothing calls so: as many elements as there are tabs, or one with the chosen tab's code."""
    following = islice(row.itersiblings("*"), len(tabs) + 4)
    below = [one for one in following if one.tag not in ("script", "style", "button") and plain(one)]
    for several in (below[: len(tabs)], *(list(one) for one in below[:1])):
        if len(several) == len(tabs) > 1 and all(_is_code(one) for one in several):
            return list(several)
    chosen = _selected(tabs)
    if below and _is_code(below[0]) and len(list(below[0].iter("pre"))) == 1:
        return [below[0] if tab is chosen else None for tab in tabs]
    return [None] * len(tabs)


def _is_code(element: Element) -> bool:
    return element.tag == "pre" or element.find(".//pre") is not None


def _selected(tabs: Sequence[Element]) -> Element:
    for tab in tabs:
        if tab.get("aria-selected") == "true" or tab.get("data-state") == "active":
            return tab
        if not _SELECTED.isdisjoint((tab.get("class") or "").split()):
            return tab
    return tabs[0]


def _drop_repeated(panel: Element, name: str) -> None:
    """A panel may begin with its label itself, for print."""
    for one in islice(panel.iterdescendants("div", "span", "p", "figcaption", "label"), 6):
        if plain(one) == name and not _is_code(one) and next(one.iterancestors("pre"), None) is None:
            drop(one)
            return
