"""`python -m bench limits`: whether limits are exact where many processes ask at once, and what asking costs.

The counters are those of the server, on an embedded Valkey of their own.
"""

import asyncio
import multiprocessing
import random
import tempfile
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis

from shared.accounts.counters import Counters, keys_of
from shared.accounts.limits import MOST_PER_MINUTE
from shared.model.account import Admitted, Limits, Principal, Uncounted
from shared.stores.embedded.engines import attach

PROCESSES = 64
MINUTE = 600
SECONDS = 10
STEPS = 600
"""Of a second each by the clock that is passed in: ten minutes."""
SHARED = Limits(month_requests=500, concurrent=10)
TRIPS = 3000
LEASE = 25.0
BEGAN = datetime(2026, 11, 30, 12, tzinfo=UTC)
START_SECONDS = 120
"""How long processes may take to start; a process that breaks ends the others."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """What one process asked for, what it got, and how many of its user it saw under way at once."""

    asked: int
    admitted: int
    most_at_once: int = 0


def run() -> dict[str, Any]:
    """Tables for `make bench`."""
    with tempfile.TemporaryDirectory(prefix="limits-") as home:
        attachment = asyncio.run(attach(Path(home), want=frozenset({"redis"})))
        try:
            url = attachment.endpoints.redis_url
            exact = [real_time(url), passed_clock(url), shared_by_two_keys(url)]
            return {
                "exact": exact,
                "trips": asyncio.run(trips(url)),
                "memory": [asyncio.run(memory(url, limit)) for limit in (MINUTE, MOST_PER_MINUTE)],
                "notes": NOTES,
            }
        finally:
            attachment.release()


NOTES = [
    f"{PROCESSES} processes ask as fast as they can. The clock that is passed in takes {STEPS} steps of a second, "
    "each with from 0 to 3,000 calls at once; after every step what was admitted is compared with a plain list of "
    "times. Of the two keys each is used by half of the processes, and every call lasts 5 ms.",
    f"A trip is one call of one connection over a Unix socket; {TRIPS:,} of each, in turn. `admit` checks and "
    "counts all five limits.",
    "Memory is what `MEMORY USAGE` says of the times of one key's last minute, full.",
]


def real_time(url: str) -> Row:
    """Ten seconds of the server's own clock: one limit of a minute, and it is all that is admitted."""
    who = caller(Limits(minute=MINUTE))
    asyncio.run(recounted(url, who))
    tallies = in_processes(partial(_asks_for, url, who))
    admitted = sum(tally.admitted for tally in tallies)
    return {
        "": f"{MINUTE} a minute, {SECONDS} s",
        "asked": sum(tally.asked for tally in tallies),
        "admitted": admitted,
        "most at once": admitted,
        "limit": MINUTE,
    }


def passed_clock(url: str) -> Row:
    """Ten minutes of bursts and pauses: each call that a plain list of times would admit, and no other."""
    who, context = caller(Limits(minute=MINUTE)), multiprocessing.get_context("fork")
    asyncio.run(recounted(url, who, lambda: BEGAN))
    admitted = context.Value("i", 0)
    step_begins, step_ends = (context.Barrier(PROCESSES + 1) for _ in range(2))
    work = partial(_steps, url, who, step_begins, step_ends, admitted)
    processes = [context.Process(target=work, args=(number,), daemon=True) for number in range(PROCESSES)]
    for process in processes:
        process.start()
    window, asked, before, most = deque[tuple[int, int]](), 0, 0, 0
    for step in range(STEPS):
        wanted = sum(demand(number, step) for number in range(PROCESSES))
        step_begins.wait(START_SECONDS)
        step_ends.wait(START_SECONDS)
        while window and step - window[0][0] >= 60:
            window.popleft()
        got, before = admitted.value - before, admitted.value
        within = sum(count for _, count in window)
        assert got == min(wanted, MINUTE - within), f"{got} of {wanted} in second {step}, {within} before"
        window.append((step, got))
        asked, most = asked + wanted, max(most, within + got)
    for process in processes:
        process.join()
    return {
        "": f"{MINUTE} a minute, ten minutes by a passed clock",
        "asked": asked,
        "admitted": before,
        "most at once": most,
        "limit": MINUTE,
    }


def shared_by_two_keys(url: str) -> Row:
    """A user's month and calls at once, from two keys."""
    first = caller(SHARED)
    second = replace(first, api_key_id=uuid4())
    for who in (first, second):
        asyncio.run(recounted(url, who))
    running = multiprocessing.get_context("fork").Value("i", 0)
    works = [partial(_holds, url, who, running) for who in (first, second)]
    tallies = in_processes(*works)
    most = max(tally.most_at_once for tally in tallies)
    assert most <= (SHARED.concurrent or 0), f"{most} at once"
    return {
        "": f"two keys of a user: {SHARED.month_requests} a month, {SHARED.concurrent} at once",
        "asked": sum(tally.asked for tally in tallies),
        "admitted": sum(tally.admitted for tally in tallies),
        "most at once": most,
        "limit": f"{SHARED.month_requests} and {SHARED.concurrent}",
    }


def caller(limits: Limits) -> Principal:
    return Principal(uuid4(), uuid4(), limits)


def counters(url: str, clock: Callable[[], datetime] | None = None) -> Counters:
    async def locate() -> str:
        return url

    return Counters(locate, clock)


async def recounted(url: str, who: Principal, clock: Callable[[], datetime] | None = None) -> None:
    """A caller of whom nothing is counted yet."""
    ours = counters(url, clock)
    said = await ours.admit(who, uuid4(), "all", LEASE)
    assert isinstance(said, Uncounted)
    await ours.recount(who, said, 0, 0, 0)
    await ours.close()


def in_processes(*works: Callable[[], Awaitable[Tally]]) -> list[Tally]:
    """Each work in its share of the processes, from one moment on."""
    context = multiprocessing.get_context("fork")
    together, tallies = context.Barrier(PROCESSES), context.SimpleQueue()
    processes = [
        context.Process(target=_tallied, args=(works[number % len(works)], together, tallies), daemon=True)
        for number in range(PROCESSES)
    ]
    for process in processes:
        process.start()
    found = [tallies.get() for _ in processes]
    for process in processes:
        process.join()
    return found


def _tallied(work: Callable[[], Awaitable[Tally]], together: Any, tallies: Any) -> None:
    async def tally() -> Tally:
        return await work()

    together.wait(START_SECONDS)
    tallies.put(asyncio.run(tally()))


async def _asks_for(url: str, who: Principal) -> Tally:
    ours, asked, admitted = counters(url), 0, 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        asked += 1
        admitted += isinstance(await ours.admit(who, uuid4(), "all", LEASE), Admitted)
    await ours.close()
    return Tally(asked, admitted)


async def _holds(url: str, who: Principal, running: Any) -> Tally:
    ours, asked, admitted, most = counters(url), 0, 0, 0
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        asked += 1
        said = await ours.admit(who, uuid4(), "all", LEASE)
        if isinstance(said, Admitted):
            admitted += 1
            with running.get_lock():
                running.value += 1
                most = max(most, running.value)
            await asyncio.sleep(0.005)
            with running.get_lock():
                running.value -= 1
            await ours.release(who, said, 0, give_back=False)
    await ours.close()
    return Tally(asked, admitted, most)


def demand(number: int, step: int) -> int:
    """How often a process asks in one second: mostly little, at times nobody does, and at times all do."""
    kind = random.Random(step).random()
    dice = random.Random(f"{number} {step}")
    if kind < 0.2:
        return 0
    return dice.randint(0, 50) if kind > 0.97 else int(dice.random() < 0.2)


def _steps(url: str, who: Principal, begins: Any, ends: Any, admitted: Any, number: int) -> None:
    asyncio.run(_by_steps(url, who, begins, ends, admitted, number))


async def _by_steps(url: str, who: Principal, begins: Any, ends: Any, admitted: Any, number: int) -> None:
    step = 0
    ours = counters(url, lambda: BEGAN + timedelta(seconds=step))
    for step in range(STEPS):
        begins.wait(START_SECONDS)
        for _ in range(demand(number, step)):
            if isinstance(await ours.admit(who, uuid4(), "all", LEASE), Admitted):
                with admitted.get_lock():
                    admitted.value += 1
        ends.wait(START_SECONDS)
    await ours.close()


async def trips(url: str) -> list[Row]:
    """Milliseconds of a PING, of an `admit` and of a `release`, in turn on warm connections."""
    most = Limits(minute=MOST_PER_MINUTE, day=10**6, month_requests=10**6, month_tokens=10**9, concurrent=100)
    who, ours = caller(most), counters(url)
    await recounted(url, who)
    found: dict[str, list[float]] = {"PING": [], "admit": [], "release": []}
    async with Redis.from_url(url) as redis:

        async def ping() -> None:
            await redis.execute_command("PING")  # type: ignore[no-untyped-call]

        for _ in range(TRIPS):
            await _timed(found["PING"], ping())
            said = await _timed(found["admit"], ours.admit(who, uuid4(), "all", LEASE))
            await _timed(found["release"], ours.release(who, said, 1200, give_back=False))
    await ours.close()
    return [
        {"": name, "p50 ms": round(_part(times, 50), 2), "p95 ms": round(_part(times, 95), 2)}
        for name, times in found.items()
    ]


async def _timed(times: list[float], doing: Awaitable[Any]) -> Any:
    began = time.perf_counter()
    said = await doing
    times.append((time.perf_counter() - began) * 1000)
    return said


def _part(times: Sequence[float], percent: int) -> float:
    return quantiles(times, n=100)[percent - 1]


async def memory(url: str, limit: int) -> Row:
    """Kilobytes of a minute that is full."""
    now = BEGAN

    def clock() -> datetime:
        nonlocal now
        now += timedelta(microseconds=10)
        return now

    who, ours = caller(Limits(minute=limit)), counters(url, clock)
    calls = [ours.admit(who, uuid4(), "minute", LEASE) for _ in range(limit)]
    for first in range(0, limit, 50):
        await asyncio.gather(*calls[first : first + 50])
    async with Redis.from_url(url) as redis:
        minute = keys_of(who)[0]
        assert await redis.llen(minute) == limit
        used = await redis.memory_usage(minute, samples=0)
    await ours.close()
    return {
        "calls a minute": limit,
        "kB": round((used or 0) / 1000, 1),
        "bytes a call": round((used or 0) / limit, 1),
    }
