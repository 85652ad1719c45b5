"""Invoices rendered and mailed to a loopback server that is away for a day, refuses some for now and some for good.

`INVOICES=1000`; runs are killed (SIGKILL) after up to `KILL_AFTER=80` messages each, at any point. Who can be reached
has the invoice, under one Message-ID, and nothing is lost. Runs are commands, an hour of their own clock apart.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb

from shared import settings
from shared.settings import AdminSettings
from shared.stores import sql
from shared.stores.embedded import power
from shared.stores.open import open_stores
from tests.mail_server import MailServer, mail_server

_SQL = sql.load("bench", "books.sql")

INVOICES = int(os.environ.get("INVOICES") or 1000)
SEED = int(os.environ.get("SEED") or 23)
BEGINS, ENDS = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOURS_AWAY, BETWEEN_RUNS_AWAY = 24, 4
BETWEEN_KILLS = (1, int(os.environ.get("KILL_AFTER") or 80))
"""Messages that a run sends before it is killed: every second one at once, before it has the reply."""
PAUSE = 0.1
"""Seconds from a message to its reply."""
MOST_RUNS = 500


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        home = Path(place)
        try:
            asyncio.run(_invoiced(home))
            return _delivered(home)
        finally:
            asyncio.run(power.down(home, force=True))


async def _invoiced(home: Path) -> None:
    async with (
        open_stores(settings.load(AdminSettings, home=home), "bench") as stores,
        (await stores.database()).connection() as connection,
    ):
        given = {"people": INVOICES, "begins": BEGINS, "ends": ENDS, "charges": Jsonb([])}
        for name in ("people", "customers", "plan", "subscriptions", "spans", "periods"):
            await connection.execute(_SQL[name], given)
    for stage in ("renew", "rate", "invoice", "send"):
        _, code = _finished(_started(home, stage, ENDS, {}))
        if code:
            raise RuntimeError(f"{stage} failed")


def _delivered(home: Path) -> dict[str, Any]:
    rng = random.Random(SEED)
    people = [f"user{number}@example.org" for number in range(INVOICES)]
    rng.shuffle(people)
    for_good, for_now = people[: INVOICES // 20], people[INVOICES // 20 : INVOICES * 3 // 20]
    with mail_server() as server:
        port = server.port
    now, runs, kills, lines = ENDS, 0, 0, Counter[int]()
    while now < ENDS + HOURS_AWAY * HOUR:
        said, code = _finished(_started(home, "deliver", now, _by(port)))
        lines[len(said["stopped"])] += 1
        runs, now = runs + 1, now + BETWEEN_RUNS_AWAY * HOUR
    with mail_server(port=port) as server:
        server.replies = {one: ["550 5.1.1 no such box"] for one in for_good}
        server.replies |= {one: ["451 4.7.1 later", "250 OK"] for one in for_now}
        server.pause = PAUSE
        began = time.monotonic()
        while True:
            runs, now = runs + 1, now + HOUR
            process = _started(home, "deliver", now, _by(port))
            if _killed(process, server, rng):
                kills += 1
                continue
            said, code = _finished(process)
            if code:
                raise RuntimeError(f"a run failed: {said}")
            if not said["stages"]["deliver"] or runs > MOST_RUNS:
                break
        took = time.monotonic() - began
    return _found(home, server, for_good, {"runs": runs, "kills": kills, "took": took, "lines": lines})


def _found(home: Path, server: MailServer, for_good: list[str], ran: dict[str, Any]) -> dict[str, Any]:
    statuses = Counter(row["status"] for row in asyncio.run(_outbox(home)))
    ids = Counter(server.ids)
    reached = {one.recipient for one in server.received}
    wanted = {f"user{number}@example.org" for number in range(INVOICES)} - set(for_good)
    sizes = [len(one.content) for one in server.received]
    row = {
        "invoices": INVOICES,
        "delivered": statuses["delivered"],
        "failed for good": statuses["failed"],
        "lost": len(wanted - reached),
        "waiting at the end": statuses["waiting"],
        "Message-IDs": len(ids),
        "sent again": sum(ids.values()) - len(ids),
        "sent to who refused": len(reached & set(for_good)),
        "runs": ran["runs"],
        "killed": ran["kills"],
        "s": round(ran["took"]),
        "invoices a second": round(INVOICES / ran["took"], 1),
        "KB a message": round(statistics.median(sizes) / 1024),
    }
    away = ", ".join(f"{runs} runs with {count} line" for count, runs in ran["lines"].items())
    notes = [
        f"The server was away for {HOURS_AWAY} hours ({away} each), then refused 10 % for now and 5 % for good. "
        "Rendering, embedded PostgreSQL and the mail server on one machine; a run that is killed starts anew."
    ]
    return {"rows": [row], "notes": notes}


async def _outbox(home: Path) -> list[dict[str, Any]]:
    async with open_stores(settings.load(AdminSettings, home=home), "bench") as stores:
        return await (await stores.database()).rows("SELECT status FROM outbox")


def _killed(process: subprocess.Popen[bytes], server: MailServer, rng: random.Random) -> bool:
    """Amid its work, once it has sent enough; a run that ends before is left alone."""
    until = len(server.received) + rng.randint(*BETWEEN_KILLS)
    while process.poll() is None:
        if len(server.received) >= until:
            time.sleep(rng.choice((0.0, rng.random())))
            process.kill()
            process.communicate()
            return True
        time.sleep(0.01)
    return False


def _by(port: int) -> dict[str, str]:
    return {
        "LECTERN_SMTP_URL": f"smtp://127.0.0.1:{port}?tls=off",
        "LECTERN_MAIL_FROM": "Lectern SAS <billing@lectern.example>",
    }


def _started(home: Path, stage: str, now: datetime, more: dict[str, str]) -> subprocess.Popen[bytes]:
    words = ["billing", "run", "--only", stage, "--json", "--now", now.isoformat()]
    return subprocess.Popen(
        [sys.executable, "-m", "admin", *words],
        env={**os.environ, "LECTERN_HOME": str(home), **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _finished(process: subprocess.Popen[bytes]) -> tuple[dict[str, Any], int]:
    said, _ = process.communicate()
    return json.loads(said), process.returncode
