"""The anchor that leads to a heading, wherever a generator puts it."""

from lxml.etree import _Element as Element

TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")

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
    return {heading: anchor_of(heading) for heading in region.iter(*TAGS)}


def plain(element: Element) -> str:
    """The text of an element in one line."""
    return " ".join("".join(element.itertext()).split())


def anchor_of(heading: Element) -> str | None:
    """Where its permalink leads; else its own id, its section's, one inside it, or an empty anchor's before it."""
    inner = inner_ids(heading)
    opened = _opened_ids(heading)
    known = [
        heading.get("id"),
        *(one for one in opened if _names_section(heading, one)),
        *inner,
        *_ids_before(heading),
        *opened,
    ]
    usable = [one for one in known if one and one.lower() not in _NAMELESS]
    for link in heading.iter("a"):
        target = (link.get("href") or "").partition("#")
        if not target[0] and target[2] in usable:
            return target[2]
    return usable[0] if usable else None


def inner_ids(element: Element) -> list[str]:
    return [found for one in element.iter("a", "span") if (found := one.get("id") or one.get("name"))]


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
