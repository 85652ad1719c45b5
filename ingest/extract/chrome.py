"""Drops what surrounds the content: navigation, buttons, permalinks, gutters, what is hidden or not text."""

import re

from lxml.etree import _Element as Element

from ingest.extract.generator import Generator
from ingest.extract.generators import matcher

_EVERYWHERE = """
    script style template noscript nav footer iframe svg canvas video audio object embed button select input
    textarea dialog map head link meta title [role=navigation] [role=search] [role=complementary]
    [role=contentinfo] [role=tablist] .headerlink .permalink .header-anchor .hash-link .heading-anchor
    .anchorjs-link .anchor-link .heading-link .autolink-headings .headeranchor-link .direct-link .copybtn
    .copy-button .copy-btn .clipboard-button .btn-clipboard .clipboard-copy .toolbar-item .skip-link .skip-nav
    .skip-to-content .visually-hidden .sr-only .screen-reader-text .visuallyhidden .breadcrumb .breadcrumbs
    .edit-link .edit-page .edit-this-page .pagination .prev-next .page-navigation .navheader .navfooter
    .table-of-contents .toc-sidebar .on-this-page .linenodiv .linenos .lineno .gutter .line-numbers-rows
    .line-numbers-wrapper .blob-num .related-articles .cookie-banner .cookie-consent .advertisement
    .share-buttons .sidebar-nav .page-footer .site-footer .site-header
"""
_KEPT_ASIDE = re.compile(
    r"admonition|callout|aside|note|tip|warning|caution|danger|topic|footnote|citation|sidebar$|system-message",
    re.I,
)
_INVISIBLE_STYLE = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.I)
_TOP = ("main", "article", "section")


def drop_chrome(region: Element, generator: Generator) -> None:
    """Take everything that is not content out of `region`, in place."""
    chrome = matcher((*_EVERYWHERE.split(), *generator.drop))
    doomed = [one for one in region.iter("*") if chrome.matches(one) or _hidden(one) or _apart(one)]
    for one in doomed:
        if one is not region:
            drop(one)


def drop(element: Element) -> None:
    """Remove an element and keep the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _hidden(element: Element) -> bool:
    """Hidden for good: a tab's panel or a `until-found` section can be opened by the reader."""
    get = element.get
    hidden = get("hidden")
    if hidden is None and get("aria-hidden") != "true":
        style = get("style")
        if style is None or not _INVISIBLE_STYLE.search(style):
            return False
    return hidden != "until-found" and get("role") != "tabpanel" and "tab" not in (get("class") or "")


def _apart(element: Element) -> bool:
    """An aside that is no call-out, or a site's header."""
    if element.tag == "aside":
        return not any(
            _KEPT_ASIDE.match(name) for name in (element.get("class") or "").replace("theme-", "").split()
        )
    return element.tag == "header" and not any(up.tag in _TOP for up in element.iterancestors())
