"""`python -m bench.gate [ROUNDS]`: what a call's key costs, in turns without one, with one, and with a thousand rules.

With `BENCH_BEFORE` (another checkout, after its `make setup`) the server of that checkout takes part, on its stores.
"""

import asyncio
import os
import random
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from bench.material import CACHE
from bench.sites import ROOT
from bench.wire import server
from shared.accounts.emails import address
from shared.accounts.keys import hash_of, mint
from shared.accounts.rules.store import AccessRules, Subject
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.open import open_stores

ROUNDS = 10
WARM_UP = 20
CALLS = 200
RULES = 1000
"""Of access, about as many namespaces; every second one allows what its posture would too."""
LIBRARY = "/bench/gate"
PUBLISH = """
import asyncio, random, sys
from pathlib import Path
import numpy as np
from bench.corpus import publish_library
from shared.embedding.locate import locate
from shared.model.document import Chunk, ContentType
from shared.settings import load
from shared.stores.open import open_stores

def chunk(number, dice):
    text = " ".join(f"word{dice.randrange(3000)}" for _ in range(80))
    return Chunk(content=text, content_type=ContentType.GUIDE, source_url=f"https://docs.example/{number}",
                 breadcrumb=("Guide",), token_count=120, embedded_text=text, code_language=None)

def vectors(first, count):
    made = np.random.default_rng(first).standard_normal((count, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)

async def main():
    settings, dice = load(home=Path(sys.argv[1])), random.Random(7)
    async with open_stores(settings, "lectern-bench") as stores:
        chunks = [chunk(number, dice) for number in range(2000)]
        await publish_library(stores, locate(settings), sys.argv[2], chunks, vectors)

asyncio.run(main())
"""
"""Of either checkout, for the schema of one is not the other's."""


@dataclass(frozen=True)
class Way:
    """A server that takes part."""

    home: Path
    checkout: Path
    env: Mapping[str, str]

    @property
    def python(self) -> str:
        return str(self.checkout / ".venv/bin/python") if self.checkout != ROOT else sys.executable


@dataclass(frozen=True)
class Round:
    """Milliseconds: from the spawn to the list of tools, and the median call."""

    start: float
    uncached: float
    cached: float


def run(rounds: int = ROUNDS) -> dict[str, Any]:
    """Rows for `make bench`."""
    return asyncio.run(_measured(rounds))


async def _measured(rounds: int) -> dict[str, Any]:
    other = os.environ.get("BENCH_BEFORE")
    async with installation(ROOT) as home, installation(Path(other) if other else ROOT) as before:
        ways = {
            "without a key": Way(home, ROOT, {}),
            "with a key": Way(home, ROOT, {"LECTERN_API_KEY": await new_key(home)}),
            f"with {RULES:,} rules": Way(home, ROOT, {"LECTERN_API_KEY": await _ruled_key(home)}),
        }
        if other:
            ways["before"] = Way(before, Path(other), {"PYTHONPATH": other})
        found: dict[str, list[Round]] = {name: [] for name in ways}
        names = list(ways)
        for turn in range(rounds + 1):
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                taken = await _round(ways[name], questions(f"{turn} {name}"))
                if turn:  # the first one compiles and fills what the others find
                    found[name].append(taken)
    beside = found.get("before") or found["without a key"]
    return {
        "rows": [_row(name, of, beside) for name, of in found.items()],
        "notes": [
            f"Medians of {rounds} rounds in turns, each of {CALLS} calls of query-docs, not cached and then "
            f"cached. Ratios are medians of those of single rounds, to {'before' if other else 'without a key'}."
        ],
    }


async def _round(way: Way, questions: Sequence[str]) -> Round:
    command = (way.python, "-P", "-m", "mcp_server")
    began = time.perf_counter()
    async with server(way.home, *command, env=way.env) as wire:
        await wire.ask("tools/list")
        start = (time.perf_counter() - began) * 1000
        for question in questions[:WARM_UP]:
            await wire.call("query-docs", libraryId=LIBRARY, query=question)
        asked = questions[WARM_UP:]
        uncached = [await wire.timed("query-docs", libraryId=LIBRARY, query=one) for one in asked]
        cached = [await wire.timed("query-docs", libraryId=LIBRARY, query=one) for one in asked]
    return Round(start, median(uncached), median(cached))


def _row(name: str, of: Sequence[Round], beside: Sequence[Round]) -> dict[str, Any]:
    row: dict[str, Any] = {"server": name}
    for what in ("start", "uncached", "cached"):
        times = [getattr(one, what) for one in of]
        ratios = [mine / getattr(other, what) for mine, other in zip(times, beside, strict=True)]
        row |= {f"{what} ms": round(median(times), 2), f"{what} ratio": round(median(ratios), 3)}
    return row


def questions(seed: str) -> list[str]:
    dice = random.Random(seed)
    return [" ".join(f"word{dice.randrange(3000)}" for _ in range(5)) for _ in range(WARM_UP + CALLS)]


@asynccontextmanager
async def installation(checkout: Path) -> AsyncIterator[Path]:
    """An installation with one library, whose engines run until the end; it is removed then."""
    home = Path(tempfile.mkdtemp(prefix="lectern-bench-"))
    way = Way(home, checkout, {})
    try:
        await asyncio.to_thread(shutil.copytree, CACHE / "models", home / "models")
        await asyncio.to_thread(_command, way, "-c", PUBLISH, str(home), LIBRARY)
        await asyncio.to_thread(_command, way, "-m", "ingest", "up")
        yield home
    finally:
        await asyncio.to_thread(_command, way, "-m", "ingest", "down", "--force")
        await asyncio.to_thread(shutil.rmtree, home, ignore_errors=True)


def _command(way: Way, *words: str) -> None:
    env = {"PATH": "/usr/bin:/bin", "LECTERN_HOME": str(way.home), "PYTHONPATH": str(way.checkout)}
    done = subprocess.run([way.python, *words], env=env, cwd=way.checkout, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])


async def _ruled_key(home: Path) -> str:
    """A key whose user alone has rules."""
    key = await new_key(home)
    async with open_stores(IngestSettings(home=home), "lectern-bench") as stores:
        database = await stores.database()
        [row] = await database.rows(
            "SELECT user_id FROM api_keys WHERE key_hash = %(hash)s", {"hash": hash_of(key)}
        )
        for number in range(RULES):
            subject = Subject(row["user_id"])
            await AccessRules(database).put(f"/org{number}/*", subject, is_allowed=bool(number % 2))
    return key


async def new_key(home: Path, **limits: int) -> str:
    """A key of a new user that is checked in every limit, and reaches none but these."""
    async with open_stores(IngestSettings(home=home), "lectern-bench") as stores:
        accounts = Accounts(await stores.database())
        user = await accounts.add_user(address(f"{uuid4().hex}@example.com"), None)
        most = {"month_requests": 10**9, "month_tokens": 10**12, "concurrent": 1000} | limits
        await accounts.set_limits(user["id"], most, clear=False)
        minted = mint(secrets.token_bytes)
        given = {"name": None, "expires_at": None, "libraries": None}
        quotas = {"quota_requests_per_minute": 100_000, "quota_requests_per_day": 10**9}
        await accounts.create_key(user["id"], minted, given | quotas)
    return minted.key


if __name__ == "__main__":
    measured = run(int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS)
    for line in (*measured["rows"], *measured["notes"]):
        print(line)
