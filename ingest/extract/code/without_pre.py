"""Code blocks that are in no `<pre>`: editors on the page, `<code>` of several lines, and what a style makes code."""

import re

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.inline_styles import declarations
from ingest.extract.code.lines.display import is_block
from ingest.extract.tree.elements import drop

_EDITORS = frozenset(("cm-content", "view-lines", "CodeMirror-code", "ace_text-layer"))
_BESIDE = (
    "CodeMirror-gutter", "CodeMirror-linenumber", "CodeMirror-measure", "cm-gutters", "ace_gutter", "margin-view-",
)  # fmt: skip
"""What an editor has beside its code."""
_GUTTERS = etree.XPath(".//*[" + " or ".join(f"contains(@class, '{name}')" for name in _BESIDE) + "]")
_LOOSE = etree.XPath(".//code[br or div or p or li]")
_WITHIN_TEXT = frozenset(("td", "th", "p", "li", "a", "dt", "span", "h1", "h2", "h3", "h4"))
_NEVER = frozenset(("td", "th", "a", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "button", "label"))
_CODE = frozenset(("code", "samp", "kbd", "tt"))
_KEPT = frozenset(("pre", "pre-wrap", "break-spaces"))
_KEPT_CLASSES = frozenset(("whitespace-pre", "whitespace-pre-wrap"))
_MONOSPACE = re.compile(r"mono|courier|consolas|menlo|font-mono|source-code", re.IGNORECASE)
_TOP = re.compile(r"\d+(?:\.\d+)?px")


def mark_listings(region: Element) -> None:
    """Make each of them a `<pre>`, in place."""
    if holders := [one for one in region.iter("div") if not _EDITORS.isdisjoint(_names(one))]:
        for gutter in _GUTTERS(region):
            drop(gutter)
        for holder in holders:
            _mark_editor(holder)
    for code in _LOOSE(region):
        above = code.getparent()
        if above is None or not _is_alone(code) or next(code.iterancestors("pre"), None) is not None:
            continue
        if above.tag == "p":
            above.tag = "div"
        if above.tag not in _WITHIN_TEXT:
            code.tag = "pre"
    for one in list(region.iter(*_CODE, "div", "p")):
        if _is_code(one) and not any(up.tag == "pre" or up.tag in _NEVER for up in one.iterancestors()):
            one.tag = "pre"
            for up in one.iterancestors("p"):
                up.tag = "div"


def _mark_editor(holder: Element) -> None:
    """A line of an editor may be a `<pre>` in a wrapper, and stand anywhere but in its place."""
    for one in holder.iter("pre"):
        one.tag = "div"
    if all(_TOP.fullmatch(_top(one)) for one in holder):
        holder[:] = sorted(holder, key=lambda one: float(_top(one)[:-2]))
    holder.tag = "pre"


def _top(line: Element) -> str:
    return declarations(line.get("style") or "").get("top", "")


def _is_code(element: Element) -> bool:
    """Whether a style makes an element a block of code: its white space is kept, or it stands alone in its block."""
    if element.get("style") is None and element.get("class") is None:
        return False
    style, names = declarations(element.get("style") or ""), _names(element)
    kept = style.get("white-space", "") in _KEPT or not _KEPT_CLASSES.isdisjoint(names)
    if element.tag in _CODE:
        return is_block(element) and (kept or _is_alone(element))
    looks = " ".join((style.get("font-family", ""), style.get("font", ""), *names))
    return kept and _MONOSPACE.search(looks) is not None and element.find(".//pre") is None


def _is_alone(code: Element) -> bool:
    above = code.getparent()
    return (
        above is not None
        and len(above) == 1
        and not (above.text or "").strip()
        and not (code.tail or "").strip()
    )


def _names(element: Element) -> list[str]:
    return (element.get("class") or "").split()
