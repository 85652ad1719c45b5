"""Thirty-two clients while replicas are killed and restarted: every call is answered, and limits are exact."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from bench.gate import LIBRARY, questions
from bench.team.service import PATIENCE, Asker, Team, asker

CLIENTS = 32
KILL_EVERY = 30.0
AGAIN_AFTER = 1.0
"""As `RestartSec` of deploy/lectern-mcp@.service."""

Row = dict[str, Any]


async def under_kills(team: Team, key: str, seconds: float) -> Row:
    """Ask for so long; a replica is killed every thirty seconds, and both are restarted in order half way through."""
    tally, retried = Counter[str](), team.retried
    async with asker(team.proxy.url, key, team.proxy.trusted) as one:
        ending = asyncio.Event()
        asking = [asyncio.create_task(_ask(one, ending, tally, f"kills {n}")) for n in range(CLIENTS)]
        began = time.monotonic()
        kills = await _trouble(team, began, seconds)
        ending.set()
        await asyncio.gather(*asking)
        taken = time.monotonic() - began
    return {
        "clients": CLIENTS,
        "seconds": round(taken),
        "killed": kills,
        "restarted": 2,
        "calls": tally.total(),
        "answered": tally["answered"],
        "not answered": tally.total() - tally["answered"],
        "asked again by nginx": team.retried - retried,
    } | {f"why {name}": count for name, count in tally.items() if name != "answered"}


async def rolling_restart(team: Team, key: str, times: int) -> Row:
    """SIGTERM to one replica and then the other while all ask: what is not answered, and the codes of their ends."""
    tally, retried, codes = Counter[str](), team.retried, Counter[int]()
    async with asker(team.proxy.url, key, team.proxy.trusted) as one:
        ending = asyncio.Event()
        asking = [asyncio.create_task(_ask(one, ending, tally, f"roll {n}")) for n in range(CLIENTS)]
        for _ in range(times):
            for replica in team.replicas:
                codes[await asyncio.to_thread(replica.end)] += 1
                await asyncio.to_thread(replica.__enter__)
        ending.set()
        await asyncio.gather(*asking)
    return {
        "restarts": times * 2,
        "exit codes": " ".join(f"{code}x{count}" for code, count in codes.items()),
        "calls": tally.total(),
        "not answered": tally.total() - tally["answered"],
        "asked again by nginx": team.retried - retried,
    }


async def limit(team: Team, key: str, most: int, *, kills: bool) -> Row:
    """All ask until nobody is admitted any more: how many were."""
    tally, retried = Counter[str](), team.retried
    async with asker(team.proxy.url, key, team.proxy.trusted) as one:
        ending = asyncio.Event()
        asking = [asyncio.create_task(_ask(one, ending, tally, f"limit {kills} {n}")) for n in range(CLIENTS)]
        await _until(lambda: tally["answered"] > most / 3)
        if kills:
            await asyncio.to_thread(team.replicas[0].kill)
            await asyncio.sleep(AGAIN_AFTER)
            await asyncio.to_thread(team.replicas[0].__enter__)
        await _until(lambda: tally["refused"] > CLIENTS * 4)
        ending.set()
        await asyncio.gather(*asking)
    again = team.retried - retried
    exact = tally["answered"] <= most <= tally["answered"] + again
    return {
        "limit": most,
        "a replica is killed": "yes" if kills else "no",
        "asked": tally.total(),
        "admitted": tally["answered"],
        "refused": tally["refused"],
        "asked again by nginx": again,
        "exact": "yes" if exact else "NO",
    }


async def _ask(one: Asker, ending: asyncio.Event, tally: Counter[str], seed: str) -> None:
    for question in itertools.cycle(questions(seed)):
        if ending.is_set():
            return
        tally[await _outcome(one.call("query-docs", libraryId=LIBRARY, query=question))] += 1


async def _outcome(call: Awaitable[dict[str, Any]]) -> str:
    try:
        result = await call
    except Exception as error:
        return f"{type(error).__name__} {error}"[:120]
    said = result["content"][0]["text"]
    if said.startswith("Library: "):
        return "answered"
    return "refused" if "this account may make" in said else said[:120]


async def _trouble(team: Team, began: float, seconds: float) -> int:
    """Kills by turns; how many."""
    rolled = False
    for number in itertools.count():
        wait = min(KILL_EVERY, began + seconds - time.monotonic())
        if wait > 0:
            await asyncio.sleep(wait)
        if time.monotonic() - began >= seconds:
            return number
        killed = team.replicas[number % 2]
        await asyncio.to_thread(killed.kill)
        await asyncio.sleep(AGAIN_AFTER)
        await asyncio.to_thread(killed.__enter__)
        if not rolled and time.monotonic() - began >= seconds / 2:
            rolled = True
            for replica in team.replicas:
                await asyncio.to_thread(replica.end)
                await asyncio.to_thread(replica.__enter__)
    raise AssertionError("counting never ends")


async def _until(reached: Callable[[], bool]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while not reached():  # noqa: ASYNC110 - what is counted has no event
                await asyncio.sleep(0.01)
