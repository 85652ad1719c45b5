"""Sphinx's objects.inv: every symbol that a documentation defines, with the page and anchor where it does."""

import re
import zlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ingest.crawl.addresses.urls import joined, stem
from shared.errors import ListUnreadable
from shared.model.document import ExtractedPage
from shared.visible import visible

MAX_BYTES = 20 << 20
"""Packed, and unpacked."""

_HEAD = b"# Sphinx inventory version 2"
_HEAD_LINES = 4
_LONGEST_LINE = 4000
_ENTRY = re.compile(r"(.+?)\s+([\w-]+:[\w-]+)\s+-?\d+\s+(\S*)\s+.*")
"""Name, role, address; then the name as it is shown."""
_PLACES = frozenset({"std:doc", "std:label", "std:term", "std:token"})
"""Roles of what is written about, rather than defined."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """Symbols by page: for the stem of each URL the anchors of its entries with their dotted names."""

    pages: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    listed: tuple[str, ...] = ()
    """Every page, also those that define nothing."""
    fault: str = ""
    """Why there may be more than is listed here."""

    def of(self, url: str) -> Mapping[str, str]:
        return self.pages.get(stem(url), MappingProxyType({}))


NOT_LISTED = Inventory()


def parse_inventory(body: bytes, base: str) -> Inventory:
    """Read an inventory that was found at `base`. Anything else in its place says nothing.

    Raises ListUnreadable for one that is damaged.
    """
    lines = body.split(b"\n", _HEAD_LINES)
    if len(lines) <= _HEAD_LINES or not lines[0].startswith(_HEAD):
        return Inventory()
    unpacker = zlib.decompressobj()
    try:
        plain = unpacker.decompress(lines[_HEAD_LINES], MAX_BYTES)
    except zlib.error as error:
        raise ListUnreadable("cannot be unpacked") from error
    fault = "" if unpacker.eof else "is cut off, or larger than an inventory may be"
    pages: dict[str, dict[str, str]] = defaultdict(dict)
    known: dict[str, str | None] = {}
    for line in visible(plain.decode("utf-8", "replace")).splitlines():
        if len(line) > _LONGEST_LINE or not (entry := _ENTRY.fullmatch(line)):
            continue
        name, role, place = entry.groups()
        if place.endswith("$"):
            place = place[:-1] + name
        path, _, anchor = place.partition("#")
        if path not in known:
            known[path] = joined(base, path)
        if (url := known[path]) is None:
            continue
        page = pages[stem(url)]
        if anchor and role not in _PLACES:
            page.setdefault(anchor, name)
    return Inventory(dict(pages), tuple(url for url in known.values() if url), fault)


def with_symbols(page: ExtractedPage, names: Mapping[str, str]) -> ExtractedPage:
    """The page with its sections named by the inventory: by their anchor, or else by their very heading."""
    if not names:
        return page
    entries = {one.symbol or names.get(one.anchor or "") for one in page.document.sections}
    plain = set(names.values()) - entries  # a title is no second entry
    sections = tuple(
        replace(one, symbol=names.get(one.anchor or "") or (one.heading if one.heading in plain else None))
        if one.symbol is None
        else one
        for one in page.document.sections
    )
    return replace(page, document=replace(page.document, sections=sections))
