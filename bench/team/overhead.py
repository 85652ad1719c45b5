"""What HTTP, nginx and the bridge add to a call, and how much two replicas answer beside one stdio server."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from bench.gate import LIBRARY, questions
from bench.team.service import Team, asker
from bench.wire import server

CLIENTS = 32
WARM_UP = 20

Row = dict[str, Any]
Call = Callable[..., Awaitable[dict[str, Any]]]


@asynccontextmanager
async def ways(home: Path, team: Team, key: str) -> AsyncIterator[dict[str, Call]]:
    """How a call comes to the service, by name; the first is what the others are compared with."""
    keyed = {"LECTERN_API_KEY": key}
    trusting = {"LECTERN_SERVER": team.proxy.url, "SSL_CERT_FILE": str(team.proxy.trusted)}
    replica = f"http://127.0.0.1:{team.replicas[0].port}"
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        yield {
            "stdio": (await enter(server(home, env=keyed))).call,
            "HTTP, one replica": (await enter(asker(replica, key))).call,
            "HTTPS, nginx": (await enter(asker(team.proxy.url, key, team.proxy.trusted))).call,
            "bridge, nginx": (await enter(server(team.place / "bridge", env=keyed | trusting))).call,
        }


async def alone(found: dict[str, Call], most: int) -> list[Row]:
    """One call at a time, each way in turn: medians of what is not cached, and of what is."""
    times: dict[str, dict[str, list[float]]] = {name: {"uncached": [], "cached": []} for name in found}
    asked = {name: questions(f"alone {name}") for name in found}
    for number in range(min(most + WARM_UP, len(asked["stdio"]))):
        for kind in ("uncached", "cached"):
            for name, call in found.items():
                taken = await _timed(call, asked[name][number])
                if number >= WARM_UP:
                    times[name][kind].append(taken)
    medians = {name: {kind: median(of) for kind, of in kinds.items()} for name, kinds in times.items()}
    first = medians["stdio"]
    return [
        {"way": name}
        | {f"{kind} ms": round(value, 2) for kind, value in kinds.items()}
        | {f"{kind} adds ms": round(value - first[kind], 2) for kind, value in kinds.items()}
        for name, kinds in medians.items()
    ]


async def together(found: dict[str, Call], seconds: float) -> list[Row]:
    """Thirty-two calls at once, none cached: answers a second, and how long they take."""
    return [{"way": name} | await _rate(call, name, seconds) for name, call in found.items()]


async def _rate(call: Call, name: str, seconds: float) -> Row:
    times: list[float] = []
    began = time.perf_counter()

    async def client(number: int) -> None:
        for turn in range(1000):
            for question in questions(f"together {name} {number} {turn}"):
                if time.perf_counter() - began > seconds:
                    return
                times.append(await _timed(call, question))

    await asyncio.gather(*map(client, range(CLIENTS)))
    taken = time.perf_counter() - began
    return {
        "answers a second": round(len(times) / taken, 1),
        "p50 ms": round(median(times)),
        "p95 ms": round(quantiles(times, n=20)[-1]),
    }


async def _timed(call: Call, question: str) -> float:
    began = time.perf_counter()
    result = await call("query-docs", libraryId=LIBRARY, query=question)
    assert not result.get("isError"), result
    return (time.perf_counter() - began) * 1000
