"""Panels that a reader can open are shown, each with its question; what no visible control names stays hidden."""

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.hidden import is_hidden, reveal
from ingest.extract.panels.controls import Addresses, discloses, hidden_in, opened_by
from ingest.extract.panels.furniture import is_furniture
from ingest.extract.panels.question import ask
from ingest.extract.tree.elements import plain

_LEFT = frozenset(("template", "noscript", "script", "style", "dialog", "select", "svg", "pre", "code"))
"""What draws no controls, or in code none that open more than a popup."""


def open_panels(region: Element) -> None:
    """Show what a visible control opens, in place. To be asked behind tabs, and before chrome is dropped."""
    addresses = Addresses(region)
    asked: dict[Element, Element] = {}
    kept: dict[Element, bool] = {}
    shut: set[Element] = set()
    waiting = [region]
    while waiting:
        begin = waiting.pop()
        walk = etree.iterwalk(begin, events=("start",))
        for _, one in walk:
            if one is not region and (one.tag in _LEFT or is_hidden(one)):
                shut.add(one)
                walk.skip_subtree()
                continue
            panels = [hidden_in(named) for named in opened_by(one, addresses)]
            for panel in panels:
                hiders = _hiders(panel, region)
                if panel not in kept and (hiders or discloses(one)):
                    kept[panel] = not is_furniture(panel, one) and _hides_only(hiders, panel)
                if not kept.get(panel):
                    continue
                for hider in hiders:
                    reveal(hider)
                waiting.extend(shut.intersection(hiders))
                shut.difference_update(hiders)
                if len(panels) == 1:
                    asked.setdefault(panel, one)
    for panel, control in asked.items():
        ask(control, panel)


def _hides_only(hiders: list[Element], panel: Element) -> bool:
    """Whether what is hidden around a panel holds nothing besides."""
    return all(plain(hider) == plain(panel) for hider in hiders)


def _hiders(panel: Element, region: Element) -> list[Element]:
    """What hides a panel: itself, or an element around it."""
    found: list[Element] = []
    for one in (panel, *panel.iterancestors()):
        if one is region:
            break
        if is_hidden(one):
            found.append(one)
    return found
