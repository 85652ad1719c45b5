"""The cache on a real Redis protocol server, and without one."""

import asyncio
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis

from shared.errors import CacheUnavailable
from shared.stores.cache import PAUSE_SECONDS, Cache, docs_key, resolve_key
from tests.redis_server import redis_server

pytestmark = pytest.mark.anyio


async def test_what_was_put_is_got_until_its_time_is_over(engines: tuple[str, str]) -> None:
    async def locate() -> str:
        return engines[1]

    cache = Cache(locate)
    await cache.put(docs_key("/a/b", "h1"), {"snippets": [], "ttl": 3600}, 60)
    assert await cache.get("docs:query:/a/b:h1") == {"snippets": [], "ttl": 3600}
    assert await cache.get(resolve_key("nothing")) is None
    assert "Valkey" in await cache.check()
    await cache.close()


@pytest.mark.parametrize("damaged", ["no JSON", "[" * 100_000, "[1]", "1"])
async def test_a_damaged_value_is_a_miss_and_the_others_are_got(
    engines: tuple[str, str], damaged: str
) -> None:
    async def locate() -> str:
        return engines[1]

    cache = Cache(locate)
    await cache.put("whole", {"a": 1})
    async with Redis.from_url(engines[1]) as redis:
        await redis.set("damaged", damaged)

    assert await cache.get("damaged") is None
    assert await cache.get("whole") == {"a": 1}
    await cache.close()


async def test_without_redis_every_read_is_a_miss_and_it_is_not_asked_again_for_a_while(
    tmp_path: Path,
) -> None:
    now, asked = 0.0, 0

    async def locate() -> str:
        nonlocal asked
        asked += 1
        return f"unix://{tmp_path}/nobody.sock"

    cache = Cache(locate, clock=lambda: now)
    assert await cache.get("a") is None
    await cache.put("a", {})
    assert asked == 1
    now += PAUSE_SECONDS
    assert await cache.get("a") is None
    assert asked == 2


ODD = [
    ("?x=y", "there is no option x"),
    ("?db=abc", "Invalid value for 'db'"),
    ("?socket_timeout=soon", "Invalid value for 'socket_timeout'"),
    ("?parser_class=x", "not callable"),
    ("?retry=x", "no attribute"),
]


@pytest.mark.parametrize(("options", "told"), ODD)
async def test_an_address_that_the_driver_cannot_use_is_a_miss_and_told_to_the_doctor(
    engines: tuple[str, str], options: str, told: str
) -> None:
    async def locate() -> str:
        return engines[1].partition("?")[0] + options

    cache = Cache(locate)
    with pytest.raises(CacheUnavailable, match="LECTERN_REDIS_URL cannot be used") as refused:
        await cache.check()
    assert told in str(refused.value)
    assert await cache.get("a") is None
    await cache.put("a", {})
    await cache.close()
    cache = Cache(locate)  # and where it is written to first
    await cache.put("a", {})
    await cache.close()


@pytest.fixture(params=["embedded", "redis-server"])
def any_redis(request: pytest.FixtureRequest, engines: tuple[str, str], tmp_path: Path) -> Iterator[str]:
    """The address of an empty Valkey, and of Debian's Redis."""
    if request.param == "embedded":
        yield engines[1]
        return
    with redis_server(tmp_path) as url:
        yield url


RIGHTS = [
    ("+get +set ~library:resolve:* ~docs:query:*", 0, None),
    ("+get ~library:resolve:* ~docs:query:*", 0, "+set"),
    ("+set ~library:resolve:* ~docs:query:*", 0, "+get"),
    ("+get +set ~library:resolve:*", 0, "~docs:query:*"),
    ("+get +set ~docs:query:*", 0, "~library:resolve:*"),
    ("+get +set ~library:resolve:* ~docs:query:*", 1, "+select"),
]


@pytest.mark.parametrize(("rights", "number", "lacking"), RIGHTS)
async def test_only_the_rights_that_are_used_are_needed_and_the_one_that_is_missing_is_named(
    any_redis: str, rights: str, number: int, lacking: str | None
) -> None:
    async with Redis.from_url(any_redis) as operator:
        words = ["reset", "on", ">secret", *rights.split()]
        await operator.execute_command("ACL", "SETUSER", "lectern", *words)  # type: ignore[no-untyped-call]

    async def locate() -> str:
        scheme, _, place = any_redis.partition("?")[0].partition("://")
        return f"{scheme}://lectern:secret@{place}?db={number}"

    cache = Cache(locate)
    if lacking is None:
        assert re.fullmatch(r"(Redis|Valkey) [\d.]+", await cache.check())
        await cache.put("library:resolve:a", {"a": 1})
        assert await cache.get("library:resolve:a") == {"a": 1}
    else:
        with pytest.raises(CacheUnavailable) as refused:
            await cache.check()
        assert str(refused.value).endswith(f"lacks the right {lacking}")
    await cache.close()


REFUSALS = [
    ("lectern:wrong@", "", "invalid username-password pair"),
    ("", "db=99999", "DB index is out of range"),
]


@pytest.mark.parametrize(("who", "option", "told"), REFUSALS)
async def test_a_redis_that_refuses_us_is_said_to_and_not_to_be_silent(
    engines: tuple[str, str], who: str, option: str, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def locate() -> str:
        return f"unix://{who}{engines[1].removeprefix('unix://').partition('?')[0]}?{option}"

    cache = Cache(locate)
    with pytest.raises(CacheUnavailable, match="Redis refuses us") as refused:
        await cache.check()
    assert told in str(refused.value)
    assert await cache.get("a") is None
    assert f"Redis refuses us ({told}" in caplog.text
    await cache.close()


async def test_a_redis_that_goes_while_two_write_is_told_of_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path) as url:

        async def locate() -> str:
            return url

        cache = Cache(locate)
        await cache.put("a", {})
        assert await cache.get("a") == {}
    await asyncio.gather(cache.put("a", {}), cache.put("b", {}))
    assert caplog.text.count("going on without it") == 1
    await cache.close()


async def test_a_hung_redis_costs_one_second_once() -> None:
    left = asyncio.Event()

    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1024):
            pass
        writer.close()
        left.set()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def locate() -> str:
        return f"redis://127.0.0.1:{port}"

    cache = Cache(locate)
    began = time.monotonic()
    assert await cache.get("a") is None
    first = time.monotonic()
    assert await cache.get("a") is None
    assert time.monotonic() - first < (first - began) / 2
    await cache.close()
    await left.wait()
    server.close()
    await server.wait_closed()


async def test_a_redis_that_takes_its_time_to_start_is_waited_for_once_and_used_when_it_is_there(
    engines: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stores.cache.PATIENCE_SECONDS", 0.2)
    started = asyncio.Event()

    async def locate() -> str:
        await started.wait()
        return engines[1]

    slow = Cache(locate)
    async with asyncio.timeout(20):
        assert await slow.get("slow") is None
        await slow.put("slow", {})
        started.set()
        monkeypatch.setattr("shared.stores.cache.PATIENCE_SECONDS", 20)
        while not await slow.get("slow"):
            await slow.put("slow", {"a": 1})
            await asyncio.sleep(0.01)
    await slow.close()


async def test_a_redis_that_never_starts_holds_up_no_end() -> None:
    async def locate() -> str:
        await asyncio.Event().wait()
        return ""

    stuck = Cache(locate)
    async with asyncio.timeout(20):
        assert await stuck.get("a") is None
        await stuck.close()


async def test_a_redis_that_says_a_byte_now_and_then_is_given_up_like_one_that_hangs() -> None:
    given_up = asyncio.Event()

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while not reader.at_eof():
                writer.write(b"+")
                await writer.drain()
                with suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1024), 0.1)
        writer.close()
        given_up.set()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    async def locate() -> str:
        return f"redis://127.0.0.1:{port}"

    cache = Cache(locate)
    async with asyncio.timeout(20):
        assert await cache.get("a") is None
        await given_up.wait()
    await cache.close()
    server.close()
    await server.wait_closed()
