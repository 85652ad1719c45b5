"""Formulas of a page, however they are written and drawn, become code in their place, once."""

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from ingest.extract.clean.hidden import is_hidden
from ingest.extract.clean.inline_styles import hides
from ingest.extract.formulas.delimited import take_delimited
from ingest.extract.formulas.source import said_by, said_by_image, said_by_script, said_by_text, script_kind
from ingest.extract.formulas.tex import is_delimited, is_tex
from ingest.extract.tree.elements import drop, plain

_DRAWN = re.compile(r"MathJax(?:_(?:Preview|Display|SVG(?:_Display)?|CHTML|MathML))?|MJXc-display|mjx-chtml")
"""Classes of what MathJax 2 draws beside the script that holds a source."""
_UNIT = re.compile(rf"{_DRAWN.pattern}|katex(?:-display|-error)?|mwe-math-element(?:-inline|-block)?")
"""Classes of what stands for one formula, whatever it is made of."""
_ELEMENTS = frozenset(
    (
        "mjx-container",
        "math",
        "mml:math",
        "m:math",
        "math-renderer",
        "tex-math",
        "d-math",
        "math-field",
        "math-span",
    )
)
_TEXTS = frozenset(("math", "arithmatex", "js-render-math", "latex-formula"))
"""Classes of what holds a formula's source as text, for a script to draw."""
_SOURCE = frozenset(("inline", "display", "js-render-math"))
"""Beside such a class, what says that the text is TeX even where it is `x`."""
_BESIDE = frozenset(("eqno", "headerlink", "equationNumber"))
"""What stands beside a formula in its box."""
_IMAGE = re.compile(
    r"(?:^|\s)(?:math|tex|latex|formula(?:Inl|Dsp)|mathimg|mwe-math-fallback-image-\w+|ql-img-\w+-formula)(?:$|\s)"
)
_SERVICE = re.compile(r"latex\.php|codecogs\.com|/math/render/|imgmath|/images/math/|chart\?cht=tx")
"""Addresses of images that are drawn of TeX."""
_DISPLAY = re.compile(r"display|block|formulaDsp", re.IGNORECASE)
_CODE = frozenset(("pre", "code", "tt", "kbd", "samp", "textarea"))
_FLOW = frozenset(("body", "main", "article", "section", "div", "li", "dd", "blockquote", "td"))


def take_formulas(region: Element) -> None:
    """Put code in the place of each formula. To be asked before chrome is dropped: sources are hidden, or scripts."""
    for script in list(region.iter("script")):
        if kind := script_kind(script):
            _drop_drawn(script)
            display = _DISPLAY.search(script.get("type") or "") is not None
            _put(script, said_by_script(kind, script.text or ""), display=display)
    units: list[Element] = []
    taken: set[Element] = set()
    for one in region.iter("*"):
        if _may_be_formula(str(one.tag), one.get("class") or "") and _is_unit(one, taken):
            taken.add(one)
            units.append(one)
    for unit in units:
        _take(unit)
    take_delimited(region)


@lru_cache(maxsize=8192)
def _may_be_formula(tag: str, classes: str) -> bool:
    return (
        tag in _ELEMENTS
        or tag == "img"
        or any(name in _TEXTS or _UNIT.fullmatch(name) for name in classes.split())
    )


def _is_unit(one: Element, taken: set[Element]) -> bool:
    above = list(one.iterancestors())
    if any(up in taken or up.tag in _CODE for up in above):
        return False
    if one.tag == "img":
        return _is_drawn(one, above)
    if is_hidden(one):
        return False
    if _is_whole(one):
        return True
    return _holds_source(one)


def _is_whole(one: Element) -> bool:
    return one.tag in _ELEMENTS or any(map(_UNIT.fullmatch, _classes(one)))


def _holds_source(one: Element) -> bool:
    """Whether a box that is called a formula is one, and no text that mentions some."""
    if any(child.tag != "br" and _BESIDE.isdisjoint(_classes(child)) for child in one):
        return False
    text = "".join(one.itertext())
    return is_delimited(text) or is_tex(text) or not _SOURCE.isdisjoint(_classes(one))


def _is_drawn(image: Element, above: list[Element]) -> bool:
    """Whether it is drawn of a formula; `aria-hidden` only keeps it from who is read the MathML beside it."""
    if image.get("hidden") is not None or hides(image.get("style") or ""):
        return False
    boxes = " ".join(up.get("class") or "" for up in (image, *above[:2]))
    return _IMAGE.search(boxes) is not None or _SERVICE.search(image.get("src") or "") is not None


def _take(unit: Element) -> None:
    display = unit.get("display") in ("block", "true") or _DISPLAY.search(unit.get("class") or "") is not None
    if unit.tag == "img":
        _put(unit, said_by_image(unit), display=display)
    elif _is_whole(unit):
        after = unit.getnext()
        drawn_again = after is not None and any(map(_DRAWN.fullmatch, _classes(after)))
        _put(
            unit,
            "" if drawn_again and "MathJax_Preview" in _classes(unit) else said_by(unit),
            display=display,
        )
    else:
        _take_text(unit)


def _take_text(unit: Element) -> None:
    """A source in a box of its own, with the number of the equation before or behind it."""
    for link in [one for one in unit.iterdescendants() if "headerlink" in _classes(one)]:
        drop(link)
    beside = [child for child in unit if not _BESIDE.isdisjoint(_classes(child))]
    number = " ".join(map(plain, beside))
    for child in beside:
        drop(child)
    text = "".join(unit.itertext())
    said = said_by_text(text)
    tail, display = unit.tail, unit.tag in ("div", "p", "pre")
    unit.clear()
    unit.tail = tail
    unit.tag = "p" if display else "span"
    if said:
        code = unit.makeelement("code")
        code.text = said
        unit.append(code)
        code.tail = f" {number}" if number else None


def _drop_drawn(script: Element) -> None:
    while (before := script.getprevious()) is not None and not (before.tail or "").strip():
        if not any(map(_DRAWN.fullmatch, _classes(before))):
            return
        drop(before)


def _put(formula: Element, said: str, *, display: bool) -> None:
    """Code in its place, in a paragraph where it stands alone."""
    holder, tail = formula.getparent(), formula.tail
    formula.clear()
    formula.tail = tail
    if not said:
        drop(formula)
        return
    formula.tag, formula.text = "code", said
    if display and holder is not None and holder.tag in _FLOW:
        formula.tag, formula.text = "p", None
        code = formula.makeelement("code")
        code.text = said
        formula.append(code)


def _classes(element: Element) -> list[str]:
    return (element.get("class") or "").split()
