"""Asides and other boxes: which are call-outs, and which stand apart from what a page says."""

import re

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import plain

_CALLOUT = re.compile(
    r"(?:^|[-_])(?:admonition|admonitionblock|callout|note|tip|warning|caution|important|custom-block|alert|danger|attention|hint|notice"
    r"|starlight-aside)(?:$|[-_])",
    re.IGNORECASE,
)
_KEPT_ASIDE = re.compile(r"aside|topic|footnote|citation|sidebar$|system-message", re.I)
_DROPPED_ASIDE = re.compile(
    r"side-?bar|toc|nav|menu|outline|promo|sponsor|advert|(?:^|[-_])ads?(?:$|[-_])|banner|related|share|newsletter|feedback",
    re.I,
)
CALLOUT = "data-callout"
"""The attribute of what was found to be a call-out: headings within open no section."""
_TOP = ("main", "article", "section")


def is_callout(name: str) -> bool:
    """Whether a class is that of a note, a warning or the like, or of a part of one."""
    return _CALLOUT.search(name) is not None


def is_apart(element: Element) -> bool:
    """An aside that is no call-out, or a site's header."""
    if element.tag == "aside":
        names = (element.get("class") or "").replace("theme-", "").split()
        if any(is_callout(name) or _KEPT_ASIDE.match(name) for name in names):
            return False
        return any(map(_DROPPED_ASIDE.search, names)) or not _is_prose(element)
    return (
        element.tag == "header"
        and not any(up.tag in _TOP for up in element.iterancestors())
        and not _is_title(element)
    )


def _is_title(header: Element) -> bool:
    """Whether a header is the page's own: it holds its first heading, and no link to the start page around it."""
    heading = header.find(".//h1")
    if heading is None or header.find(".//nav") is not None:
        return False
    linked = sum(len(plain(link)) for link in header.iter("a"))
    return 2 * linked < len(plain(header))


def _is_prose(aside: Element) -> bool:
    """Paragraphs or code, and little of it links."""
    if aside.find(".//p") is None and aside.find(".//pre") is None:
        return False
    linked = sum(len(plain(link)) for link in aside.iter("a"))
    return aside.find(".//nav") is None and 3 * linked < len(plain(aside))
