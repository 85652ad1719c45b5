"""The anchor that leads to a heading, wherever a generator puts it."""

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import HEADINGS, plain
from shared.model.document import PERMALINK_SIGNS

_SECTIONS = frozenset(("section", "div", "header", "hgroup", "article", "td", "tr", "tbody", "table"))
_NAMELESS = frozenset(
    (
        "content", "main", "body", "page", "document", "wrapper", "container", "header", "top", "root", "app",
        "__next", "main-content", "maincontent", "docs", "article", "contents", "fossil", "toc",
    )
)  # fmt: skip
"""Ids of a page's frame, which lead to no section."""


def heading_anchors(region: Element) -> dict[Element, str | None]:
    """The anchor of each heading. To be asked before chrome is dropped: empty anchors and permalinks go with it."""
    return {heading: anchor_of(heading) for heading in region.iter(*HEADINGS)}


def heading_signs(region: Element) -> dict[Element, tuple[str, str]]:
    """What the permalink of a heading shows before its text and behind it, where that is a sign of its own."""
    found = {}
    for heading in region.iter(*HEADINGS):
        words = plain(heading)
        bare = words.strip(PERMALINK_SIGNS + " ")
        if bare and bare != words and any(_is_sign(one) for one in heading.iter("a")):
            before, _, behind = words.partition(bare)
            found[heading] = (before, behind)
    return found


def _is_sign(link: Element) -> bool:
    words = plain(link)
    return words != "" and not words.strip(PERMALINK_SIGNS)


def anchor_of(heading: Element) -> str | None:
    """Where its permalink leads; else its own id, its section's, one inside it, or an empty anchor's before it."""
    inner = inner_ids(heading)
    linked = {one.get("id") or one.get("name") for one in heading.iter("a") if not _is_anchor(one)}
    opened = _opened_ids(heading)
    known = [
        heading.get("id"),
        *(one for one in opened if _names_section(heading, one)),
        *(one for one in inner if one not in linked),
        *_ids_before(heading),
        *inner,
    ]
    certain, usable = (
        [one for one in ids if one and one.lower() not in _NAMELESS] for ids in (known, [*known, *opened])
    )
    for link in heading.iter("a"):
        target = (link.get("href") or "").partition("#")
        if not target[0] and target[2] in usable:
            return target[2]
    return (
        next(iter(certain), None)
        or _permalink(heading)
        or next(iter((*usable, *_ids_before_opened(heading))), None)
        or _link_around(heading)
    )


def _link_around(heading: Element) -> str | None:
    """Where the link leads that the whole heading is, if that is on this page."""
    link = next(heading.iter("a"), None)
    href = "" if link is None or plain(link) != plain(heading) else link.get("href") or ""
    return href[1:] or None if href.startswith("#") else None


def _permalink(heading: Element) -> str | None:
    """Where a link without words leads, in the heading or right behind it, if that is on this page."""
    behind = heading.getnext()
    links = [*heading.iter("a"), *((behind,) if behind is not None and behind.tag == "a" else ())]
    for link in links:
        href = link.get("href") or ""
        if len(href) > 1 and href.startswith("#") and not any(map(str.isalnum, plain(link))):
            return href[1:]
    return None


def inner_ids(element: Element) -> list[str]:
    """Those of anchors in it; a span's name is none."""
    named = ((one, one.get("id")) for one in element.iter("a", "span"))
    return [found for one, own in named if (found := own or (one.get("name") if one.tag == "a" else None))]


def _is_anchor(link: Element) -> bool:
    """Whether it is there to be linked to: a link elsewhere may bear a name too."""
    return (link.get("href") or "#").startswith("#")


def _ids_before_opened(heading: Element) -> list[str]:
    """Those of an empty anchor before a box, a list item or the list that begins with this heading."""
    found: list[str] = []
    child, parent = heading, heading.getparent()
    while parent is not None and parent.tag in ("li", "ul", "div") and child.getprevious() is None:
        found += _ids_before(parent)
        child, parent = parent, parent.getparent()
    return found


def _ids_before(heading: Element) -> list[str]:
    before = heading.getprevious()
    if before is None or before.tag not in ("a", "span", "p", "div") or plain(before):
        return []
    own = before.get("id") or before.get("name")
    return ([own] if own else []) + inner_ids(before)


def _opened_ids(heading: Element) -> list[str]:
    """Ids of the elements that begin with this heading, nearest first."""
    found: list[str] = []
    child, parent = heading, heading.getparent()
    while parent is not None and parent.tag in _SECTIONS:
        if (parent.text or "").strip() or any(
            plain(one) or (one.tail or "").strip() for one in child.itersiblings(preceding=True)
        ):
            break
        if identity := parent.get("id"):
            found.append(identity)
        child, parent = parent, parent.getparent()
    return found


def _names_section(heading: Element, identity: str) -> bool:
    """Whether an id is that of a section element, or of a div that says it is one."""
    for up in heading.iterancestors(*_SECTIONS):
        if up.get("id") == identity:
            return up.tag == "section" or any(
                name.startswith("sect") for name in (up.get("class") or "").split()
            )
    return False
