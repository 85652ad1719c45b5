"""Code blocks that are in no `<pre>`: editors on the page, `<code>` of several lines, and what a style makes code."""

import re
from itertools import islice

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.inline_styles import declarations
from ingest.extract.code.lines.display import is_block
from ingest.extract.tree.elements import drop

_EDITORS = frozenset(("cm-content", "view-lines", "CodeMirror-code", "ace_text-layer"))
_LINES = etree.XPath('.//*[self::div or self::pre][contains(@class, "-line") or contains(@class, "_line")]')
_BESIDE = (
    "CodeMirror-gutter",
    "CodeMirror-linenumber",
    "CodeMirror-measure",
    "cm-gutters",
    "ace_gutter",
    "margin-view-",
)
_GUTTERS = etree.XPath(
    ".//*[contains(@class, '-') or contains(@class, '_')]["
    + " or ".join(f"contains(@class, '{name}')" for name in _BESIDE)
    + "]"
)
_LOOSE = etree.XPath(".//code[br or div or p or li]")
_STYLED = etree.XPath(
    ".//*[(@style and (contains(@style, 'white-space') or contains(@style, 'display')))"
    " or (string-length(@class) > 4 and (contains(@class, 'whitespace-pre') or contains(@class, 'block')))]"
    "[self::code or self::samp or self::kbd or self::tt or self::div or self::p or self::span]"
)
_WITHIN_TEXT = frozenset(("td", "th", "p", "li", "a", "dt", "span", "h1", "h2", "h3", "h4"))
_NEVER = frozenset(("td", "th", "a", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "summary", "button", "label"))
_CODE = frozenset(("code", "samp", "kbd", "tt"))
_KEPT = frozenset(("pre", "pre-wrap", "break-spaces"))
_KEPT_CLASSES = frozenset(("whitespace-pre", "whitespace-pre-wrap"))
_MONOSPACE = re.compile(r"mono|courier|consolas|menlo|font-mono|source-code", re.IGNORECASE)
_TOP = re.compile(r"(\d+(?:\.\d+)?)px")


def mark_listings(region: Element) -> None:
    """Make each of them a `<pre>`, in place."""
    for gutter in _GUTTERS(region):
        drop(gutter)
    for line in _LINES(region):
        _mark_editor(line)
    for code in _LOOSE(region):
        above = code.getparent()
        if above is None or not _is_alone(code) or next(code.iterancestors("pre"), None) is not None:
            continue
        if above.tag == "p":
            above.tag = "div"
        if above.tag not in _WITHIN_TEXT:
            code.tag = "pre"
    for one in _STYLED(region):
        if _is_code(one) and not any(up.tag == "pre" or up.tag in _NEVER for up in one.iterancestors()):
            one.tag = "pre"
            for up in one.iterancestors("p"):
                up.tag = "div"


def _mark_editor(line: Element) -> None:
    """A line of an editor may be a `<pre>` in a wrapper, and stand anywhere but in its place."""
    for holder in islice(line.iterancestors(), 2):
        if _EDITORS.isdisjoint(_names(holder)) or holder.tag == "pre":
            continue
        for one in holder.iter("pre"):
            one.tag = "div"
        places = [_TOP.fullmatch(declarations(one.get("style") or "").get("top", "")) for one in holder]
        if all(places):
            holder[:] = sorted(
                holder, key=lambda one: float(declarations(one.get("style") or "")["top"][:-2])
            )
        holder.tag = "pre"


def _is_code(element: Element) -> bool:
    """Whether a style makes an element a block of code: its white space is kept, or it stands alone in its block."""
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
