"""How long a running server takes to answer, and what it holds in memory meanwhile: measured from outside."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import numpy as np

from bench.memory import Memory, memory_of
from bench.processor import Processor, processor_of
from bench.wire import Failed, Wire, server

QUERY = "query-docs"
CALLS = 300
CALLS_BEFORE_MEMORY = 100
CONCURRENT = 16


@dataclass(frozen=True)
class Spread:
    """Milliseconds of single calls."""

    p50: float
    p95: float
    calls: int


@dataclass(frozen=True)
class Latency:
    first_answer: float
    """Milliseconds from the start of the process to its first answer."""
    uncached: Spread
    cached: Spread
    processor: Processor | None
    """Milliseconds of each uncached call."""
    processor_cached: Processor | None
    memory: Memory | None
    """After the first hundred calls."""
    memory_end: Memory | None
    """After all of them."""
    concurrent_errors: int
    concurrent_p95: float
    concurrent_rate: float
    """Answers a second, 16 questions at a time, none of them cached."""


@dataclass(frozen=True)
class Growth:
    """Memory by the number of calls answered."""

    calls: tuple[int, ...]
    anonymous: tuple[float, ...]
    pss: tuple[float, ...]


async def measure(
    home: Path, libraries: Sequence[str], questions: Sequence[str], env: Mapping[str, str] | None = None
) -> Latency:
    """Ask each question once, in turn of one library and another. `questions` are distinct, and not cached."""
    calls = list(zip(cycle(libraries), questions, strict=False))
    alone, together = calls[: CALLS + 1], calls[CALLS + 1 :]
    began = time.perf_counter()
    async with server(home, env=env) as wire:
        await ask(wire, *alone[0])
        first = (time.perf_counter() - began) * 1000
        before = processor_of(wire.pid, home)
        uncached = [await ask(wire, *call) for call in alone[1 : CALLS_BEFORE_MEMORY + 1]]
        memory = memory_of(wire.pid)
        uncached += [await ask(wire, *call) for call in alone[CALLS_BEFORE_MEMORY + 1 :]]
        between = processor_of(wire.pid, home)
        cached = [await ask(wire, *call) for call in alone[1:]]
        behind = processor_of(wire.pid, home)
        began = time.perf_counter()
        times, errors = await at_once(wire, together)
        seconds = time.perf_counter() - began
        end = memory_of(wire.pid)
    return Latency(
        first_answer=first,
        uncached=spread(uncached),
        cached=spread(cached),
        processor=before and between and between.since(before, len(uncached)),
        processor_cached=between and behind and behind.since(between, len(cached)),
        memory=memory,
        memory_end=end,
        concurrent_errors=errors,
        concurrent_p95=spread(times).p95,
        concurrent_rate=len(times) / seconds,
    )


async def growth(home: Path, libraries: Sequence[str], questions: Sequence[str], steps: int = 40) -> Growth:
    """Memory while every question is asked once."""
    stride = max(1, len(questions) // steps)
    calls, anonymous, pss = [], [], []
    async with server(home) as wire:
        for number, call in enumerate(zip(cycle(libraries), questions, strict=False), start=1):
            await ask(wire, *call)
            if number % stride == 0 and (memory := memory_of(wire.pid)):
                calls.append(number)
                anonymous.append(memory.anonymous)
                pss.append(memory.pss)
    return Growth(tuple(calls), tuple(anonymous), tuple(pss))


async def ask(wire: Wire, library: str, question: str) -> float:
    return await wire.timed(QUERY, libraryId=library, query=question)


async def at_once(wire: Wire, calls: Sequence[tuple[str, str]]) -> tuple[list[float], int]:
    """Milliseconds of each call that was answered, and how many failed, with sixteen under way at any time."""
    rest = iter(calls)
    times: list[float] = []
    errors = 0

    async def asker() -> None:
        nonlocal errors
        for call in rest:
            try:
                times.append(await ask(wire, *call))
            except Failed:
                errors += 1

    await asyncio.gather(*(asker() for _ in range(CONCURRENT)))
    return times, errors


def spread(times: Sequence[float]) -> Spread:
    p50, p95 = np.percentile(times, [50, 95])
    return Spread(float(p50), float(p95), len(times))
