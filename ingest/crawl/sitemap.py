"""The pages that a site lists itself: sitemap.xml, indexes of sitemaps, packed or plain."""

import asyncio
import zlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import cast

from lxml import etree

from ingest.crawl.fetch import Fetcher
from ingest.crawl.urls import join_all
from shared.errors import AddressRefused, FetchFailed, InvalidUrl

MAX_BYTES = 50 << 20
"""Of one sitemap, unpacked: the limit of the protocol."""
_MAX_FILES = 200
_MAX_ENTRIES = 100_000
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file lists, in its order, as it is written there."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def parse_sitemap(body: bytes, max_bytes: int = MAX_BYTES) -> Sitemap:
    """Read a sitemap or an index of sitemaps, gzipped or not. What cannot be read lists nothing."""
    listed: dict[str, list[str]] = {"url": [], "sitemap": []}
    try:
        for _, entry in etree.iterparse(
            BytesIO(_unpack(body, max_bytes)),
            events=("end",),
            tag=("{*}url", "{*}sitemap"),
            recover=True,
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
        ):
            if text := (entry.findtext("{*}loc") or "").strip():
                listed[etree.QName(entry).localname].append(text)
            entry.clear()
            while (before := entry.getprevious()) is not None:
                cast("etree._Element", entry.getparent()).remove(before)
    except (etree.XMLSyntaxError, zlib.error, ValueError):
        pass
    return Sitemap(pages=tuple(listed["url"]), sitemaps=tuple(listed["sitemap"]))


async def listed_pages(fetcher: Fetcher, sitemaps: Iterable[str]) -> list[str]:
    """The normalised URLs of pages that these sitemaps and those they refer to list, each once.

    A sitemap that cannot be fetched or read lists nothing; files and entries are bounded.
    """
    waiting = deque(dict.fromkeys(sitemaps))
    seen = set(waiting)
    pages: dict[str, None] = {}
    files = 0
    while waiting and files < _MAX_FILES and len(pages) < _MAX_ENTRIES:
        base = waiting.popleft()
        files += 1
        try:
            fetched = await fetcher.get(base, max_bytes=MAX_BYTES)
        except (FetchFailed, AddressRefused, InvalidUrl):
            continue
        listed = await asyncio.to_thread(parse_sitemap, fetched.body)
        pages.update(dict.fromkeys(join_all(fetched.url, listed.pages[: _MAX_ENTRIES - len(pages)])))
        for url in join_all(fetched.url, listed.sitemaps):
            if url not in seen:
                seen.add(url)
                waiting.append(url)
    return list(pages)


def _unpack(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    plain = unpacker.decompress(body, max_bytes)
    if not unpacker.eof:
        raise ValueError("cut off or larger than a sitemap may be")
    return plain
