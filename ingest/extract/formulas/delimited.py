r"""Formulas in running text, `\(x\)`, which a script finds and draws in the browser."""

import re

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.formulas.source import said_by_text
from ingest.extract.formulas.tex import is_tex

_SURE = re.compile(r"\\\(.{1,2000}?\\\)|\\\[.{1,2000}?\\\]", re.DOTALL)
_DOLLARS = re.compile(
    _SURE.pattern
    + r"|\\\$.{1,2000}?\\\$|\$\$.{1,2000}?\$\$"
    + r"|(?<![\\$\w])\$(?![\s$])[^$\n]{0,400}?[^$\s\\]\$(?![\w$])",
    re.DOTALL,
)
"""What a page means by dollars only where a script draws formulas."""
_DRAWS = re.compile(r"mathjax|katex|asciimath", re.IGNORECASE)
_LEFT = frozenset(("pre", "code", "tt", "kbd", "samp", "script", "style", "textarea", "math", "annotation"))


def take_delimited(region: Element) -> None:
    """Put code in the place of each formula in the text of `region`."""
    drawn = _is_drawn(region)
    found = _DOLLARS if drawn else _SURE
    places: list[tuple[Element, str]] = []
    walk = etree.iterwalk(region, events=("start", "end"))
    for event, one in walk:
        if event == "end":
            if one is not region and _may_hold(one.tail, drawn=drawn):
                places.append((one, "tail"))
        elif one.tag in _LEFT:
            walk.skip_subtree()
        elif _may_hold(one.text, drawn=drawn):
            places.append((one, "text"))
    for one, name in places:
        _part(one, name, found, drawn=drawn)


def _is_drawn(region: Element) -> bool:
    return any(
        _DRAWS.search(script.get("src") or "") or _DRAWS.search((script.text or "")[:10_000])
        for script in region.getroottree().iter("script")
    )


def _may_hold(text: str | None, *, drawn: bool) -> bool:
    return text is not None and ("\\(" in text or "\\[" in text or (drawn and "$" in text))


def _part(one: Element, name: str, found: re.Pattern[str], *, drawn: bool) -> None:
    text = getattr(one, name)
    made: list[Element] = []
    lead, at = text, 0
    for formula in found.finditer(text):
        inner = formula[0].strip("$\\()[]")
        if not (drawn and (formula[0][0] == "\\" or formula[0].startswith("$$"))) and not is_tex(inner):
            continue
        between = text[at : formula.start()]
        if made:
            made[-1].tail = between
        else:
            lead = between
        code = one.makeelement("code")
        code.text = said_by_text(formula[0])
        made.append(code)
        at = formula.end()
    if not made:
        return
    made[-1].tail = text[at:]
    setattr(one, name, lead)
    if name == "text":
        one[0:0] = made
        return
    holder = one.getparent()
    if holder is not None:
        behind = holder.index(one) + 1
        holder[behind:behind] = made
