"""A month's end at scale: `ROWS=50000000` calls of `PEOPLE=100000` become invoices; seconds and memory of each stage.

Everybody's month ends at once, the worst case. Stages are commands in processes of their own, as a timer runs them.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from shared import settings
from shared.billing.cycle import rate
from shared.billing.cycle.run import Run
from shared.settings import AdminSettings
from shared.stores import sql
from shared.stores.embedded import power
from shared.stores.open import open_stores

_SQL = sql.load("bench", "books.sql")

ROWS = int(os.environ.get("ROWS") or 50_000_000)
PEOPLE = int(os.environ.get("PEOPLE") or 100_000)
BEGINS = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
"""The month that runs: its usage has a partition of its own."""
ENDS = (BEGINS + timedelta(days=32)).replace(day=1)
CHUNK = 5_000_000
STAGES = ("renew", "rate", "invoice", "send")
TIERS = [{"up_to": 200, "unit_price": "0.001"}, {"up_to": None, "unit_price": "0.0005"}]
CHARGES = [{"meter": "requests", "model": "graduated", "included": 100, "tiers": TIERS}]


def run() -> dict[str, Any]:
    rows = [_measured(part) for part in (ROWS // 10, ROWS)]
    return {
        "rows": rows,
        "notes": [
            "Both sides on one machine, embedded PostgreSQL; an invoice has a fee and two tiers of usage."
        ],
    }


def _measured(rows: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        home = Path(place)
        try:
            return asyncio.run(_month_end(home, rows))
        finally:
            asyncio.run(power.down(home, force=True))


async def _month_end(home: Path, rows: int) -> dict[str, Any]:
    async with (
        open_stores(settings.load(AdminSettings, home=home), "bench") as stores,
        (await stores.database()).connection() as connection,
    ):
        began = time.monotonic()
        given = {"people": PEOPLE, "begins": BEGINS, "ends": ENDS, "charges": Jsonb(CHARGES)}
        for name in ("people", "customers", "plan", "subscriptions", "spans", "periods"):
            await connection.execute(_SQL[name], given)
        await _fill(connection, rows)
        filled = time.monotonic() - began
        began = time.monotonic()
        now = Run(ENDS, timedelta(hours=72))
        months = await rate.months(connection, now)
        async for _ in rate.used(connection, now, months, 1_000, streamed=True):
            pass
        added_up = time.monotonic() - began
    took, memory = {}, 0.0
    for stage in STAGES:
        took[stage], used = _ran(home, stage)
        memory = max(memory, used)
    return {
        "rows": rows,
        "people": PEOPLE,
        "filled, s": round(filled),
        "added up, s": round(added_up, 1),
        "renewed, s": round(took["renew"], 1),
        "rated, s": round(took["rate"], 1),
        "drafts a second": round(PEOPLE / took["invoice"]),
        "sent a second": round(PEOPLE / took["send"]),
        "memory, MB": round(memory),
    }


async def _fill(connection: Any, rows: int) -> None:
    """Usage, as fast as it goes: indexes are made afterwards, and nobody looks whether its users are there."""
    indexes = await (await connection.execute(_SQL["indexes"])).fetchall()
    await connection.execute(_SQL["drop_key"])
    for index in indexes:
        await connection.execute(f"DROP INDEX {index['name']}")
    await connection.execute("SET session_replication_role = replica")
    for first in range(0, rows, CHUNK):
        part = {"first": first, "until": min(first + CHUNK, rows), "people": PEOPLE, "begins": BEGINS}
        await connection.execute(_SQL["usage"], part)
    await connection.execute("RESET session_replication_role")
    await connection.execute("SET maintenance_work_mem = '512MB'")
    await connection.execute(_SQL["make_key"])
    for index in indexes:
        await connection.execute(index["made"])
    await connection.execute("RESET maintenance_work_mem")
    await connection.execute("ANALYZE")


def _ran(home: Path, stage: str) -> tuple[float, float]:
    """Seconds of a stage and the memory of its process, in MB."""
    command = [
        sys.executable,
        "-m",
        "admin",
        "billing",
        "run",
        "--only",
        stage,
        "--json",
        "--now",
        ENDS.isoformat(),
    ]
    began = time.monotonic()
    with subprocess.Popen(
        command, env={**os.environ, "LECTERN_HOME": str(home)}, stdout=subprocess.PIPE
    ) as process:
        out = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode or json.loads(out)["failed"]:
        raise RuntimeError(f"{stage} failed: {out.decode()[:500]}")
    return time.monotonic() - began, usage.ru_maxrss / 1024
