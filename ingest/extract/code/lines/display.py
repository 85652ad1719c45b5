"""How an element in code is laid out: by its inline style, or by a utility class that is called after one."""

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from ingest.extract.clean.inline_styles import declarations

BLOCKS = frozenset(("div", "p", "li", "tr", "table", "ol", "ul", "dd", "dt", "section", "details", "summary"))
"""Tags of what begins and ends a line where no style says otherwise."""
_BLOCK = frozenset(("block", "flow-root", "grid", "flex", "table", "table-row", "list-item", "-webkit-box"))
_UTILITY = re.compile(
    r"(?:(?:sm|md|lg|xl|tw):)?(?:d-|is-|u-|tw-|display-|u-display-)?"
    r"(block|flow-root|grid|flex|table|table-row|table-cell|list-item|inline|inline-block|inline-flex|contents)"
)
"""Of Tailwind, Bootstrap, Primer, Bulma and their like."""
_SHORT = {"db": "block", "dib": "inline-block", "di": "inline", "dt-row": "table-row", "dtc": "table-cell"}
"""Of Tachyons."""
_HIGHLIGHTERS = re.compile(r"token|hljs(?:-.*)?|cm-.*|ace_.*")
"""Whose classes say what a word of code is: Prism knows `token table` and `token block`."""
_WORD_OF_CODE = re.compile(
    r"token|hljs(?:-.*)?|cm-.*|ace_.*|mtk\d+|pl-\w+|[a-z]{1,3}\d?|lit|number|numeric|integer|constant|literal|value"
)
"""The same, and those of Pygments, Rouge, Chroma, Monaco and GitHub."""
_COLOUR = re.compile(r"color|background(?:-color)?|font-(?:style|weight)|text-decoration|--.*")
_UNSELECTABLE = frozenset(
    ("select-none", "user-select-none", "noselect", "no-select", "unselectable", "unselectable-text")
)


def display(element: Element) -> str:
    """The `display` that an element's own style or class gives it; '' where neither says one."""
    get = element.get
    style = get("style")
    if style and (said := declarations(style).get("display")):
        return said
    classes = get("class")
    return _by_class(classes) if classes else ""


def is_block(element: Element) -> bool:
    """Whether an element is laid out as a block, which begins and ends a line unless it stands within one."""
    said = display(element)
    if said:
        return said in _BLOCK
    if element.tag in BLOCKS:
        return True
    above = element.getparent()
    return above is not None and display(above) == "grid" and not _has_columns(above)


def is_beside(element: Element) -> bool:
    """Whether an element stands beside its neighbours by the layout of what holds it: a cell, a part of a row."""
    above = element.getparent()
    if above is None or display(above) not in ("flex", "inline-flex"):
        return False
    style = declarations(above.get("style") or "")
    names = (above.get("class") or "").split()
    return not (style.get("flex-direction", "").startswith("column") or any(map(_is_column, names)))


def is_unselectable(element: Element) -> bool:
    """Whether a reader who copies the code does not get an element's text."""
    style = declarations(element.get("style") or "")
    if "none" in (style.get("user-select"), style.get("-webkit-user-select"), style.get("-moz-user-select")):
        return True
    return element.get("unselectable") == "on" or not _UNSELECTABLE.isdisjoint(
        (element.get("class") or "").split()
    )


def is_coloured(element: Element) -> bool:
    """Whether a highlighter coloured an element as a word of code: by one of its classes, or by colours alone."""
    classes, style = element.get("class"), element.get("style")
    if classes:
        return any(map(_WORD_OF_CODE.fullmatch, classes.split()))
    said = declarations(style) if style else {}
    return bool(said) and all(_COLOUR.fullmatch(name) for name in said)


@lru_cache(maxsize=4096)
def _by_class(classes: str) -> str:
    names = classes.split()
    if any(map(_HIGHLIGHTERS.fullmatch, names)):
        return ""
    for name in names:
        if found := _UTILITY.fullmatch(name):
            return found[1]
        if name in _SHORT:
            return _SHORT[name]
    return ""


def _has_columns(grid: Element) -> bool:
    style = declarations(grid.get("style") or "")
    return any(name in style for name in ("grid-template-columns", "grid-template", "grid")) or any(
        "grid-cols" in name for name in (grid.get("class") or "").split()
    )


def _is_column(name: str) -> bool:
    return name in ("flex-col", "flex-column", "is-flex-direction-column", "flex-col-reverse")
