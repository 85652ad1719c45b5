"""Which part of a page is what it says: by its generator, by HTML's landmarks, or by where the text stands."""

import re
from collections.abc import Callable

from lxml.etree import _Element as Element

from ingest.extract.clean.article import article_lines, covered
from ingest.extract.generators.generator import Generator
from ingest.extract.tree.elements import drop
from ingest.extract.tree.selectors import first

_LANDMARKS = ("main", "[role=main]", "#main-content", "article")
_WEIGHTY = ("h1", "h2", "h3", "h4", "pre")
_CHROME = frozenset(("nav", "footer", "aside", "header"))
_TOP = frozenset(("main", "article", "section"))
_MENU = re.compile(
    r"(?:^|[-_]|main|sub|site|page)(?:nav|navbar|navigation|navi|menu|menubar|sidebar|footer|breadcrumbs?|toc|masthead"
    r"|pagination|pager|searchbox|searchform)(?:$|[-_0-9])",
    re.IGNORECASE,
)
_SHARE = 0.9
"""An element that holds this share of the page's text, and all its headings and code, stands for the page."""


def main_region(tree: Element, generator: Generator) -> Element:
    """The element whose content is the page's own. The whole body where nothing is better."""
    body = tree.find("body")
    body = tree if body is None else body
    for selectors in (generator.regions, _LANDMARKS):
        found = first(body, selectors) if selectors else None
        if found is not None and _has_text(found):
            whole = _whole(found)
            if (
                found.tag != "article"
                or selectors is generator.regions
                or _weight(whole) >= _SHARE * _weight(body)
            ):
                return whole
    lines = article_lines(body)
    return _narrowed(body, (lambda element: covered(element, lines)) if lines else _prose)


def drop_menus(region: Element) -> None:
    """For pages of unknown make: take out blocks that are called a menu, and are one: mostly links, no code."""
    for block in list(region.iter("div", "ul", "ol", "section", "table", "td", "p", "header")):
        names = f"{block.get('class') or ''} {block.get('id') or ''}".split()
        if block is not region and any(map(_MENU.search, names)) and _is_menu(block):
            drop(block)


def _is_menu(block: Element) -> bool:
    text = len("".join("".join(block.itertext()).split()))
    linked = sum(len("".join("".join(a.itertext()).split())) for a in block.iter("a"))
    return block.find(".//pre") is None and 2 * linked >= text


def _has_text(element: Element) -> bool:
    return any(text.strip() for text in element.itertext())


def _whole(found: Element) -> Element:
    """The parent instead of one of several equal siblings (a page of `<article>`s)."""
    parent = found.getparent()
    if found.tag == "article" and parent is not None and parent.tag not in ("html", "body"):
        siblings = [one for one in parent.iterchildren("article") if one is not found and _has_text(one)]
        return parent if siblings else found
    return found


def _narrowed(body: Element, amount: Callable[[Element], int]) -> Element:
    """The smallest element that still holds nearly all of the text, by the given measure."""
    whole, weighty = amount(body), _weight(body)
    region = body
    while whole:
        for child in region.iterchildren("div", "section", "article", "td", "table", "tbody", "tr", "center"):
            if amount(child) >= _SHARE * whole and _weight(child) == weighty:
                region = child
                break
        else:
            break
    return region


def _prose(element: Element) -> int:
    """Characters of text outside links, navigation and scripts."""
    linked = sum(len("".join(a.itertext())) for a in element.iter("a"))
    return max(0, sum(len(text.strip()) for text in element.itertext("*", with_tail=True) if text) - linked)


def _weight(element: Element) -> int:
    """Headings and code outside navigation; a header within the content belongs to it."""
    return sum(1 for one in element.iter(*_WEIGHTY) if not any(map(_is_chrome, one.iterancestors())))


def _is_chrome(element: Element) -> bool:
    return element.tag in _CHROME and (
        element.tag != "header" or not any(up.tag in _TOP for up in element.iterancestors())
    )
