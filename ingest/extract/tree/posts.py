"""Whether a page is a post: of a blog or news, told on a day and true of that day."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

from lxml.etree import _Element as Element

_TYPES: Final = frozenset(("BlogPosting", "LiveBlogPosting", "NewsArticle", "Blog"))
"""Of schema.org."""
_SHELVES: Final = frozenset(("announcement", "announcements", "blog", "blogs", "news", "newsletter", "press"))
_DOCUMENTATION: Final = frozenset(
    [
        "api",
        "apis",
        "doc",
        "docs",
        "documentation",
        "example",
        "examples",
        "guide",
        "guides",
        "handbook",
        "howto",
        "learn",
        "manual",
        "reference",
        "references",
        "tutorial",
        "tutorials",
    ]
)
"""Below such a segment of an address a `blog` is what a lesson builds."""
_DATED: Final = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])/")
_MOST_BYTES: Final = 1 << 17
"""Of JSON-LD that is read."""


def is_post(tree: Element, url: str) -> bool:
    """By its address (`/blog/...`, `/2026/11/...`), or by what it calls itself in microdata or JSON-LD."""
    return _lies_with_posts(urlsplit(url).path) or not _TYPES.isdisjoint(_types(tree))


def _lies_with_posts(path: str) -> bool:
    if _DATED.search(path):
        return True
    for segment in path.lower().strip("/").split("/")[:-1]:
        if segment in _DOCUMENTATION:
            return False
        if segment in _SHELVES:
            return True
    return False


def _types(tree: Element) -> Iterator[str]:
    for element in tree.iterfind(".//*[@itemtype]"):
        yield (element.get("itemtype") or "").rstrip("/").rpartition("/")[2]
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        text = script.text or ""
        if len(text) <= _MOST_BYTES:
            try:
                yield from _named(json.loads(text))
            except (ValueError, RecursionError):
                continue


def _named(said: Any) -> Iterator[str]:
    """The types of the things that JSON-LD tells of, themselves and in their list or graph."""
    things = said if isinstance(said, list) else [said]
    for thing in things:
        if isinstance(thing, dict):
            graph = thing.get("@graph")
            for one in (thing, *(graph if isinstance(graph, list) else ())):
                kind = one.get("@type") if isinstance(one, dict) else None
                yield from (
                    name for name in (kind if isinstance(kind, list) else [kind]) if isinstance(name, str)
                )
