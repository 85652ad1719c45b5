"""One fetch against servers that misbehave."""

import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from ingest.crawl.entry import not_html
from ingest.crawl.fetch import Fetcher, NotWanted, RedirectDeclined, open_fetcher
from ingest.crawl.guard import Guard
from ingest.crawl.politeness import FetchPolicy
from shared.errors import FetchFailed
from tests.crawling import QUICK
from tests.site import Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio

MEGABYTE = 1 << 20


@asynccontextmanager
async def fetcher(policy: FetchPolicy = QUICK, **limits: Any) -> AsyncIterator[Fetcher]:
    async with open_fetcher(Guard(allow_private=True), replace(policy, **limits)) as fetching:
        yield fetching


async def failure(site: Site, path: str = "/", **limits: Any) -> FetchFailed:
    async with fetcher(**limits) as fetching:
        with pytest.raises(FetchFailed) as failed:
            await fetching.get(site.url + path)
    return failed.value


def blocks(count: int, pause: float = 0.0, size: int = 64 * 1024) -> Iterator[bytes]:
    for _ in range(count):
        time.sleep(pause)
        yield b"x" * size


async def test_an_answer_carries_what_later_stages_need() -> None:
    reply = Reply(
        "<p>caf\xe9".encode("latin-1"),
        headers={
            "Content-Type": "Text/HTML; Charset=ISO-8859-1",
            "ETag": '"7"',
            "Last-Modified": "yesterday",
        },
    )
    with Site({"/a": redirect("/b#part"), "/b": reply}) as site:
        async with fetcher() as fetching:
            got = await fetching.get(f"{site.url}/a")
    assert (got.url, got.redirects) == (f"{site.url}/b", (f"{site.url}/a",))
    assert (got.content_type, got.charset) == ("text/html", "ISO-8859-1")
    assert (got.etag, got.last_modified, got.attempts) == ('"7"', "yesterday", 1)
    assert got.body.decode("latin-1") == "<p>café"


async def test_we_say_who_we_are_and_carry_no_secrets() -> None:
    cookie = Reply(html(), headers={"Set-Cookie": "session=1"})
    with Site({"/": cookie, "/b": html()}) as site:
        async with fetcher() as fetching:
            await fetching.get(f"{site.url}/")
            await fetching.get(f"{site.url}/b")
        assert {request.headers["User-Agent"] for request in site.requests} == {"Lectern/test"}
        assert not any(
            "Cookie" in request.headers or "Authorization" in request.headers for request in site.requests
        )


async def test_a_passing_failure_is_tried_again() -> None:
    with Site({"/": [Reply(status=502), Reply(status=500), Reply(html())]}) as site:
        async with fetcher() as fetching:
            got = await fetching.get(f"{site.url}/")
        assert got.attempts == 3


async def test_retry_after_is_obeyed_by_every_fetch_from_that_host() -> None:
    busy = Reply(status=429, headers={"Retry-After": "1"})
    with Site({"/": [busy, Reply(html())], "/b": html()}) as site:
        async with fetcher() as fetching:
            got = await fetching.get(f"{site.url}/")
            assert got.attempts == 2
        first, second = site.times("/")
        assert second - first > 0.95


async def test_a_host_that_asks_to_wait_for_an_hour_is_not_waited_for() -> None:
    with Site({"/": Reply(status=429, headers={"Retry-After": "3600"})}) as site:
        failed = await failure(site)
        assert failed.reason == "429 Too Many Requests (asks to wait 3,600 s)"
        assert (failed.attempts, failed.status) == (1, 429)


async def test_silence_and_dribble_end_in_time() -> None:
    dribble = Reply(blocks(100, pause=0.1, size=1))
    with Site({"/": Reply(html(), delay=5), "/dribble": dribble}) as site:
        begun = time.monotonic()
        assert (await failure(site, read=0.3, attempts=2)).reason == "timed out after 0.3 s"
        assert (await failure(site, "/dribble", total=0.5, attempts=1)).reason == "timed out after 0.5 s"
        assert time.monotonic() - begun < 3
        assert site.paths.count("/") == 2


async def test_a_huge_page_is_refused_and_never_held() -> None:
    pages: dict[str, Any] = {
        "/announced": Reply(blocks(800), headers={"Content-Length": str(50 * MEGABYTE)}),
        "/unannounced": lambda _: Reply(blocks(800)),
        "/packed": Reply(gzip.compress(b"x" * 50 * MEGABYTE), headers={"Content-Encoding": "gzip"}),
    }
    with Site(pages) as site:
        tracemalloc.start()
        try:
            for path in pages:
                assert (await failure(site, path, max_bytes=2 * MEGABYTE)).reason == "larger than 2 MB"
            assert tracemalloc.get_traced_memory()[1] < 12 * MEGABYTE
        finally:
            tracemalloc.stop()


async def test_a_body_can_be_cut_at_its_limit() -> None:
    with Site({"/": "x" * 5000}) as site:
        async with fetcher() as fetching:
            assert (await fetching.get(f"{site.url}/", max_bytes=1000, cut=True)).body == b"x" * 1000


async def test_an_unwanted_kind_is_refused_before_its_body_is_read() -> None:
    video = Reply(blocks(100_000), headers={"Content-Type": "video/mp4"})
    with Site({"/": video}) as site:
        async with fetcher() as fetching:
            with pytest.raises(NotWanted, match="video/mp4"):
                await fetching.get(f"{site.url}/", wanted=not_html)


async def test_a_declined_redirect_is_not_followed() -> None:
    async def decline(url: str) -> str:
        return "no"

    with Site({"/": redirect("/next"), "/next": html()}) as site:
        async with fetcher() as fetching:
            with pytest.raises(RedirectDeclined) as declined:
                await fetching.get(f"{site.url}/", admit=decline)
        assert (declined.value.target, declined.value.why) == (f"{site.url}/next", "no")
        assert site.paths == ["/"]


async def test_a_redirect_without_a_location_is_a_bad_answer() -> None:
    with Site({"/": Reply(status=302)}) as site:
        assert (await failure(site)).reason == "302 Found"


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("short", headers={"Content-Length": "500", "Connection": "close"}), "broke off in the middle"),
        (Reply("not gzip", headers={"Content-Encoding": "gzip"}), "broke off in the middle"),
        (Reply("x", headers={"X-Long": "y" * 20_000}), "does not answer in proper HTTP"),
        (Reply("x", status=999), "status 999"),
        (Reply("x", status=410), "410 Gone"),
    ],
)
async def test_broken_answers_have_a_reason(reply: Reply, reason: str) -> None:
    with Site({"/": reply}) as site:
        assert (await failure(site, read=0.5)).reason.startswith(reason)


async def test_a_server_that_drops_half_of_its_connections_loses_no_page() -> None:
    turn = 0

    def unreliable(request: Request) -> Reply:
        nonlocal turn
        turn += 1
        if turn % 2:
            raise ConnectionAbortedError
        return Reply(html(title=request.path))

    with Site({f"/{n}": unreliable for n in range(10)}) as site:
        async with fetcher() as fetching:
            for n in range(10):
                assert f"<h1>/{n}</h1>".encode() in (await fetching.get(f"{site.url}/{n}")).body
