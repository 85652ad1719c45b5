"""Servers that misbehave, on real sockets: each answer ends soon, with one reason, and is never held whole."""

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count

import pytest

from ingest.crawl.fetch.fetcher import Fetcher, open_fetcher
from ingest.crawl.lists.robots import load_robots
from shared.errors import FetchFailed
from shared.guard.guard import Guard
from tests.crawling import QUICK

pytestmark = pytest.mark.anyio

MEGABYTE = 1 << 20
POLICY = replace(
    QUICK, read=0.4, head=0.6, total=5, patience=0.5, slowest=2_000, attempts=2, max_bytes=2 * MEGABYTE
)
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

Nasty = Callable[[asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def serving(nasty: Nasty) -> AsyncIterator[str]:
    """The address of a server that answers every request so, and closes the connection."""
    open_ends: set[asyncio.StreamWriter] = set()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ends.add(writer)
        with suppress(
            OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError
        ):
            await reader.read(1 << 16)
            await nasty(writer)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in open_ends:
            writer.transport.abort()
        await server.wait_closed()


@asynccontextmanager
async def fetching(nasty: Nasty) -> AsyncIterator[tuple[Fetcher, str]]:
    async with serving(nasty) as url, open_fetcher(Guard(allow_private=True), POLICY) as fetcher:
        yield fetcher, url


def sends(*blocks: bytes) -> Nasty:
    async def send(writer: asyncio.StreamWriter) -> None:
        for block in blocks:
            writer.write(block)
            await writer.drain()

    return send


def repeats(before: bytes, block: Callable[[int], bytes], pause: float = 0) -> Nasty:
    """For ever."""

    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(before)
        for turn in count():
            writer.write(block(turn))
            await writer.drain()
            await asyncio.sleep(pause)

    return send


async def silence(writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def packed(body: bytes, encoding: str) -> Nasty:
    head = f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n"
    return sends(OK + head.encode() + body)


def bomb(wbits: int, megabytes: int = 50) -> bytes:
    packer = zlib.compressobj(9, wbits=wbits)
    return b"".join([*(packer.compress(bytes(MEGABYTE)) for _ in range(megabytes)), packer.flush()])


TOO_LARGE = "larger than 2 MB"
BROKE_OFF = "broke off in the middle of its answer"
NO_HTTP = "does not answer in proper HTTP"
TOO_SLOW = "sends less than 2,000 bytes a second"
NO_HEAD = "begins no answer within 0.6 s"

SERVERS: dict[str, tuple[Nasty, str]] = {
    "gzip bomb": (packed(bomb(31), "gzip"), TOO_LARGE),
    "small gzip bomb": (packed(bomb(31, 1) + bomb(31, 1), "gzip"), "unpacks to more than 200 times its size"),
    "deflate bomb": (packed(bomb(15), "deflate"), TOO_LARGE),
    "deflate bomb without a header": (packed(bomb(-15), "deflate"), TOO_LARGE),
    "brotli": (packed(b"x", "br"), "packed in a way that was not asked for (br)"),
    "zstd": (packed(b"x", "zstd"), "packed in a way that was not asked for (zstd)"),
    "packed twice": (packed(b"x", "gzip, gzip"), "packed in a way that was not asked for (gzip, gzip)"),
    "gzip that is none": (packed(b"<p>", "gzip"), "is not packed as it says (gzip)"),
    "gzip cut off": (packed(gzip.compress(b"x" * 9000)[:-9], "gzip"), BROKE_OFF),
    "endless chunks": (repeats(CHUNKED, lambda _: b"10000\r\n" + b"x" * 65536 + b"\r\n"), TOO_LARGE),
    "endless chunk extension": (repeats(CHUNKED + b"1;", lambda _: b"a=b;" * 5000), TOO_SLOW),
    "endless trailer": (repeats(CHUNKED + b"0\r\n", lambda turn: b"X-%d: y\r\n" % turn), BROKE_OFF),
    "endless headers": (repeats(OK, lambda turn: b"X-%d: %s\r\n" % (turn, b"y" * 1000)), NO_HTTP),
    "endless header": (repeats(OK + b"X: ", lambda _: b"y" * 65536), NO_HTTP),
    "endless status line": (repeats(b"HTTP/1.1 200 ", lambda _: b"y" * 65536), NO_HTTP),
    "endless interim answers": (repeats(b"", lambda _: b"HTTP/1.1 103 Wait\r\n\r\n", pause=0.01), NO_HEAD),
    "slow headers": (repeats(OK, lambda turn: b"X-%d: y\r\n" % turn, pause=0.05), NO_HEAD),
    "slow body": (repeats(OK + b"Content-Length: 99999\r\n\r\n", lambda _: b"x", pause=0.05), TOO_SLOW),
    "silence": (silence, "timed out after 0.4 s"),
    "length too long": (sends(OK + b"Content-Length: 9\r\n\r\nshort"), BROKE_OFF),
    "length too short": (sends(OK + b"Content-Length: 5\r\n\r\nrather long"), NO_HTTP),
    "length below nothing": (sends(OK + b"Content-Length: -5\r\n\r\nx"), NO_HTTP),
    "length beyond number": (sends(OK + b"Content-Length: " + b"9" * 50 + b"\r\n\r\nx"), NO_HTTP),
    "two lengths": (sends(OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy"), NO_HTTP),
    "length and chunks": (sends(OK + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), NO_HTTP),
    "zero byte in a header": (sends(OK + b"X: a\0b\r\nContent-Length: 0\r\n\r\n"), NO_HTTP),
    "HTTP/0.9": (sends(b"<html>no header at all</html>\r\n"), NO_HTTP),
    "another protocol": (sends(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_HTTP),
    "hangs up": (sends(b""), "dropped the connection"),
    "changes the protocol": (
        sends(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "101 Switching Protocols",
    ),
    "no content": (sends(b"HTTP/1.1 204 No Content\r\n\r\n"), "204 No Content"),
    "a part": (sends(b"HTTP/1.1 206 Partial Content\r\nContent-Length: 0\r\n\r\n"), "206 Partial Content"),
    "unasked 304": (sends(b"HTTP/1.1 304 Not Modified\r\n\r\n"), "304 Not Modified"),
    "error with an endless body": (
        repeats(b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n", lambda _: b"1\r\nx\r\n"),
        "500 Internal Server Error",
    ),
    "redirect with an endless address": (
        repeats(b"HTTP/1.1 302 X\r\nLocation: /", lambda _: b"x" * 65536),
        NO_HTTP,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SERVERS)
async def test_a_nasty_answer_ends_with_one_reason_and_is_not_held(name: str) -> None:
    nasty, reason = SERVERS[name]
    async with fetching(nasty) as (fetcher, url):
        tracemalloc.start()
        try:
            with pytest.raises(FetchFailed) as failed:
                await fetcher.get(f"{url}/")
            assert tracemalloc.get_traced_memory()[1] < 4 * POLICY.max_bytes
        finally:
            tracemalloc.stop()
    assert failed.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "body"),
    [
        (packed(gzip.compress(b"two") + gzip.compress(b" parts"), "gzip"), b"two parts"),
        (packed(gzip.compress(b"text") + b"rubbish", "x-gzip"), b"text"),
        (packed(zlib.compress(b"text"), "deflate"), b"text"),
        (packed(b"", "gzip"), b""),
        (sends(OK + b"Content-Encoding: identity\r\nContent-Length: 4\r\n\r\ntext"), b"text"),
        (sends(OK + b"\r\nuntil the end"), b"until the end"),
        (sends(b"HTTP/1.0 200\r\nContent-Type: text/html\r\n\r\nold"), b"old"),
        (sends(b"HTTP/1.1 100 Continue\r\n\r\n" + OK + b"Content-Length: 4\r\n\r\ntext"), b"text"),
    ],
)
async def test_an_odd_answer_that_is_whole_is_taken(answer: Nasty, body: bytes) -> None:
    async with fetching(answer) as (fetcher, url):
        assert (await fetcher.get(f"{url}/")).body == body


async def test_ten_thousand_redirects_are_not_followed() -> None:
    asked = count()

    async def onward(writer: asyncio.StreamWriter) -> None:
        await sends(b"HTTP/1.1 302 X\r\nLocation: /%d\r\nContent-Length: 0\r\n\r\n" % next(asked))(writer)

    async with fetching(onward) as (fetcher, url):
        with pytest.raises(FetchFailed, match="redirects more than 10 times"):
            await fetcher.get(f"{url}/start")
    assert next(asked) == POLICY.max_redirects + 1


async def test_a_server_without_tls_is_asked_once() -> None:
    async with fetching(sends(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as (fetcher, url):
        with pytest.raises(FetchFailed) as failed:
            await fetcher.get(url.replace("http:", "https:") + "/")
    assert (failed.value.reason, failed.value.attempts) == ("no TLS connection", 1)


@pytest.mark.parametrize(
    ("body", "forbids"),
    [
        (b"User-agent: *\nDisallow: /private\n" + b"# filler\n" * 600_000, True),
        (b"# filler\n" * 600_000 + b"User-agent: *\nDisallow: /private\n", False),
        (b"<!doctype html><title>Home</title><pre>User-agent: *\nDisallow: /private</pre>", False),
        (b"\0" * 5_000_000, False),
        (b"Disallow: /" * 500_000, False),
        (
            b"User-agent: *\n" + b"Disallow: /*a*a*a*a*a*a*a*a*a*a*b$\n" * 20_000 + b"Disallow: /private\n",
            False,
        ),
    ],
)
async def test_a_robots_txt_of_any_size_and_kind_is_read_as_far_as_the_standard_asks(
    body: bytes, forbids: bool
) -> None:
    async with fetching(sends(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)) as (fetcher, url):
        robots = await load_robots(fetcher, url)
    assert robots.allows(f"{url}/private") is not forbids
