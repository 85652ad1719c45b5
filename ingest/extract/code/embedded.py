"""Panes of code groups and files of playgrounds that the page holds only in a script: put where they belong."""

from collections.abc import Sequence

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.labels import labelled, put_label
from ingest.extract.clean.tabs import OpenGroup
from ingest.extract.code.block import code_text
from ingest.extract.code.variants import Group, Variant, code_groups

_SCRIPTS = etree.XPath('//script[@type="application/json" or @type="text/json" or @id="__NEXT_DATA__"]')
_FRAMES = frozenset(("body", "main", "article", "section", "li", "dd", "td", "html", "blockquote"))
_WRAPPERS = 4


def fill_groups(region: Element, opened: Sequence[OpenGroup]) -> bool:
    """Add the panes that scripts hold to the groups of `region`; whether some group still lacks one."""
    missing = [set(map(_folded, group.missing)) for group in opened]
    scripts = [(script, groups) for script in _SCRIPTS(region) if (groups := code_groups(script.text or ""))]
    shown = {_squeezed(code_text(pre)): pre for pre in region.iter("pre")} if scripts else {}
    for script, groups in scripts:
        inside = region in script.iterancestors()
        for group in groups:
            here = [shown[_squeezed(one.code)] for one in group if _squeezed(one.code) in shown]
            absent = [one for one in group if _squeezed(one.code) not in shown]
            if not absent:
                continue
            place = _place(group, here, opened, missing)
            if place is not None:
                if not any(place is one.after for one in opened):
                    first = next(one for one in group if _squeezed(one.code) in shown)
                    put_label(place, first.label or first.language)
                _insert(absent, place)
            elif inside and not here:
                _insert(absent, script)
            for at, one in enumerate(opened):
                if one.after is place:
                    missing[at] -= {_folded(added.label or added.language) for added in absent}
            shown |= {_squeezed(one.code): place for one in absent if place is not None}
    return any(missing)


def _place(
    group: Group, here: Sequence[Element], opened: Sequence[OpenGroup], missing: Sequence[set[str]]
) -> Element | None:
    """What the rest of a group follows: the panel of its tabs, or the last of its panes that the page shows."""
    for one in opened:
        if any(pre is one.after or one.after in pre.iterancestors() for pre in here):
            return one.after
    if here:
        return _block(here[-1])
    labels = {_folded(one.label) for one in group}
    return next(
        (one.after for one, names in zip(opened, missing, strict=True) if names and names <= labels), None
    )


def _block(pre: Element) -> Element:
    """The outermost wrapper that holds nothing but this code."""
    block = pre
    for up in list(pre.iterancestors())[:_WRAPPERS]:
        if up.tag in _FRAMES or len([True for _ in up.iter("pre", "p", "h1", "h2", "h3", "h4")]) > 1:
            break
        block = up
    return block


def _insert(variants: Sequence[Variant], after: Element) -> None:
    tail, after.tail = after.tail, None
    for one in variants:
        pre = after.makeelement("pre")
        pre.text = one.code
        if one.language:
            pre.set("data-lang", one.language)
        head = labelled(after, one.label or one.language)
        after.addnext(head)
        head.addnext(pre)
        after = pre
    after.tail = tail


def _squeezed(code: str) -> str:
    return "".join(code.split())


def _folded(label: str) -> str:
    return label.strip().lstrip("/").casefold()
