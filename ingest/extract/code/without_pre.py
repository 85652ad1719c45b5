"""Code blocks that are in no `<pre>`: editors on the page, and `<code>` of several lines."""

from lxml import etree
from lxml.etree import _Element as Element

_EDITORS = frozenset(("cm-content", "view-lines", "CodeMirror-code", "ace_text-layer"))
_LINES = etree.XPath('.//div[contains(@class, "-line") or contains(@class, "_line")]')
_LOOSE = etree.XPath(".//code[br or div or p or li]")
_WITHIN_TEXT = frozenset(("td", "th", "p", "li", "a", "dt", "span", "h1", "h2", "h3", "h4"))


def mark_listings(region: Element) -> None:
    """Make each of them a `<pre>`, in place."""
    for holder in dict.fromkeys(line.getparent() for line in _LINES(region)):
        if not _EDITORS.isdisjoint((holder.get("class") or "").split()):
            holder.tag = "pre"
    for code in _LOOSE(region):
        above = code.getparent()
        if above is None or above.tag in _WITHIN_TEXT or next(code.iterancestors("pre"), None) is not None:
            continue
        if len(above) == 1 and not (above.text or "").strip() and not (code.tail or "").strip():
            code.tag = "pre"
