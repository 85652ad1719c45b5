"""Drops what surrounds the content: navigation, buttons, permalinks, gutters, what is hidden or not text."""

import re
from functools import lru_cache

from lxml.etree import _Element as Element

from ingest.extract.clean.asides import is_apart
from ingest.extract.clean.gutters import is_gutter
from ingest.extract.clean.hidden import HIDING, is_hidden, names_hidden
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.tree.elements import HEADINGS, drop, plain

_EVERYWHERE = """
    script style template noscript nav footer iframe svg canvas video audio object embed button select input
    textarea dialog map head link meta title [role=navigation] [role=search] [role=complementary]
    [role=contentinfo] [role=tablist] .headerlink .permalink .header-anchor .hash-link .heading-anchor
    .anchorjs-link .anchor-link .heading-link .autolink-headings .headeranchor-link .direct-link .copybtn
    .copy-button .copy-btn .clipboard-button .btn-clipboard .clipboard-copy .toolbar-item .skip-link .skip-nav
    .skip-to-content .breadcrumb .breadcrumbs .sl-anchor-link [aria-label=Breadcrumb] [aria-label=breadcrumb]
    [aria-label=Breadcrumbs] [aria-label=breadcrumbs] [itemtype*=BreadcrumbList] .footnote-backref
    .data-footnote-backref .reversefootnote [role=doc-backlink] .copy-page .copy-page-button .page-actions
    .edit-link .edit-page .edit-this-page .pagination .prev-next .page-navigation .navheader .navfooter
    .table-of-contents .toc-sidebar .on-this-page .linenodiv .linenos .lineno .gutter .line-numbers-rows
    .line-numbers-wrapper .blob-num .related-articles .cookie-banner .cookie-consent .advertisement
    .share-buttons .sidebar-nav .page-footer .site-footer .site-header .fsdocs-tip
"""
_PHRASES = re.compile(
    r"copy (?:code|page|markdown|to clipboard|(?:page |section )?link(?: to clipboard)?)"
    r"|(?:copy|view) (?:page )?as markdown|open in (?:chatgpt|claude|cursor|perplexity|llm|stackblitz|codesandbox)"
    r"|ask (?:ai|a question)(?: about this page)?|(?:edit|improve|print|share) this page(?: on git(?:hub|lab))?"
    r"|(?:edit|view) on git(?:hub|lab)|edit page|suggest (?:an )?edits?|(?:report|raise) (?:an? )?(?:issue|bug)"
    r"|(?:view|show) (?:page )?source|(?:was|is) this (?:page )?helpful|did this page help you"
    r"|on this page|in this article|skip to (?:main )?content|(?:back|return|scroll) to top|(?:previous|next) page"
    r"|direct link|anchor link|link to (?:this )?heading|powered by (?:mintlify|gitbook)|export as pdf"
    r"|(?:toggle word )?wrap(?: text)?"
    r"|(?:last )?(?:updated|modified|edited) (?:on )?(?:[\w, ]{1,24}ago|[\w,. /-]*\d{4})|\d+ min(?:ute)?s? read"
    r"|(?:expand|collapse|run) code|(?:give|send) feedback|accept (?:all )?cookies"
)
_WORDS = frozenset(("copy", "copied", "edit", "next", "previous", "prev", "permalink", "print"))
"""What buttons of the frame say, in small letters: phrases that are nothing else, and words that need a hint."""
_HINTED = re.compile(
    r"copy|copied|clipboard|btn|button|edit|next|prev|print|permalink|tooltip", re.IGNORECASE
)
_BOXES = frozenset(("aside", "header"))
_PAGER = re.compile(r"(?:previous|next)(?: page)?")
_CARD = 120
"""Characters of a link to the page before or behind."""
_LONGEST = 48
_SAYING = frozenset(("a", "span", "div", "p", "li", "small", "summary", "label"))


def drop_chrome(region: Element, generator: Generator) -> None:
    """Take everything that is not content out of `region`, in place."""
    chrome = matcher((*_EVERYWHERE.split(), *generator.drop))
    telling = chrome.attributes | HIDING
    ordinary: dict[
        tuple[str, str | None], bool
    ] = {}  # most elements of a page are of few kinds, and innocent
    doomed: list[Element] = []
    for one in region.iter("*"):
        kind = (str(one.tag), one.get("class"))
        innocent = ordinary.get(kind)
        if innocent is None:
            innocent = (
                kind[0] not in _BOXES and not names_hidden(kind[1] or "") and not chrome.possible(*kind)
            )
            ordinary[kind] = innocent
        if innocent and telling.isdisjoint(one.keys()):
            if _is_said(one):
                doomed.append(one)
        elif (
            (chrome.matches(one) and not _is_heading(one)) or is_hidden(one) or is_apart(one) or _is_said(one)
        ) and not _numbers_code(one):
            doomed.append(one)
    for one in [_card(one) for one in doomed]:
        if one is not region:
            drop(one)


def keep_content(region: Element, generator: Generator) -> None:
    """Make boxes and code of buttons and text areas that hold content, and part flags from names.

    To be asked before chrome is dropped.
    """
    for one in list(matcher(generator.kept).within(region)) if generator.kept else ():
        for up in (one, *one.iterancestors("button", "textarea")):
            if up.tag == "button":
                up.tag = "div"
                up.set("class", "kept")
                one.tail = f" {one.tail or ''}"
            elif up.tag == "textarea":
                up.tag = "pre"
    for one in matcher(generator.flags).within(region) if generator.flags else ():
        one.tail = f" {one.tail or ''}"


def _is_heading(element: Element) -> bool:
    """Whether a permalink is not beside the text of its heading or term, but around it or around the name in it."""
    if element.tag in HEADINGS:
        return True
    parent = element.getparent()
    if parent is None or parent.tag not in (*HEADINGS, "dt"):
        return False
    text = plain(element)
    if not any(map(str.isalnum, text)):
        return False
    beside = plain(parent).replace(text, "", 1)
    return not any(map(str.isalnum, beside)) or (
        not (parent.text or "").strip() and element.find("code") is not None
    )


def _numbers_code(element: Element) -> bool:
    """Whether an element is the number of a line in code, which is read with the line."""
    return is_gutter(element) and next(element.iterancestors("pre"), None) is not None


def _card(said: Element) -> Element:
    """The link that says "Next page" beside that page's title; else the element itself."""
    link = next(said.iterancestors("a"), None)
    if link is None or not _PAGER.fullmatch((said.text or "").strip().lower()) or len(plain(link)) > _CARD:
        return said
    return link


def _is_said(element: Element) -> bool:
    """Whether an element is no more than a button's words: "Edit this page", "Copy"."""
    text = element.text
    if not text or len(text) > _LONGEST or element.tag not in _SAYING:
        return False
    phrase, word = _is_phrase(text)
    if not phrase and not (word and _HINTED.search(element.get("class") or "")):
        return False
    return all(one.tag in ("svg", "i", "img") for one in element) and not any(
        up.tag in ("pre", "code") for up in element.iterancestors()
    )


@lru_cache(maxsize=8192)
def _is_phrase(text: str) -> tuple[bool, bool]:
    """Whether a text is a phrase of the frame, or a word that may be one."""
    said = text.strip().lower().rstrip(" ?.!→»↗:")
    return _PHRASES.fullmatch(said) is not None, said in _WORDS
