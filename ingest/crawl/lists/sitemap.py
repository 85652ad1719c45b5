"""The pages that a site lists itself: sitemap.xml, indexes of sitemaps, sitemap.txt, packed or plain."""

import re
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import cast

from lxml import etree

from ingest.crawl.addresses.urls import join_all, origin
from ingest.crawl.fetch.fetcher import Fetcher, InterstitialAnswer
from ingest.crawl.lists.reading import Reading
from shared.errors import AddressRefused, FetchFailed, InvalidUrl, ListUnreadable

MAX_BYTES = 50 << 20
"""Of one sitemap, unpacked: the limit of the protocol."""
_MAX_FILES = 200
_MAX_ENTRIES = 100_000
_MORE_FILES = f"is one of more than {_MAX_FILES:,} files: the rest is not read"
_MORE_ENTRIES = f"there are more than {_MAX_ENTRIES:,} entries: the rest is not read"
_HEAD = 4000
_WEB_PAGE = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.I)
_FAULTS = {
    "ERR_RESOURCE_LIMIT": "is nested too deeply",
    "ERR_TAG_NOT_FINISHED": "is cut off",
    "ERR_GT_REQUIRED": "is cut off",
}
"""What libxml2 says where it ends too soon; all else it reads over."""
_ADDRESS = re.compile(r"https?://\S{1,2000}", re.IGNORECASE)
_GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What one file lists, in its order, as it is written there."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    fault: str = ""
    """Why there may be more than is listed here."""


def parse_sitemap(body: bytes, max_bytes: int = MAX_BYTES) -> Sitemap:
    """Read a sitemap or an index of sitemaps, gzipped or not, as far as it can be read.

    A web page or plain text in its place lists nothing. Raises ListUnreadable for XML, or what is packed, that
    lists nothing because it is broken.
    """
    plain = _unpack(body, max_bytes)
    head = plain[:_HEAD]
    if b"<" not in head:
        return Sitemap(pages=tuple(islice(_listed_in_text(plain), _MAX_ENTRIES + 1)))
    if _WEB_PAGE.search(head):
        return Sitemap()
    listed: dict[str, list[str]] = {"url": [], "sitemap": []}
    entries = etree.iterparse(
        BytesIO(plain),
        events=("end",),
        tag=("{*}url", "{*}sitemap"),
        recover=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
    )
    try:
        for _, entry in entries:
            if text := (entry.findtext("{*}loc") or "").strip():
                listed[etree.QName(entry).localname].append(text)
            entry.clear()
            while (before := entry.getprevious()) is not None:
                cast("etree._Element", entry.getparent()).remove(before)
    except (etree.XMLSyntaxError, ValueError):
        pass  # the log of errors says it, too
    faults = [found for one in entries.error_log if (found := _FAULTS.get(one.type_name))]
    if not any(listed.values()) and len(entries.error_log):
        raise ListUnreadable(faults[0] if faults else "is no sitemap")
    return Sitemap(tuple(listed["url"]), tuple(listed["sitemap"]), faults[0] if faults else "")


def _listed_in_text(plain: bytes) -> Iterator[str]:
    """The lines of a text that are addresses; any other text lists nothing."""
    for line in plain.decode("utf-8-sig", "replace").splitlines():
        if _ADDRESS.fullmatch(line := line.strip()):
            yield line


def _addresses(base: str, written: Sequence[str], reading: Reading) -> list[str]:
    """As a sitemap at `base` lists them. A path without a slash in front may be meant from the root of the site."""
    relative = [one for one in written if not one.startswith(("/", "http:", "https:"))]
    below, above = set(join_all(base, relative)), join_all(f"{origin(base)}/", relative)
    reading.guessed |= below.symmetric_difference(above)
    return [*join_all(base, written), *above]


async def listed_pages(
    fetcher: Fetcher, sitemaps: Iterable[str], reading: Reading, *, site: str = ""
) -> list[str]:
    """The normalised URLs of pages that these sitemaps and those they refer to list, each once.

    A sitemap that is not there lists nothing; one that cannot be read, or not to its end, is noted, and one of
    this `site` that cannot be fetched. Files and entries are bounded; an excess is noted, too.
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
        except InterstitialAnswer as error:
            reading.note("sitemap", base, error.reason)
            continue
        except FetchFailed as error:
            reading.missed("sitemap", base, error, site)
            continue
        except (AddressRefused, InvalidUrl):
            continue
        listed = await reading.read("sitemap", base, parse_sitemap, fetched.body)
        if listed is None:
            continue
        if listed.fault:
            reading.note("sitemap", base, listed.fault)
        left = _MAX_ENTRIES - len(pages)
        if len(listed.pages) > left:
            reading.note("sitemap", base, _MORE_ENTRIES)
        pages.update(dict.fromkeys(_addresses(fetched.url, listed.pages[:left], reading)))
        for url in join_all(fetched.url, listed.sitemaps):
            if url not in seen:
                seen.add(url)
                waiting.append(url)
    if waiting:
        reading.note("sitemap", waiting[0], _MORE_ENTRIES if len(pages) >= _MAX_ENTRIES else _MORE_FILES)
    return list(pages)


def _unpack(body: bytes, max_bytes: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(body, max_bytes)
    except zlib.error as error:
        raise ListUnreadable("cannot be unpacked") from error
    if not unpacker.eof:
        raise ListUnreadable("is cut off, or larger than a sitemap may be")
    return plain
