"""One fetch against servers that misbehave."""

import asyncio
import gzip
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from ingest.crawl.entry import no_page
from ingest.crawl.fetch.credentials import Credentials, find_credentials
from ingest.crawl.fetch.fetcher import Fetcher, NotWanted, RedirectDeclined, Validators, open_fetcher
from ingest.crawl.fetch.politeness import FetchPolicy
from ingest.crawl.lists.robots import load_robots
from shared.errors import FetchFailed
from shared.guard.guard import Guard
from tests.crawling import QUICK
from tests.site import Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio

MEGABYTE = 1 << 20


@asynccontextmanager
async def fetcher(
    policy: FetchPolicy = QUICK, credentials: Credentials | None = None, **limits: Any
) -> AsyncIterator[Fetcher]:
    guard = Guard(allow_private=True)
    async with open_fetcher(guard, replace(policy, **limits), credentials=credentials) as fetching:
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
        assert not any("Authorization" in request.headers for request in site.requests)
        assert [request.headers.get("Cookie") for request in site.requests] == [None, "session=1"]


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
                await fetching.get(f"{site.url}/", wanted=no_page)


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
        (Reply("not gzip", headers={"Content-Encoding": "gzip"}), "is not packed as it says (gzip)"),
        (Reply("x", headers={"X-Long": "y" * 20_000}), "does not answer in proper HTTP"),
        (Reply("x", status=999), "status 999"),
        (Reply("x", status=410), "410 Gone"),
        (Reply("x", status=401), "401 Unauthorized (needs credentials: --header)"),
        (Reply("x", status=403), "403 Forbidden"),
        (
            Reply("x", status=403, headers={"WWW-Authenticate": "Basic"}),
            "403 Forbidden (needs credentials: --header)",
        ),
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


def versioned(request: Request) -> Reply:
    """A page that knows its own ETag and date."""
    current = {"ETag": 'W/"7"', "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}
    asked = (request.headers.get("If-None-Match"), request.headers.get("If-Modified-Since"))
    if any(said is not None and said in current.values() for said in asked):
        return Reply(status=304)
    return Reply(html(), headers=current)


async def test_a_page_that_has_not_changed_is_not_sent_again() -> None:
    with Site({"/": versioned}) as site:
        async with fetcher() as fetching:
            first = await fetching.get(f"{site.url}/")
            for known in (first.validators, Validators(first.etag), Validators(None, first.last_modified)):
                again = await fetching.get(f"{site.url}/", validators=known)
                assert (again.not_modified, again.body, again.url) == (True, b"", first.url)
            assert (again.etag, again.last_modified) == (None, first.last_modified)
            changed = await fetching.get(f"{site.url}/", validators=Validators('"6"', "yesterday"))
            assert (changed.not_modified, changed.body) == (False, first.body)


async def test_without_validators_no_condition_is_made_and_no_304_is_taken() -> None:
    with Site({"/": Reply(status=304)}) as site:
        async with fetcher() as fetching:
            for known in (None, Validators(), Validators("", ""), Validators("\n", "é")):
                with pytest.raises(FetchFailed, match="304 Not Modified"):
                    await fetching.get(f"{site.url}/", validators=known)
        assert not any("If-None-Match" in request.headers for request in site.requests)


async def test_validators_are_those_of_the_address_that_was_asked_first() -> None:
    with Site({"/": redirect("/on"), "/on": versioned}) as site:
        async with fetcher() as fetching:
            got = await fetching.get(f"{site.url}/", validators=Validators('W/"7"'))
        assert (got.not_modified, got.url) == (False, f"{site.url}/on")
        assert ["If-None-Match" in request.headers for request in site.requests] == [True, False]


async def test_a_validator_that_could_not_be_sent_back_is_not_kept() -> None:
    with Site({"/": Reply(html(), headers={"ETag": '"\xe9"', "Last-Modified": "x" * 2000})}) as site:
        async with fetcher() as fetching:
            assert (await fetching.get(f"{site.url}/")).validators == Validators()


async def test_credentials_reach_their_own_host_and_port_and_no_other() -> None:
    with Site() as other, Site() as site:
        other.pages = {"/": redirect(f"{site.url}/back"), "/page": html()}
        site.pages = {"/": redirect(f"{other.url}/"), "/back": html(), "/robots.txt": ""}
        credentials = find_credentials(
            f"{site.url}/", ["Authorization: Bearer $T", "Cookie: s=$T"], {"T": "s3cret"}
        )
        async with fetcher(credentials=credentials) as fetching:
            await fetching.get(f"{site.url}/")
            await fetching.get(f"{other.url}/page")
            await load_robots(fetching, site.url)
        sent = [("Bearer s3cret", "s=s3cret")]
        told = [(asked.headers.get("Authorization"), asked.headers.get("Cookie")) for asked in site.requests]
        assert told == sent * 3
        assert not any("s3cret" in str(asked.headers) for asked in other.requests)


async def test_credentials_that_do_not_suffice_are_said_to_and_never_shown() -> None:
    with Site({"/": Reply(status=401)}) as site:
        credentials = find_credentials(f"{site.url}/", ["Authorization: $T"], {"T": "s3cret"})
        async with fetcher(credentials=credentials) as fetching:
            with pytest.raises(FetchFailed) as failed:
                await fetching.get(f"{site.url}/")
        assert failed.value.reason == "401 Unauthorized (the credentials of --header do not suffice)"
        assert "s3cret" not in repr(failed.value) + str(failed.value.__cause__)


async def test_a_host_gets_at_most_so_many_requests_at_once() -> None:
    at_once, most = 0, 0

    def counting(request: Request) -> Reply:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)

        def body() -> Iterator[bytes]:
            nonlocal at_once
            yield b"x"
            at_once -= 1

        return Reply(body(), delay=0.01)

    with Site({f"/{n}": counting for n in range(20)}) as site:
        async with open_fetcher(Guard(allow_private=True), QUICK, per_host=3) as fetching:
            await asyncio.gather(*(fetching.get(f"{site.url}/{n}") for n in range(20)))
    assert 1 < most <= 3


async def test_a_host_that_is_overloaded_is_asked_more_slowly() -> None:
    with Site({"/busy": Reply(status=503), "/broken": Reply(status=500), "/": html()}) as site:
        async with fetcher(attempts=1, backoff=2.0) as fetching:
            delays = []
            for path in ("/broken", "/busy", "/"):
                with suppress(FetchFailed):
                    await fetching.get(site.url + path)
                delays.append(fetching.pace.delay(site.url))
    assert delays == [0.0, 1.0, 0.5]


async def test_a_guard_is_not_asked_twice_but_a_host_that_asks_to_wait_is() -> None:
    busy = "<html><title>Slow down</title><body><p>Unusual traffic from your network.</p></body></html>"
    guard = Reply(busy, status=429)
    waits = Reply(busy, status=429, headers={"Retry-After": "0"})
    with Site({"/guard": [guard, Reply(html())], "/waits": [waits, Reply(html())]}) as site:
        async with fetcher() as fetching:
            with pytest.raises(FetchFailed, match="a guard answered"):
                await fetching.get(f"{site.url}/guard")
            assert (await fetching.get(f"{site.url}/waits")).attempts == 2
        assert site.paths == ["/guard", "/waits", "/waits"]
