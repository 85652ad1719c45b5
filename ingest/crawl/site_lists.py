"""What a site lists itself, for programs: its sitemaps, its llms.txt, Sphinx's objects.inv, its versions."""

import asyncio
import re
from contextlib import suppress
from dataclasses import replace

from ingest.crawl.addresses.routes import route_of
from ingest.crawl.addresses.site_versions import SiteVersion, Versions, named_addresses, parse_switcher
from ingest.crawl.addresses.urls import join_all, origin
from ingest.crawl.entry import Entry
from ingest.crawl.fetch.fetcher import Fetcher, InterstitialAnswer
from ingest.crawl.lists.inventory import MAX_BYTES, Inventory, parse_inventory
from ingest.crawl.lists.llms import named_pages
from ingest.crawl.lists.reading import Reading
from ingest.crawl.lists.sitemap import listed_pages
from shared.errors import AddressRefused, FetchFailed, InvalidUrl, TaskFailed

_LLMS = {"llms.txt": False, "llms-full.txt": True}
"""File name, and whether it holds the pages themselves."""
_LLMS_BYTES = 20 << 20
_SWITCHER = re.compile(rb"""theme_switcher_json_url\s*[=:]\s*["']([^"']+)""")
_MIKE = re.compile(rb"""mkdocs|zensical|"provider":\s*"mike\"""", re.I)
_PARENTS = 3
"""Folders above a Sphinx page in which its inventory is looked for."""


async def listed(fetcher: Fetcher, entry: Entry, reading: Reading) -> list[str]:
    """The normalised URLs of all pages that the site lists; a list that cannot be fetched lists nothing."""
    found = await asyncio.gather(
        listed_pages(fetcher, entry.sitemaps, reading, site=origin(entry.scope.start)),
        *(_llms(fetcher, entry, name, reading) for name in _LLMS),
        *(_menu(fetcher, entry, url, reading) for url in entry.routes.menus),
    )
    return [url for pages in found for url in pages]


async def read_inventory(fetcher: Fetcher, entry: Entry, reading: Reading) -> Inventory:
    """The inventory of the documentation that the start page belongs to; an empty one if it has none."""
    folders = entry.folders
    if b"sphinx" not in entry.start.body.lower() and not entry.start.not_modified:
        folders = folders[:1]
    for folder in folders[:_PARENTS]:
        url = f"{folder}objects.inv"
        if body := await _optional(fetcher, entry, "objects.inv", url, reading):
            found = await reading.read("objects.inv", url, parse_inventory, body, url)
            if found and found.fault:
                reading.note("objects.inv", url, found.fault)
            if found and found.pages:
                return found
    return Inventory()


async def read_versions(fetcher: Fetcher, typed: str, entry: Entry, reading: Reading) -> Versions:
    """The versions that the start page names, and those in the list that its switcher reads.

    `typed` is the start URL as it was before the site redirected it.
    """
    body, start, prefix = entry.start.body, entry.scope.start, entry.scope.prefix
    known = Versions(
        typed, start, prefix, await _switcher(fetcher, entry, Versions(typed, start, prefix).head, reading)
    )
    with suppress(TaskFailed):  # the page itself will say so
        known.learn(map(entry.scope.home, await reading.run(named_addresses, body, entry.start.url)))
    return known


async def _switcher(fetcher: Fetcher, entry: Entry, head: str, reading: Reading) -> list[SiteVersion]:
    body = entry.start.body
    named = _SWITCHER.search(body)
    usual = [("versions.json", f"{head}versions.json")] if _MIKE.search(body) else []
    ours = join_all(entry.start.url, [named[1].decode("utf-8", "replace")] if named else [])
    for name, url in [*(("switcher", url) for url in ours), *usual]:
        listing = await _optional(fetcher, entry, name, url, reading)
        if found := await reading.read(name, url, parse_switcher, listing, url):
            return [replace(one, folder=entry.scope.home(one.folder)) for one in found]
    return []


async def _llms(fetcher: Fetcher, entry: Entry, name: str, reading: Reading) -> list[str]:
    pages: list[str] = []
    for folder in dict.fromkeys((entry.folders[0], f"{origin(entry.scope.start)}/")):
        url = f"{folder}{name}"
        if body := await _optional(fetcher, entry, name, url, reading, cut=True):
            pages += join_all(url, await reading.read(name, url, named_pages, body, whole=_LLMS[name]) or ())
    return pages


async def _menu(fetcher: Fetcher, entry: Entry, url: str, reading: Reading) -> list[str]:
    """The pages in a menu of a site that a script draws."""
    name = url.rpartition("/")[2]
    if not (body := await _optional(fetcher, entry, name, url, reading, cut=True)):
        return []
    named = await reading.read(name, url, named_pages, body, whole=False) or ()
    routed = [f"{entry.routes.shell}{one}" for one in named if route_of(one) == one]
    return [*entry.routes.links(join_all(url, named)), *entry.routes.links(routed)]


async def _optional(
    fetcher: Fetcher, entry: Entry, name: str, url: str, reading: Reading, *, cut: bool = False
) -> bytes:
    """What is there, if anything is and robots.txt lets us read it; what stands in its way is noted."""
    if not entry.robots.allows(url):
        return b""
    try:
        return (await fetcher.get(url, max_bytes=_LLMS_BYTES if cut else MAX_BYTES, cut=cut)).body
    except InterstitialAnswer as error:
        reading.note(name, url, error.reason)
    except FetchFailed as error:
        reading.missed(name, url, error, origin(entry.scope.start))
    except (AddressRefused, InvalidUrl):
        pass
    return b""
