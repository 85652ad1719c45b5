"""Tricks that lead into private networks, against a listener that must never be reached."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from ingest.crawl.fetch import open_fetcher
from ingest.crawl.guard import Guard, guarded_session
from ingest.crawl.robots import load_robots
from ingest.crawl.sitemap import listed_pages
from shared.errors import AddressRefused, FetchFailed, InvalidUrl
from tests.crawling import QUICK, crawl_all
from tests.site import Site, html, redirect

pytestmark = pytest.mark.anyio

TRICKS = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://0:{port}/",
    "http://0.0.0.0:{port}/",
    "http://00.00.00.00:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7F.0x00.0x00.0x01:{port}/",
    "http://017700000001:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://127.000.000.001:{port}/",
    "http://4294967296127.0.0.1:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST.:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://①②⑦.⓪.⓪.①:{port}/",
    "http://１２７.0.0.1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://[::1]:{port}/",
    "http://[::]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[fe80::1%25lo]:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://example.com:80@127.0.0.1:{port}/",
    "http://example.com%40127.0.0.1:{port}/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1%09:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127.0.0.1#@example.com:{port}/",
    "http://127.0.0.1:{port}?@example.com/",
    "http:127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:///127.0.0.1:{port}/",
    "http:\\\\127.0.0.1:{port}/",
    "\thttp://127.0.0.1:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "file://127.0.0.1:{port}/etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_GET",
    "dict://127.0.0.1:{port}/info",
    "ldap://127.0.0.1:{port}/",
    "jar:http://127.0.0.1:{port}/!/",
    "data:text/html,<a href=http://127.0.0.1:{port}/>",
]
INWARD = [
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/iam/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://168.63.129.16/metadata",
    "http://100.100.100.200/latest/meta-data/",
    "http://[fe80::a9fe:a9fe]/",
    "http://224.0.0.1/",
    "http://127.0.0.2/",
    "//127.0.0.2/",
    "http://[::ffff:a9fe:a9fe]/",
]


@pytest.mark.parametrize("trick", TRICKS)
async def test_no_spelling_reaches_a_private_listener(trick: str) -> None:
    with Site({"/": html()}) as listener:
        with pytest.raises((AddressRefused, InvalidUrl, FetchFailed)):
            await crawl_all(trick.format(port=listener.port), allow_private=False)
        assert listener.requests == []


@pytest.mark.parametrize("target", INWARD)
async def test_no_redirect_leads_inward(target: str) -> None:
    with Site({"/": redirect("/on"), "/on": redirect(target)}) as site:
        async with open_fetcher(Guard(allowed=["127.0.0.1"]), QUICK) as fetcher:
            with pytest.raises(AddressRefused, match="redirects to a refused address"):
                await fetcher.get(f"{site.url}/")


async def test_a_page_that_redirects_inward_costs_only_itself() -> None:
    with Site({"/inner": html()}) as inner, Site() as site:
        site.pages = {"/": html("/a", "/b"), "/a": redirect(f"{inner.url}/inner"), "/b": html()}
        outcome = await crawl_all(f"{site.url}/")
        assert set(outcome.kept) == {"/", "/b"}
        assert inner.requests == []


async def test_robots_and_sitemaps_lead_nowhere_else_either() -> None:
    inward = "<sitemap><loc>http://10.0.0.1/map.xml</loc></sitemap><sitemap><loc>/moved.xml</loc></sitemap>"
    with Site(
        {
            "/robots.txt": redirect("http://169.254.169.254/robots.txt"),
            "/sitemap.xml": f"<sitemapindex>{inward}<sitemap><loc>/good.xml</loc></sitemap></sitemapindex>",
            "/moved.xml": redirect("http://10.0.0.1/map.xml"),
            "/good.xml": "<urlset><url><loc>/page</loc></url></urlset>",
        }
    ) as site:
        async with open_fetcher(Guard(allowed=["127.0.0.1"]), QUICK) as fetcher:
            with pytest.raises(AddressRefused, match="a cloud's metadata address"):
                await load_robots(fetcher, site.url)
            assert await listed_pages(fetcher, [f"{site.url}/sitemap.xml"]) == [f"{site.url}/page"]


def answers(*addresses: str) -> Any:
    def getaddrinfo(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        return [
            (
                socket.AF_INET6 if ":" in address else socket.AF_INET,
                socket.SOCK_STREAM,
                6,
                "",
                (address, port, 0, 0),
            )
            if ":" in address
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return getaddrinfo


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.1"], ["192.0.2.1", "127.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["8.8.8.8", "10.0.0.1"]],
)
async def test_a_name_with_any_private_answer_is_refused(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answers(*addresses))
    with Site({"/": html()}) as listener:
        with pytest.raises(AddressRefused, match=r"docs\.example is"):
            await crawl_all(f"http://docs.example:{listener.port}/", allow_private=False)
        assert listener.requests == []


async def test_a_name_is_connected_to_at_the_address_that_was_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between judgement and connection nothing is resolved again: no second answer is asked for."""
    asked = []

    def once_good_then_bad(host: Any, port: Any, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return answers("127.0.0.1" if len(asked) == 1 else "127.0.0.2")(host, port)  # type: ignore[no-any-return]

    monkeypatch.setattr(socket, "getaddrinfo", once_good_then_bad)
    with Site({"/": html()}) as site:
        async with open_fetcher(Guard(allowed=["127.0.0.1"]), QUICK) as fetcher:
            assert (await fetcher.get(f"http://docs.example:{site.port}/")).body
        assert asked == ["docs.example"]
        async with open_fetcher(Guard(allowed=["127.0.0.1"]), QUICK) as fetcher:
            with pytest.raises(AddressRefused, match=r"docs\.example is 127\.0\.0\.2"):
                await fetcher.get(f"http://docs.example:{site.port}/")


async def test_the_socket_itself_is_guarded() -> None:
    """Whoever gets hold of the session cannot go round the checks of the fetcher."""
    timeout = aiohttp.ClientTimeout(total=2)
    with Site({"/": html()}) as listener:
        async with guarded_session(Guard(), user_agent="x", per_host=1, timeout=timeout) as session:
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(AddressRefused):
                    await session.get(f"http://{host}:{listener.port}/")
        assert listener.requests == []


async def test_no_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site() as proxy, Site({"/": html()}) as site:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with open_fetcher(Guard(allow_private=True), QUICK) as fetcher:
            await asyncio.gather(*(fetcher.get(f"{site.url}/") for _ in range(3)))
        assert proxy.requests == []
