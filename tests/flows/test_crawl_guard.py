"""The guard at work: what is refused, how it is said, and that nothing goes round it."""

import asyncio
import socket
from typing import Any

import aiohttp
import pytest

from ingest.crawl.fetch.fetcher import open_fetcher
from ingest.crawl.lists.reading import Reading
from ingest.crawl.lists.robots import load_robots
from ingest.crawl.lists.sitemap import listed_pages
from shared.errors import AddressRefused, FetchFailed, InvalidRequest
from shared.guard.guard import Guard
from shared.guard.session import guarded_session
from tests.crawling import QUICK, crawl_all
from tests.site import Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio


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
            assert await listed_pages(fetcher, [f"{site.url}/sitemap.xml"], Reading()) == [f"{site.url}/page"]


async def test_a_sitemap_that_is_not_read_to_its_end_is_noted() -> None:
    with Site() as site:
        parts = "".join(f"<sitemap><loc>/{number}.xml</loc></sitemap>" for number in range(200))
        site.pages = {
            "/sitemap.xml": f"<sitemapindex>{parts}</sitemapindex>",
            **{f"/{number}.xml": "<urlset></urlset>" for number in range(200)},
            "/sitemap.txt": Reply(f"{site.url}/page\n" * 100_001, headers={"Content-Type": "text/plain"}),
        }
        async with open_fetcher(Guard(allowed=["127.0.0.1"]), QUICK) as fetcher:
            files, entries = Reading(), Reading()
            assert await listed_pages(fetcher, [f"{site.url}/sitemap.xml"], files) == []
            assert [(one.url, one.reason) for one in files.failed] == [
                (f"{site.url}/199.xml", "is one of more than 200 files: the rest is not read")
            ]
            assert await listed_pages(fetcher, [f"{site.url}/sitemap.txt"], entries) == [f"{site.url}/page"]
            assert [(one.url, one.reason) for one in entries.failed] == [
                (f"{site.url}/sitemap.txt", "there are more than 100,000 entries: the rest is not read")
            ]


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
        async with guarded_session(Guard(), headers={}, per_host=1, timeout=timeout) as session:
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


async def test_a_network_can_be_allowed_and_no_more() -> None:
    with Site({"/": html("/a"), "/a": html()}) as site:
        outcome = await crawl_all(f"{site.url}/", allow_private=False, allowed=("127.0.0.0/30",))
        assert set(outcome.kept) == {"/", "/a"}
        for allowed, said in (
            ((), "a loopback address"),
            (("127.0.0.4/30",), "a loopback address"),
            (("x",), "--allow"),
        ):
            with pytest.raises((AddressRefused, InvalidRequest), match=said):
                await crawl_all(f"{site.url}/", allow_private=False, allowed=allowed)


async def test_private_documentation_is_crawled_with_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    def private(request: Request) -> Reply:
        known = request.headers.get("Authorization") == "Basic am9lOnMzY3JldA=="
        return Reply(html("/", "/a")) if known else Reply(status=401)

    monkeypatch.setenv("DOCS_PASSWORD", "s3cret")
    with Site() as other, Site() as site:
        other.pages = {"/elsewhere": html()}
        site.pages = {"/": private, "/a": redirect(f"{other.url}/elsewhere")}
        site.pages["/robots.txt"] = f"Sitemap: {other.url}/map.xml"
        outcome = await crawl_all(f"{site.url}/", headers=("Authorization: Basic joe:$DOCS_PASSWORD",))
        assert set(outcome.kept) == {"/"}
        assert other.paths == ["/map.xml"]
        assert not any("Authorization" in request.headers for request in other.requests)
        with pytest.raises(FetchFailed, match="401 Unauthorized \\(needs credentials: --header\\)"):
            await crawl_all(f"{site.url}/")
        with pytest.raises(InvalidRequest, match="in the open"):
            await crawl_all(f"{site.url}/", headers=("Authorization: hush",))
