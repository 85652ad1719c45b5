"""A Redis that cannot do what it is asked: the cache and the counters say the same of it, and what to do."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from anyio import run_process
from redis.asyncio import Redis
from redis.exceptions import BusyLoadingError, MasterDownError, ResponseError
from redis.exceptions import ConnectionError as NoConnection

from shared.accounts.counters import Counters
from shared.errors import CacheUnavailable, CountersUnavailable
from shared.stores.cache import Cache
from shared.stores.redis_refusals import trouble_of
from tests.redis_server import redis_server

pytestmark = pytest.mark.anyio

STATES = [
    (
        ("--maxmemory", "1", "--maxmemory-policy", "noeviction"),
        "Redis is full",
        "raise its maxmemory; where it keeps no limits (only a cache), set maxmemory-policy allkeys-lru",
    ),
    (("--replicaof", "127.0.0.1", "1"), "a replica, which takes no writes", "name its primary in"),
    (("--requirepass", "secret"), "requires a password", "as in redis://:password@host"),
    (("--rename-command", "HELLO", ""), "is older than 6", "use Redis 6 or newer"),
    (("--min-replicas-to-write", "1"), "too few replicas to take writes", "start them"),
]
SAID = [
    (BusyLoadingError("Redis is loading the dataset in memory"), "still loads its data", "wait until it has"),
    (
        MasterDownError("Link with MASTER is down and replica-serve-stale-data is set to 'no'."),
        "lost its primary",
        "name the primary in HERE",
    ),
    (
        ResponseError(f"DENIED Redis is running in protected mode because {'that is long, ' * 100}"),
        "is in protected mode",
        "password",
    ),
    (
        ResponseError("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to"),
        "cannot save its data",
        "free its disk",
    ),
    (NoConnection("max number of clients reached"), "no connection left", "maxclients"),
    (ResponseError("BUSY Redis is busy running a script."), "busy with a script", "SCRIPT KILL"),
    (
        ResponseError(f"whatever\nelse {'long ' * 100}"),
        "Redis refuses us (whatever else long",
        "correct HERE",
    ),
    (TimeoutError(), "does not answer (TimeoutError)", "start it, or correct HERE"),
]


def at(url: str) -> Callable[[], Awaitable[str]]:
    async def locate() -> str:
        return url

    return locate


@pytest.mark.parametrize(("options", "told", "hint"), STATES)
async def test_a_redis_that_takes_no_writes_is_told_by_what_it_lacks(
    options: tuple[str, ...], told: str, hint: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with redis_server(tmp_path, "redis-server", *options) as url:
        await _both_say(url, told, hint)
        cache = Cache(at(url))
        await cache.put("library:resolve:a", {})
        await cache.close()
    assert told in caplog.text


async def test_who_does_not_speak_tls_and_who_does_are_told_apart(tmp_path: Path) -> None:
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    made = "req -x509 -newkey rsa:2048 -nodes -keyout key -out cert -days 2"
    await run_process(["openssl", *made.split(" "), *named], cwd=tmp_path)
    with redis_server(tmp_path) as plain:
        port = plain.rpartition(":")[2].partition("/")[0]
        await _both_say(
            f"rediss://127.0.0.1:{port}", "does not answer", "redis:// if the port does not speak TLS"
        )
    files = ("--tls-cert-file", str(tmp_path / "cert"), "--tls-key-file", str(tmp_path / "key"))
    with redis_server(
        tmp_path, "redis-server", *files, "--tls-auth-clients", "no", "--tls-port", "0"
    ) as plain:
        port = plain.rpartition(":")[2].partition("/")[0]
        async with Redis.from_url(plain) as operator:
            await operator.config_set("port", 0)
            await operator.config_set("tls-port", port)
        await _both_say(
            f"redis://127.0.0.1:{port}", "takes the connection and closes it", "write rediss:// in"
        )
        await _both_say(
            f"rediss://127.0.0.1:{port}", "certificate of Redis is not trusted", "?ssl_ca_certs=/path"
        )
        cache = Cache(at(f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path / 'cert'}"))
        assert (await cache.check()).startswith("Redis ")
        await cache.close()


@pytest.mark.parametrize(("error", "told", "hint"), SAID)
def test_what_it_says_is_put_in_one_short_line(error: Exception, told: str, hint: str) -> None:
    wrong = trouble_of(error, "HERE")
    assert told in wrong.what
    assert hint in wrong.hint
    assert "\n" not in wrong.what
    assert len(wrong.what) < 250


async def _both_say(url: str, told: str, hint: str) -> None:
    cache, counters = Cache(at(url)), Counters(at(url))
    with pytest.raises(CacheUnavailable) as uncached:
        await cache.check()
    with pytest.raises(CountersUnavailable) as uncounted:
        await counters.check()
    await counters.close()
    await cache.close()
    for refused in (uncached, uncounted):
        assert told in str(refused.value)
        assert hint in refused.value.hint
