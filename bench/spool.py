"""Usage rows while PostgreSQL and writers are killed: how many are lost, how many are there twice.

`ROWS=200000` by four processes that append a row, then say that they did. PostgreSQL is killed and restarted five
times, two writers are killed and replaced. What counts is what the table has in the end. And the cost of an append.
"""

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from uuid import UUID

from shared import settings
from shared.accounts.delivery import Delivery, may_pass
from shared.accounts.spool import Spool
from shared.accounts.usage import Usage
from shared.errors import LecternError
from shared.model.account import UsageRecord
from shared.settings import AdminSettings
from shared.stores.embedded import power
from shared.stores.open import Stores, open_stores

ROWS = int(os.environ.get("ROWS") or 200_000)
WRITERS, DATABASE_KILLS, WRITER_KILLS = 4, 5, 2
BATCH = 100
"""Rows after which a writer lets its delivery go on."""
NOW = datetime(2026, 11, 1, tzinfo=UTC)


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        home = Path(place)
        try:
            found = asyncio.run(survive(home, ROWS))
        finally:
            asyncio.run(power.down(home, force=True))
    half, late = appended()
    rows = [{"rows": ROWS, **found, "append, median us": half, "append, p99 us": late}]
    return {"rows": rows, "notes": [f"{WRITERS} processes; both sides on one machine, embedded PostgreSQL."]}


async def survive(home: Path, rows: int) -> dict[str, Any]:
    """What became of so many rows: `lost`, `twice`, and the seconds that it took."""
    began, each = time.monotonic(), rows // WRITERS
    async with open_stores(settings.load(AdminSettings, home=home), "bench") as stores:
        await stores.database()
        writers = {number: _start(home, number, each) for number in range(WRITERS)}
        kills, ended = 0, 0
        while any(writer.poll() is None for writer in writers.values()):
            done = sum(_done(home, number) for number in writers)
            if kills < DATABASE_KILLS and done >= rows * (kills + 1) // (DATABASE_KILLS + 2):
                kills += 1
                await _kill_database(stores, home)
            if ended < WRITER_KILLS and done >= rows * (ended + 1) // (WRITER_KILLS + 2):
                writers[ended].kill()
                writers[ended].wait()
                writers[ended] = _start(home, ended, each)
                ended += 1
            await asyncio.sleep(0.01)
        await _deliver_all(stores, home)
        database = await stores.database()
        [there] = await database.rows(
            "SELECT count(*) AS n, count(DISTINCT id) AS ids,"
            " (SELECT coalesce(sum(calls), 0) FROM usage_daily) AS rolled_up FROM usage_logs"
        )
    return {
        "lost": each * WRITERS - int(there["ids"]),
        "twice": max(int(there["n"]), int(there["rolled_up"])) - int(there["ids"]),
        "database killed": kills,
        "writers killed": ended,
        "seconds": round(time.monotonic() - began, 1),
    }


def appended(rows: int = 20_000) -> tuple[float, float]:
    """Microseconds of an append: the median, and of the slowest in a hundred."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        spool, spent = Spool(Path(place), None), []
        for number in range(rows):
            one = _record(0, number)
            before = time.perf_counter()
            spool.append(one)
            spent.append((time.perf_counter() - before) * 1e6)
        spool.close()
    return round(median(spent), 1), round(quantiles(spent, n=100)[98], 1)


async def _deliver_all(stores: Stores[AdminSettings], home: Path) -> None:
    async def write(records: Any) -> None:
        await Usage(await stores.database()).record(records)

    delivery = Delivery(Spool(home, None), write)
    while True:
        try:
            return await delivery.deliver()
        except (LecternError, OSError):
            await asyncio.sleep(0.1)


async def _kill_database(stores: Stores[AdminSettings], home: Path) -> None:
    """Once it answers, as a crash of the machine would; whoever asks next starts it again."""
    while True:
        try:
            await (await stores.database()).rows("SELECT 1")
            break
        except LecternError:
            await asyncio.sleep(0.1)
    for found in (home / "engines").glob("postgres-*/postmaster.pid"):
        os.kill(int(found.read_text().split()[0]), signal.SIGKILL)


def _start(home: Path, number: int, rows: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "bench.spool", str(home), str(number), str(rows)])


def _done(home: Path, number: int) -> int:
    said = home / f"done-{number}"
    return said.stat().st_size if said.exists() else 0


def _record(writer: int, number: int) -> UsageRecord:
    return UsageRecord(UUID(int=writer << 64 | number), "query-docs", "/bench/one", None, 1, 1, NOW)


async def _write(home: Path, writer: int, rows: int) -> None:
    """Append from where the last process of this number was; a byte is said for each row, once it is kept."""
    async with open_stores(settings.load(AdminSettings, home=home), "bench") as stores:

        async def write(records: Any) -> None:
            await Usage(await stores.database()).record(records)

        spool = Spool(home, None)
        delivery = Delivery(spool, write)
        with (home / f"done-{writer}").open("ab", buffering=0) as said:
            delivering: asyncio.Task[None] | None = None
            for number in range(_done(home, writer), rows):
                spool.append(_record(writer, number))
                said.write(b".")
                if number % BATCH == 0:
                    if delivering is None or delivering.done():
                        _heed(delivering)
                        delivering = asyncio.create_task(delivery.deliver())
                    await asyncio.sleep(0.001)
            if delivering is not None:
                await asyncio.wait([delivering])
                _heed(delivering)
        spool.close()


def _heed(delivering: "asyncio.Task[None] | None") -> None:
    """What may pass is tried again; all else is a fault of this measurement."""
    error = delivering.exception() if delivering else None
    if isinstance(error, Exception) and not may_pass(error):
        raise error


if __name__ == "__main__":
    asyncio.run(_write(Path(sys.argv[1]), *map(int, sys.argv[2:])))
