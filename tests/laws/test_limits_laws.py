"""Laws of limits: whatever comes when, the counters decide as a plain list of all calls would."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from shared.accounts.counters import Counters, Counts, keys_of
from shared.model.account import Admitted, Denied, Limits, Principal, Refusal, Uncounted

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 11, 30, 23, 58, 30, 123_457, tzinfo=UTC)
STARTS = tuple(
    BEGAN + timedelta(**after) for after in ({"days": -9}, {"minutes": 1}, {"days": 3}, {"days": 40})
)
MINUTE = timedelta(seconds=60)
SECOND = timedelta(seconds=1)

instants = st.integers(0, 180_000_000) | st.sampled_from([0, 1, 59_999_999, 60_000_000, 60_000_001, 10**9])
limit = st.none() | st.integers(1, 4)


@dataclass(frozen=True, slots=True)
class Wait:
    microseconds: int


@dataclass(frozen=True, slots=True)
class Ask:
    key: int
    counts: Counts
    lease: float


@dataclass(frozen=True, slots=True)
class Release:
    which: int
    tokens: int
    give_back: bool


@dataclass(frozen=True, slots=True)
class Lose:
    """What a server that evicts would take: a day's or a month's counter."""

    key: int
    place: int


@dataclass(frozen=True, slots=True)
class Change:
    """Limits that there are get other figures."""

    most: int


Event = Wait | Ask | Release | Lose | Change
asks = st.builds(
    Ask, st.integers(0, 1), st.sampled_from(["all", "all", "minute"]), st.sampled_from([5.0, 60.0])
)
releases = st.builds(Release, st.integers(0, 50), st.integers(0, 3), st.booleans())
turns = st.sampled_from([5_000_000, 3_600_000_000, 86_400_000_000, 40 * 86_400_000_000])
events = st.lists(
    st.one_of(
        asks,
        asks,
        asks,
        releases,
        releases,
        st.builds(Wait, instants | turns),
        st.builds(Lose, st.integers(0, 1), st.integers(1, 3)),
        st.builds(Change, st.integers(1, 5)),
    ),
    min_size=10,
    max_size=60,
)
often_none = st.none() | limit
"""So that each limit is at times the one that is reached first."""
whose = st.builds(
    Limits,
    often_none,
    often_none,
    often_none,
    often_none,
    often_none,
    st.just(()) | st.just(STARTS),
)


@dataclass(slots=True)
class Call:
    """A call that was admitted, all of it."""

    id: UUID
    key: int
    at: datetime
    counts: Counts
    lease_ends: datetime
    tokens: int = 0
    given_back: bool = False
    released: bool = False


@dataclass(slots=True)
class Plain:
    """The same limits, by looking at every call each time."""

    limits: list[Limits]
    now: datetime = BEGAN
    calls: list[Call] = field(default_factory=list)

    def expected(self, key: int, counts: Counts) -> Denied | None:
        """The refusal, or None where the call is admitted."""
        limits, all_of_them = self.limits[key], counts == "all"
        _, month_ends = self.month(limits)
        running = sum(not call.released and call.lease_ends > self.now for call in self.counted())
        if all_of_them and limits.concurrent is not None and running >= limits.concurrent:
            return Denied("concurrent", limits.concurrent)
        times = sorted(call.at for call in self.calls if call.key == key)
        if limits.minute is not None and len(times) >= limits.minute:
            free = times[-limits.minute] + MINUTE
            if free > self.now:
                return self.denied("minute", limits.minute, free)
        if not all_of_them:
            return None
        midnight = self.midnight() + timedelta(days=1)
        used: list[tuple[Refusal, int | None, int, datetime]] = [
            ("day", limits.day, self.of_day(key), midnight),
            ("month_requests", limits.month_requests, self.of_month(limits)[0], month_ends),
            ("month_tokens", limits.month_tokens, self.of_month(limits)[1], month_ends),
        ]
        return next(
            (
                self.denied(by, most, till)
                for by, most, count, till in used
                if most is not None and count >= most
            ),
            None,
        )

    def denied(self, by: Refusal, most: int, till: datetime) -> Denied:
        return Denied(by, most, math.ceil((till - self.now) / SECOND))

    def counted(self) -> list[Call]:
        return [call for call in self.calls if call.counts == "all"]

    def midnight(self) -> datetime:
        return self.now.replace(hour=0, minute=0, second=0, microsecond=0)

    def of_day(self, key: int) -> int:
        start = self.midnight()
        return sum(call.key == key and call.at >= start and not call.given_back for call in self.counted())

    def month(self, limits: Limits) -> tuple[datetime, datetime]:
        for start, end in zip(limits.month_starts, limits.month_starts[1:], strict=False):
            if start <= self.now < end:
                return start, end
        first = self.midnight().replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1)

    def of_month(self, limits: Limits) -> tuple[int, int]:
        """Requests and tokens."""
        within = [call for call in self.counted() if call.at >= self.month(limits)[0]]
        return sum(not call.given_back for call in within), sum(call.tokens for call in within)


@given(whose, st.tuples(limit, limit), events)
@settings(max_examples=60, deadline=None)
async def test_the_script_decides_as_a_plain_list_of_calls_does(
    engines: tuple[str, str], first: Limits, second: tuple[int | None, int | None], happens: Sequence[Event]
) -> None:
    """Two keys of one user, releases in any order, counters that are lost, months that turn, limits that change."""
    user = uuid4()
    keys = [
        Principal(user, uuid4(), first),
        Principal(user, uuid4(), replace(first, minute=second[0], day=second[1])),
    ]
    plain = Plain([key.limits for key in keys])
    last_turn = STARTS[-1] if first.month_starts else datetime.max.replace(tzinfo=UTC)

    async def locate() -> str:
        return engines[1]

    async def admit(key: int, call: UUID, ask: Ask) -> Admitted | Denied:
        who = replace(keys[key], limits=plain.limits[key])
        said = await counters.admit(who, call, ask.counts, ask.lease)
        if isinstance(said, Uncounted):
            assert said == Uncounted(plain.midnight(), plain.month(who.limits)[0])
            await counters.recount(who, said, plain.of_day(key), *plain.of_month(who.limits))
            said = await counters.admit(who, call, ask.counts, ask.lease)
        assert not isinstance(said, Uncounted)
        return said

    counters = Counters(locate, lambda: plain.now)
    admitted: dict[UUID, Admitted] = {}
    async with Redis.from_url(engines[1]) as redis:
        for event in happens:
            match event:
                case Wait(microseconds):
                    plain.now = min(plain.now + timedelta(microseconds=microseconds), last_turn - SECOND)
                case Change(most):
                    plain.limits = [_changed(limits, most) for limits in plain.limits]
                case Lose(key, place):
                    await redis.delete(keys_of(keys[key])[place])
                case Release(which, tokens, give_back) if running := [
                    one for one in plain.calls if not one.released
                ]:
                    call = running[which % len(running)]
                    call.released = True
                    if call.counts == "all":
                        call.tokens, call.given_back = tokens, give_back
                    await counters.release(
                        keys[call.key], admitted[call.id], call.tokens, give_back=call.given_back
                    )
                case Ask(key, counts, lease):
                    new = Call(uuid4(), key, plain.now, counts, plain.now + timedelta(seconds=lease))
                    expected = plain.expected(key, counts)
                    said = await admit(key, new.id, event)
                    if expected is None:
                        assert isinstance(said, Admitted)
                        admitted[new.id] = said
                        plain.calls.append(new)
                    else:
                        assert said == expected
    await counters.close()


def _changed(limits: Limits, most: int) -> Limits:
    def changed(name: str) -> int | None:
        return None if getattr(limits, name) is None else most

    return replace(
        limits,
        minute=changed("minute"),
        day=changed("day"),
        month_requests=changed("month_requests"),
        concurrent=changed("concurrent"),
    )


@given(st.integers(1, 5), st.lists(instants, min_size=1, max_size=80))
@settings(max_examples=60, deadline=None)
async def test_no_trailing_minute_ever_has_more_than_the_limit(
    engines: tuple[str, str], most: int, pauses: Sequence[int]
) -> None:
    async def locate() -> str:
        return engines[1]

    now = BEGAN
    counters = Counters(locate, lambda: now)
    who, times = Principal(uuid4(), uuid4(), Limits(minute=most)), list[datetime]()
    for pause in pauses:
        now += timedelta(microseconds=pause)
        if isinstance(await counters.admit(who, uuid4(), "minute", 30), Admitted):
            times.append(now)
    await counters.close()
    assert all(later - earlier >= MINUTE for earlier, later in zip(times, times[most:], strict=False))
