"""Makes one run of text of a type that a generator writes in parts, some of them links: `Optional`, `[`, `str`, `]`."""

import re

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import drop, unwrap

_NAME = re.compile(r"[^\W\d][\w.]*")


def join_annotations(region: Element) -> None:
    """Names of types lose the links to where they are described, and emphasis that follows emphasis is one."""
    for link in list(region.iter("a")):
        if _is_type(link):
            unwrap(link)
    for emphasis in list(region.iter("em")):
        while (following := emphasis.getnext()) is not None and _goes_on(emphasis, following):
            emphasis.text = (emphasis.text or "") + (following.text or "")
            drop(following)


def _is_type(link: Element) -> bool:
    """Whether it is an emphasised name that leads to an anchor: a reference to a class, to Sphinx."""
    return (
        len(link) == 1
        and link[0].tag == "em"
        and not len(link[0])
        and not (link.text or link[0].tail or "").strip()
        and _NAME.fullmatch(link[0].text or "") is not None
        and "#" in (link.get("href") or "")
    )


def _goes_on(emphasis: Element, following: Element) -> bool:
    return following.tag == "em" and not emphasis.tail and not len(emphasis) and not len(following)
