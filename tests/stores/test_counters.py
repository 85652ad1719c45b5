"""Limits on a real Redis: exact in any trailing minute, of key or user, given back where a call failed."""

import asyncio
import gc
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from redis import Redis as SyncRedis
from redis.asyncio import Redis

from shared.accounts.counters import PATIENCE_SECONDS, Counters, keys_of
from shared.errors import CacheUnavailable, CountersUnavailable
from shared.model.account import Admitted, Denied, Limits, Principal, Uncounted
from shared.stores.cache import Cache
from shared.stores.embedded.binaries import redis_server
from shared.stores.redis import connect
from tests.redis_cluster import redis_cluster
from tests.redis_server import redis_server as debian_redis

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)
LEASE = 30.0
Cluster = tuple[str, list[subprocess.Popen[bytes]]]


class Clock:
    """What time a test says it is."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def after(self, **more: float) -> None:
        self.now += timedelta(**more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Cluster]:
    """A cluster that the tests of this file share."""
    with redis_cluster(asyncio.run(redis_server()).program) as made:
        yield made


@pytest.fixture(params=["server", pytest.param("cluster", marks=pytest.mark.processes)])
def url(request: pytest.FixtureRequest, engines: tuple[str, str]) -> str:
    """Of one server, and of a cluster."""
    if request.param == "server":
        return engines[1]
    made: Cluster = request.getfixturevalue("nodes")
    return made[0]


@pytest.fixture
async def counters(url: str, clock: Clock) -> AsyncIterator[Counters]:
    async def locate() -> str:
        return url

    counters = Counters(locate, clock)
    yield counters
    await counters.close()


def caller(limits: Limits, user: UUID | None = None) -> Principal:
    return Principal(user or uuid4(), uuid4(), limits)


async def ask(counters: Counters, who: Principal, counts: str = "all") -> Admitted | Denied:
    """One call, by way of a recount where that is needed."""
    said = await counters.admit(who, uuid4(), counts, LEASE)  # type: ignore[arg-type]
    if isinstance(said, Uncounted):
        await counters.recount(who, said, 0, 0, 0)
        said = await counters.admit(who, uuid4(), counts, LEASE)  # type: ignore[arg-type]
    assert not isinstance(said, Uncounted)
    return said


async def admitted(counters: Counters, who: Principal, times: int) -> int:
    return sum([isinstance(await ask(counters, who), Admitted) for _ in range(times)])


async def test_a_minute_admits_its_limit_and_says_how_long_to_wait(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(minute=5))
    for _ in range(5):
        assert isinstance(await ask(counters, who), Admitted)
        clock.after(seconds=2)
    assert await ask(counters, who) == Denied("minute", 5, 50)
    clock.after(seconds=49.999)
    assert await ask(counters, who) == Denied("minute", 5, 1)
    clock.after(seconds=0.001)
    assert isinstance(await ask(counters, who), Admitted)
    assert await ask(counters, who) == Denied("minute", 5, 2)


async def test_a_wait_that_was_said_is_enough(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(minute=3, day=4))
    for _ in range(20):
        said = await ask(counters, who)
        if isinstance(said, Denied):
            assert said.retry_after_seconds
            clock.after(seconds=said.retry_after_seconds)
            assert isinstance(await ask(counters, who), Admitted)
        clock.after(seconds=0.7)


@pytest.mark.parametrize("seed", range(4))
async def test_no_trailing_minute_has_more_than_the_limit(
    counters: Counters, clock: Clock, seed: int
) -> None:
    """Bursts, pauses and edges of minutes; each call that a plain list of times would admit is admitted."""
    dice = random.Random(seed)
    who, limit, times = caller(Limits(minute=7)), 7, list[datetime]()
    for _ in range(300):
        clock.after(seconds=dice.choice([0, 0, 0.001, 0.5, 3, 9, 31, 59.999, 60]))
        within = [one for one in times if clock.now - one < timedelta(seconds=60)]
        said = await ask(counters, who)
        assert isinstance(said, Admitted) == (len(within) < limit)
        if isinstance(said, Admitted):
            times.append(clock.now)


async def test_a_lowered_limit_holds_at_once_and_a_raised_one_too(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(minute=10))
    assert await admitted(counters, who, 10) == 10
    lower = replace(who, limits=Limits(minute=3))
    clock.after(seconds=30)
    assert isinstance(await ask(counters, lower), Denied)
    higher = replace(who, limits=Limits(minute=12))
    assert await admitted(counters, higher, 5) == 2


async def test_a_day_is_the_calendars_and_a_new_one_begins_with_nothing(
    counters: Counters, clock: Clock
) -> None:
    who = caller(Limits(day=2))
    assert await admitted(counters, who, 3) == 2
    assert await ask(counters, who) == Denied("day", 2, 12 * 3600)
    clock.after(hours=12)
    assert await admitted(counters, who, 3) == 2


@pytest.mark.parametrize("years", range(0, 24, 3))
async def test_a_month_is_the_calendars_where_none_is_given(
    counters: Counters, clock: Clock, years: int
) -> None:
    clock.now = datetime(2024 + years, 1, 31, 12, tzinfo=UTC)
    for month in range(1, 13):
        clock.now = datetime(2024 + years, month, 28, 23, 59, 59, tzinfo=UTC)
        who = caller(Limits(month_requests=1))
        assert isinstance(await ask(counters, who), Admitted)
        denied = await ask(counters, who)
        assert isinstance(denied, Denied)
        assert denied.retry_after_seconds
        turns = clock.now + timedelta(seconds=denied.retry_after_seconds)
        assert turns == datetime(2024 + years + month // 12, month % 12 + 1, 1, tzinfo=UTC)


async def test_months_that_are_given_turn_by_themselves(counters: Counters, clock: Clock) -> None:
    starts = tuple(datetime(2026, month, 15, 8, tzinfo=UTC) for month in (11, 12))
    who = caller(Limits(month_requests=1, month_starts=(*starts, datetime(2027, 1, 15, 8, tzinfo=UTC))))
    assert await admitted(counters, who, 2) == 1
    assert await ask(counters, who) == Denied("month_requests", 1, int((starts[1] - NOON).total_seconds()))
    clock.now = starts[1]
    assert await admitted(counters, who, 2) == 1


async def test_two_keys_of_a_user_share_month_and_concurrency_and_not_the_minute(counters: Counters) -> None:
    first = caller(Limits(minute=3, month_requests=5, concurrent=9))
    second = replace(first, api_key_id=uuid4())
    assert await admitted(counters, first, 4) == 3
    assert await admitted(counters, second, 4) == 2
    said = await ask(counters, second)
    assert isinstance(said, Denied)
    assert said.refused_by == "month_requests"
    third = replace(first, limits=Limits(concurrent=6), api_key_id=uuid4())
    assert await admitted(counters, third, 2) == 1
    assert await ask(counters, third) == Denied("concurrent", 6)


async def test_tokens_are_known_afterwards_and_refuse_the_next_call(counters: Counters) -> None:
    who = caller(Limits(month_tokens=100))
    for tokens in (60, 60):
        said = await ask(counters, who)
        assert isinstance(said, Admitted)
        await counters.release(who, said, tokens, give_back=False)
    denied = await ask(counters, who)
    assert isinstance(denied, Denied)
    assert (denied.refused_by, denied.limit) == ("month_tokens", 100)


async def test_a_failed_call_is_given_back_to_day_and_month_and_not_to_the_minute(
    counters: Counters, clock: Clock
) -> None:
    who = caller(Limits(minute=3, day=1, month_requests=1))
    said = await ask(counters, who)
    assert isinstance(said, Admitted)
    await counters.release(who, said, 0, give_back=True)
    said = await ask(counters, who)
    assert isinstance(said, Admitted)
    await counters.release(who, said, 0, give_back=True)
    assert isinstance(await ask(counters, who), Admitted)
    assert await ask(counters, who) == Denied("minute", 3, 60)


async def test_what_is_given_back_after_midnight_lessens_no_other_day(
    counters: Counters, clock: Clock
) -> None:
    who = caller(Limits(day=1, month_requests=9))
    said = await ask(counters, who)
    clock.after(hours=13)
    assert isinstance(await ask(counters, who), Admitted)
    assert isinstance(said, Admitted)
    await counters.release(who, said, 0, give_back=True)
    assert isinstance(await ask(counters, who), Denied)


async def test_what_ends_in_another_month_changes_nothing_of_it(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(month_requests=9, month_tokens=100))
    first, second = await ask(counters, who), await ask(counters, who)
    clock.after(days=1)
    assert isinstance(await ask(counters, who), Admitted)
    assert isinstance(first, Admitted)
    assert isinstance(second, Admitted)
    await counters.release(who, first, 70, give_back=False)
    await counters.release(who, second, 0, give_back=True)
    used = await counters.used(who)
    assert (used.month_requests, used.month_tokens) == (1, 0)


async def test_what_is_given_back_to_counters_that_were_lost_makes_no_room_for_more(
    counters: Counters, url: str
) -> None:
    who = caller(Limits(day=1, month_requests=1))
    said = await ask(counters, who)
    assert isinstance(said, Admitted)
    async with await connect(url, PATIENCE_SECONDS) as redis:
        await redis.delete(*keys_of(who)[1:])
    await counters.recount(who, Uncounted(said.day, said.month), 0, 0, 0)
    await counters.release(who, said, 0, give_back=True)
    assert await admitted(counters, who, 3) == 1


async def test_what_is_used_is_what_counts_at_each_instant(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(minute=9))
    assert await admitted(counters, who, 2) == 2
    clock.after(seconds=59.999)
    assert (await counters.used(who)).minute == 2
    clock.after(seconds=0.001)
    assert (await counters.used(who)).minute == 0
    assert await admitted(counters, who, 2) == 2
    clock.after(seconds=-50)
    assert await admitted(counters, who, 5) == 5
    clock.after(seconds=65)
    assert (await counters.used(who)).minute == 7


async def test_a_month_that_began_by_a_wrong_clock_begins_anew_when_it_comes(
    counters: Counters, clock: Clock
) -> None:
    who = caller(Limits(month_requests=3))
    clock.after(days=5)
    assert await admitted(counters, who, 2) == 2
    clock.after(days=-5)
    assert await admitted(counters, who, 2) == 1
    clock.after(days=1)
    assert await admitted(counters, who, 4) == 3


async def test_a_call_that_is_refused_counts_nowhere(counters: Counters) -> None:
    who = caller(Limits(minute=2, day=9, month_requests=9, concurrent=9))
    await admitted(counters, who, 6)
    used = await counters.used(who)
    assert (used.minute, used.day, used.month_requests, used.concurrent) == (2, 2, 2, 2)


async def test_a_lease_ends_with_its_call_or_by_itself(counters: Counters, clock: Clock) -> None:
    who = caller(Limits(concurrent=2))
    first, _ = await ask(counters, who), await ask(counters, who)
    assert await ask(counters, who) == Denied("concurrent", 2)
    assert isinstance(first, Admitted)
    await counters.release(who, first, 0, give_back=False)
    assert isinstance(await ask(counters, who), Admitted)
    assert isinstance(await ask(counters, who), Denied)
    clock.after(seconds=LEASE)
    assert await admitted(counters, who, 3) == 2


async def test_the_order_of_refusals_is_one(counters: Counters) -> None:
    full = Limits(minute=1, day=1, month_requests=1, month_tokens=1, concurrent=1)
    who = caller(full)
    said = await ask(counters, who)
    order = []
    for name in ("concurrent", "minute", "day", "month_requests"):
        denied = await ask(counters, who)
        assert isinstance(denied, Denied)
        order.append(denied.refused_by)
        who = replace(who, limits=replace(who.limits, **{name: None}))  # type: ignore[arg-type]
    assert isinstance(said, Admitted)
    await counters.release(who, said, 1, give_back=False)
    denied = await ask(counters, who)
    assert isinstance(denied, Denied)
    assert [*order, denied.refused_by] == ["concurrent", "minute", "day", "month_requests", "month_tokens"]


async def test_completions_count_in_the_minute_alone(counters: Counters) -> None:
    who = caller(Limits(minute=3, day=1, month_requests=1, concurrent=1))
    assert isinstance(await ask(counters, who), Admitted)
    assert isinstance(await ask(counters, who, "minute"), Admitted)
    assert isinstance(await ask(counters, who, "minute"), Admitted)
    assert isinstance(await ask(counters, who, "minute"), Denied)
    assert (await counters.used(who)).day == 1


async def test_counters_that_are_lost_are_asked_for_and_of_two_figures_the_larger_holds(
    counters: Counters, url: str
) -> None:
    who = caller(Limits(day=10, month_requests=20, month_tokens=1000))
    await admitted(counters, who, 3)
    async with await connect(url, PATIENCE_SECONDS) as redis:
        await redis.delete(*keys_of(who))
    lost = await counters.admit(who, uuid4(), "all", LEASE)
    assert lost == Uncounted(NOON.replace(hour=0), NOON.replace(day=1, hour=0))
    await counters.recount(who, lost, 7, 19, 500)
    await counters.recount(who, lost, 2, 3, 4)
    used = await counters.used(who)
    assert (used.day, used.month_requests, used.month_tokens) == (7, 19, 500)
    assert await admitted(counters, who, 5) == 1


async def test_a_clock_that_is_set_back_locks_nobody_out_and_admits_no_more(
    counters: Counters, clock: Clock
) -> None:
    who = caller(Limits(minute=4, day=100))
    await admitted(counters, who, 4)
    clock.after(seconds=-30)
    assert isinstance(await ask(counters, who), Denied)
    clock.after(days=-1)
    assert await admitted(counters, who, 6) == 4


async def test_no_name_of_a_counter_holds_more_than_ids_and_nothing_stays_for_ever(
    counters: Counters, url: str
) -> None:
    who = caller(Limits(minute=3, day=3, month_requests=3, month_tokens=3, concurrent=3))
    await ask(counters, who)
    key, user = who.api_key_id, who.user_id
    assert keys_of(who) == (
        f"rate_limit:{key}:minute{{{user}}}",
        f"rate_limit:{key}:day{{{user}}}",
        f"rate_limit:{user}:month_requests{{{user}}}",
        f"rate_limit:{user}:month_tokens{{{user}}}",
        f"rate_limit:{user}:concurrent{{{user}}}",
    )
    async with await connect(url, PATIENCE_SECONDS) as redis:
        assert [await redis.ttl(name) > 0 for name in keys_of(who)] == [True] * 5


async def test_by_the_servers_own_clock_and_from_many_at_once_the_limit_is_exact(
    url: str,
) -> None:
    async def locate() -> str:
        return url

    who = caller(Limits(minute=50, month_requests=70))
    twin = replace(who, api_key_id=uuid4())
    many = [Counters(locate) for _ in range(8)]
    await asyncio.gather(*(ask(one, caller_) for one in many[:1] for caller_ in (who, twin)))
    said = await asyncio.gather(*(admitted(one, whose, 20) for one in many for whose in (who, twin)))
    assert sum(said) == 68
    for one in many:
        await one.close()


async def test_without_redis_it_says_so(tmp_path: object) -> None:
    async def locate() -> str:
        return f"unix://{tmp_path}/nobody.sock"

    counters = Counters(locate)
    with pytest.raises(CountersUnavailable) as refused:
        await counters.admit(caller(Limits(minute=1)), uuid4(), "all", LEASE)
    assert "LECTERN_LIMITS_REDIS_URL" in refused.value.hint


async def test_the_longest_lease_keeps_its_place_while_shorter_ones_end(
    counters: Counters, clock: Clock, url: str
) -> None:
    who = caller(Limits(concurrent=2))
    await ask(counters, who)
    await counters.admit(who, uuid4(), "all", 1)
    async with await connect(url, PATIENCE_SECONDS) as redis:
        assert await redis.pttl(keys_of(who)[4]) > LEASE * 1000
    clock.after(seconds=1)
    assert await admitted(counters, who, 2) == 1


async def test_who_knows_of_a_new_month_later_counts_in_it_with_those_who_know(
    counters: Counters, clock: Clock
) -> None:
    later = caller(Limits(month_requests=4))
    new = tuple(NOON + timedelta(days=days) for days in (-1, 30))
    sooner = replace(later, limits=Limits(month_requests=4, month_starts=new))
    assert await admitted(counters, later, 2) == 2
    assert await admitted(counters, sooner, 1) == 1
    assert await admitted(counters, later, 1) == 1
    assert await admitted(counters, sooner, 9) == 2


async def test_the_doctor_tries_all_that_is_asked_of_it_and_leaves_nothing(
    counters: Counters, url: str
) -> None:
    async with await connect(url, PATIENCE_SECONDS) as redis:
        before = await redis.dbsize()
        assert await counters.check() == "noeviction"
        assert await redis.dbsize() == before


RIGHTS = (
    "+eval +evalsha +time +del +pexpire +pttl +hget +hset +hmget +lindex +llen +lpush +ltrim "
    "+zadd +zcard +zcount +zrem +zremrangebyscore ~rate_limit:*"
)
"""As docs/pages/settings.md says."""


@pytest.mark.parametrize("lacking", [None, *RIGHTS.split()])
async def test_the_rights_that_are_documented_are_enough_and_the_one_that_is_missing_is_named(
    engines: tuple[str, str], lacking: str | None
) -> None:
    rights = [right for right in RIGHTS.split() if right != lacking]
    async with Redis.from_url(engines[1]) as operator:
        await operator.execute_command("ACL", "SETUSER", "counting", "reset", "on", ">p", *rights)  # type: ignore[no-untyped-call]
        await operator.script_flush()

    async def locate() -> str:
        return engines[1].replace("unix://", "unix://counting:p@")

    counters = Counters(locate)
    try:
        if lacking:
            with pytest.raises(CountersUnavailable, match="lacks the right") as refused:
                await counters.check()
            assert lacking in str(refused.value).split()
        else:
            assert await counters.check() == ""
    finally:
        await counters.close()
        async with Redis.from_url(engines[1]) as operator:
            await operator.acl_deluser("counting")


async def test_a_server_that_evicts_is_told_by_its_policy(tmp_path: Path) -> None:
    with debian_redis(tmp_path) as url:

        async def locate() -> str:
            return url

        async with Redis.from_url(url) as operator:
            await operator.config_set("maxmemory-policy", "volatile-lru")
        counters = Counters(locate)
        assert await counters.check() == "volatile-lru"
        await counters.close()


@pytest.mark.parametrize("option", ["?x=y", "?db=abc", "?parser_class=x"])
async def test_an_address_that_the_driver_cannot_use_is_one_line(
    engines: tuple[str, str], option: str
) -> None:
    async def locate() -> str:
        return engines[1].partition("?")[0] + option

    counters = Counters(locate)
    with pytest.raises(CountersUnavailable):
        await counters.check()
    await counters.close()


async def test_a_redis_that_starts_slowly_is_started_once_and_waited_for(engines: tuple[str, str]) -> None:
    started, ready = 0, asyncio.Event()

    async def locate() -> str:
        nonlocal started
        started += 1
        await ready.wait()
        return engines[1]

    counters, who = Counters(locate), caller(Limits(minute=1))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await counters.used(who)
    waiting = asyncio.gather(counters.used(who), counters.used(who))
    ready.set()
    assert [used.minute for used in await waiting] == [0, 0]
    assert started == 1
    await counters.close()


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """One of which a test may kill nodes: the driver leaves its connections to them to the garbage collector."""
    with redis_cluster(asyncio.run(redis_server()).program) as made:
        yield made
    gc.collect()


@pytest.mark.processes
@pytest.mark.parametrize("lost", [0, 2])
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_lost_node_takes_its_own_with_it_and_nothing_else(cluster: Cluster, lost: int) -> None:
    url, nodes = cluster
    ports = ports_of(url)
    address = url.replace(str(ports[0]), str(ports[1]))

    async def locate() -> str:
        return address

    counters, cache = Counters(locate), Cache(locate)
    people = [caller(Limits(minute=2, day=9, month_requests=9, concurrent=9)) for _ in range(24)]
    assert [await admitted(counters, who, 3) for who in people] == [2] * 24
    for number in range(24):
        await cache.put(f"docs:query:/a/b:{number}", {"n": number})
    assert [await cache.get(f"docs:query:/a/b:{number}") for number in range(24)] == [
        {"n": number} for number in range(24)
    ]
    assert await cache.check() == "a cluster of 3 nodes"

    nodes[lost].kill()
    nodes[lost].wait()
    fresh = Counters(locate)
    said = {
        counting: [await still_counted(counting, who) for who in people] for counting in (counters, fresh)
    }
    assert {True, False} == set(said[counters])
    assert said[counters] == said[fresh]
    assert None in {await cache.get(f"docs:query:/a/b:{number}") and 1 for number in range(24)}
    with pytest.raises(CacheUnavailable, match=rf"{ports[lost]} of a cluster of 3 nodes does not answer"):
        await cache.check()
    with pytest.raises(CountersUnavailable, match="of a cluster of 3 nodes does not answer"):
        await fresh.check()
    for one in (counters, fresh, cache):
        await one.close()


async def still_counted(counters: Counters, who: Principal) -> bool:
    try:
        said = await ask(counters, who)
    except CountersUnavailable:
        return False
    assert isinstance(said, Denied)
    return True


def ports_of(url: str) -> list[int]:
    """Of the nodes, as they were started."""
    with SyncRedis.from_url(url) as node:
        known = node.cluster("NODES")
    return sorted(int(name.partition("@")[0].rpartition(":")[2]) for name in known)
