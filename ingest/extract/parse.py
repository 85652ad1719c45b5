"""A page's text to a tree, as a browser would have it where the parser would not."""

import re
from html import escape

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.limits import too_deep, without_stuffed_tags
from ingest.extract.signatures import join_signatures
from shared.errors import NoText, TooDeep

_XHTML = re.compile(r"\s*<\?xml\b|<!DOCTYPE[^>]*XHTML|<html[^>]*\bxmlns=", re.IGNORECASE)
_HEAD = 2_000
"""Characters in which a page says that it is XHTML."""
_SECTION = re.compile(
    r"(<(script|style|textarea|title|xmp)\b.*?(?:</\2|\Z))|<!\[CDATA\[(.*?)(?:\]\]>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_BOXED = re.compile(r"(<pre\b[^>]*>)(?=\s*<(?:table|ul|dl|dt|dd|li|form|fieldset)\b)", re.IGNORECASE)
"""Code of which the parser takes an element for the end; within another element it does not."""


def parse(text: str) -> Element:
    """The tree of a page. Raises NoText where there is none, TooDeep where elements are nested without end."""
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    source = join_signatures(without_stuffed_tags(_BOXED.sub(r"\1<code>", _spelled_out(text))))
    try:
        tree: Element | None = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        tree = None
    if tree is None:
        raise NoText("the page is empty")
    if too_deep(parser.error_log):
        raise TooDeep("nested too deeply", "no browser's page has so many open elements")
    return tree


def _spelled_out(text: str) -> str:
    """A page of XHTML with its CDATA sections as text: in HTML they are comments, and nobody sees them."""
    if "<![CDATA[" not in text or not _XHTML.search(text[:_HEAD]):
        return text
    return _SECTION.sub(lambda found: found[1] or escape(found[3], quote=False), text)
