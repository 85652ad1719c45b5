"""Addresses that lead inward, named in every way that a site can name one: none may be connected to."""

import asyncio
import socket
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from ingest.crawl.fetch.fetcher import open_fetcher
from ingest.crawl.lists.reading import Reading
from ingest.crawl.lists.robots import load_robots
from ingest.crawl.lists.sitemap import listed_pages
from shared.errors import LecternError
from shared.guard.guard import Guard
from tests.crawling import QUICK, crawl_all
from tests.site import Reply, Site, html, redirect

pytestmark = pytest.mark.anyio

CORPUS = tomllib.loads((Path(__file__).parent.parent / "corpus/ssrf.toml").read_text("utf-8"))
SITE = "127.0.0.3"
"""The one address that is allowed; all that is private beside it is not."""
STATUSES = (301, 302, 303, 307, 308)


class Resolver:
    """Answers from the corpus, in turn; addresses in any spelling as the system reads them."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()
        self._real = socket.getaddrinfo

    def getaddrinfo(self, host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        answers = CORPUS["names"].get(host)
        if answers is None:
            return self._real(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        turn = min(self._asked[host], len(answers) - 1)
        self._asked[host] += 1
        return [
            entry for address in answers[turn] for entry in self._real(address, port, type=socket.SOCK_STREAM)
        ]


@dataclass
class Rig:
    """A site that may be read, a listener that may not be reached, and a record of who was connected to."""

    site: Site
    port: int
    accepted: int = 0
    connected: set[str] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://docs.example:{self.site.port}"

    @property
    def tricks(self) -> list[str]:
        return [self.fill(url) for urls in CORPUS["urls"].values() for url in urls]

    def fill(self, url: str) -> str:
        return url.replace("{port}", str(self.port)).replace("{site}", str(self.site.port))

    def accept(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def crawl(self, start: str, *, guarded: bool = True) -> None:
        with suppress(LecternError):
            await crawl_all(start, allow_private=not guarded, allowed=(SITE,))


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Rig]:
    try:
        site = Site(host=SITE)
    except OSError:
        pytest.skip(f"{SITE} is not an address of this machine")
    with site:
        made = Rig(site, 0)
        servers = [await asyncio.start_server(made.accept, "127.0.0.1", 0)]
        made.port = servers[0].sockets[0].getsockname()[1]
        with suppress(OSError):
            servers.append(await asyncio.start_server(made.accept, "::1", made.port))
        loop = asyncio.get_running_loop()
        connect = loop.sock_connect

        async def recorded(sock: socket.socket, address: Any) -> None:
            made.connected.add(str(address[0]))
            await connect(sock, address)

        monkeypatch.setattr(loop, "sock_connect", recorded)
        monkeypatch.setattr(socket, "getaddrinfo", Resolver().getaddrinfo)
        yield made
        for server in servers:
            server.close()
            await server.wait_closed()


def header(url: str) -> str:
    """As it stands in a header, which knows bytes only."""
    return url.encode().decode("latin-1")


async def as_the_start(rig: Rig, urls: list[str], guarded: bool) -> None:
    for url in urls:
        await rig.crawl(url, guarded=guarded)


async def where_the_start_redirects(rig: Rig, urls: list[str], guarded: bool) -> None:
    for url in urls:
        rig.site.pages = {"/": redirect(header(url))}
        await rig.crawl(f"{rig.url}/", guarded=guarded)


async def where_a_page_redirects(rig: Rig, urls: list[str], guarded: bool) -> None:
    """By every status of a redirect, at once and at the end of a chain."""
    async with open_fetcher(Guard(allow_private=not guarded, allowed=[SITE]), QUICK) as fetcher:
        for turn, url in enumerate(urls):
            status = STATUSES[turn % len(STATUSES)]
            rig.site.pages = {
                "/at-once": redirect(header(url), status),
                "/chain": redirect("/on", 308),
                "/on": redirect(f"http://docs.example:{rig.site.port}/at-once", 307),
            }
            for path in ("/at-once", "/chain"):
                with suppress(LecternError):
                    await fetcher.get(rig.url + path)


async def where_robots_txt_redirects(rig: Rig, urls: list[str], guarded: bool) -> None:
    async with open_fetcher(Guard(allow_private=not guarded, allowed=[SITE]), QUICK) as fetcher:
        for url in urls:
            rig.site.pages = {"/robots.txt": redirect(header(url))}
            with suppress(LecternError):
                await load_robots(fetcher, rig.url)


async def where_robots_txt_has_sitemaps(rig: Rig, urls: list[str], guarded: bool) -> None:
    lines = "\n".join(f"Sitemap: {url}" for url in urls)
    rig.site.pages = {"/robots.txt": lines, "/": html()}
    await rig.crawl(f"{rig.url}/", guarded=guarded)


async def where_a_sitemap_leads(rig: Rig, urls: list[str], guarded: bool) -> None:
    """To sitemaps and to pages, and by redirects."""
    index = "".join(f"<sitemap><loc><![CDATA[{url}]]></loc></sitemap>" for url in urls)
    moved = "".join(f"<sitemap><loc>/moved/{turn}.xml</loc></sitemap>" for turn in range(len(urls)))
    pages = "".join(f"<url><loc><![CDATA[{url}]]></loc></url>" for url in urls)
    rig.site.pages = {
        "/sitemap.xml": f"<sitemapindex>{index}</sitemapindex>",
        "/moved.xml": f"<sitemapindex>{moved}</sitemapindex>",
        "/pages.xml": f"<urlset>{pages}</urlset>",
        "/robots.txt": f"Sitemap: {rig.url}/pages.xml",
        "/": html(),
    }
    rig.site.pages.update({f"/moved/{turn}.xml": redirect(header(url)) for turn, url in enumerate(urls)})
    async with open_fetcher(Guard(allow_private=not guarded, allowed=[SITE]), QUICK) as fetcher:
        await listed_pages(fetcher, [f"{rig.url}/sitemap.xml"], Reading())
        await listed_pages(fetcher, [f"{rig.url}/moved.xml"], Reading())
    await rig.crawl(f"{rig.url}/", guarded=guarded)


async def where_a_page_links(rig: Rig, urls: list[str], guarded: bool) -> None:
    """By a link, as its own address, its base, its successor, its translation, and by a refresh."""
    pages: dict[str, Any] = {}
    for turn, url in enumerate(urls):
        head = (
            f'<base href="{url}"><link rel="canonical" href="{url}"><link rel="next" href="{url}">'
            f'<link rel="alternate" hreflang="de" href="{url}"><meta http-equiv="refresh" content="0;url={url}">'
        )
        pages[f"/{turn}"] = Reply(html(url, "x", head=head), headers={"Refresh": header(f"0;url={url}")})
    rig.site.pages = {**pages, "/": html(*pages)}
    await rig.crawl(f"{rig.url}/", guarded=guarded)


Way = Callable[[Rig, list[str], bool], Awaitable[None]]
FOLLOWED: tuple[Way, ...] = (
    as_the_start,
    where_the_start_redirects,
    where_a_page_redirects,
    where_robots_txt_redirects,
    where_robots_txt_has_sitemaps,
    where_a_sitemap_leads,
)


def test_the_corpus_is_large_enough() -> None:
    assert sum(map(len, CORPUS["urls"].values())) >= 60


@pytest.mark.parametrize("way", [*FOLLOWED, where_a_page_links])
async def test_nothing_that_leads_inward_is_connected_to(rig: Rig, way: Way) -> None:
    await way(rig, rig.tricks, True)
    assert rig.accepted == 0
    assert rig.connected == {SITE}


@pytest.mark.parametrize("way", FOLLOWED)
async def test_without_the_guard_each_way_leads_inward(rig: Rig, way: Way) -> None:
    """The measure can fail."""
    await way(rig, [f"http://127.0.0.1:{rig.port}/"], False)
    assert rig.accepted


async def test_without_the_guard_most_of_the_corpus_is_connected_to(rig: Rig) -> None:
    """The tricks are ones: a plain client follows them, kept here to this machine."""

    def loopback_only(info: aiohttp.AddrInfoType) -> socket.socket:
        address = ip_address(str(info[4][0]))
        if not (address.is_loopback or address.is_unspecified):
            raise PermissionError
        return socket.socket(info[0], info[1], info[2])

    reached = 0
    connector = aiohttp.TCPConnector(
        resolver=ThreadedResolver(), socket_factory=loopback_only, force_close=True
    )
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=2)) as session:
        for url in rig.tricks:
            before = rig.accepted
            with suppress(aiohttp.ClientError, ValueError, OSError):
                async with session.get(URL(url)):
                    pass
            reached += rig.accepted > before
    assert reached >= 50
