"""Billing runs in processes that can be killed: one process imports everything, and forks itself for each run.

A line of JSON asks for a run; lines answer with its process, with what it did, and with how it ended.
"""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.payments.wire import Remote
from shared.billing.cycle.charge import Collect
from shared.billing.cycle.cycle import cycle
from shared.billing.cycle.run import Run
from shared.billing.payments.providers.stripe.charger import Stripe
from shared.stores.postgres import Database

GRACE = timedelta(hours=72)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the books are, and where the providers listen: a socket, or the address of HTTP and a key."""

    url: str
    addresses: dict[str, str]


@dataclass(slots=True)
class Runner:
    """Starts runs, one at a time."""

    place: Place
    _process: asyncio.subprocess.Process
    pid: int = 0
    seconds: float = 0.0
    """How long the last whole run took."""

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    async def run(self, now: datetime, *, after: float | None = None) -> dict[str, Any] | None:
        """What came of it; None where it was killed, by somebody or `after` so many seconds."""
        assert self._process.stdin
        assert self._process.stdout
        timer, began = None, time.monotonic()
        job = {"url": self.place.url, "addresses": self.place.addresses, "now": now.isoformat()}
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        found = None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "pid" in said:
                self.pid = said["pid"]
                if after is not None:
                    timer = asyncio.get_running_loop().call_later(after, self.kill)
            elif "ended" in said:
                if found is None and said["ended"] != -signal.SIGKILL:
                    raise RuntimeError(f"a run ended by itself: {said['ended']}")
                return found
            else:
                found, self.seconds = said, time.monotonic() - began
                if timer:
                    timer.cancel()
        raise RuntimeError("the process of runs is gone")


@asynccontextmanager
async def runner(place: Place) -> AsyncIterator[Runner]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        f"from {__name__} import main; main()",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Runner(place, process)
    finally:
        assert process.stdin
        process.stdin.close()
        await process.wait()


def main() -> None:
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            try:
                found = asyncio.run(_ran(json.loads(line)))
                os.write(1, json.dumps(found).encode() + b"\n")  # all of it, or nothing
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        print(json.dumps({"pid": pid}), flush=True)
        _, status = os.waitpid(pid, 0)
        print(json.dumps({"ended": os.waitstatus_to_exitcode(status)}), flush=True)


def provider(name: str, address: str) -> Any:
    """A socket's, or Stripe at an address of HTTP."""
    if " " not in address:
        return Remote(name, address)
    url, key = address.split()
    return Stripe(url, key, "https://lectern.example/paid")


async def _ran(job: dict[str, Any]) -> dict[str, Any]:
    async def locate() -> str:
        return str(job["url"])

    now, began = datetime.fromisoformat(job["now"]), time.monotonic()
    remotes = {name: provider(name, address) for name, address in job["addresses"].items()}
    chargers = {name: one for name, one in remotes.items() if name != "wise"}

    def instant() -> datetime:
        return now + timedelta(seconds=time.monotonic() - began)

    database = Database(locate, "bench")
    async with database.connection() as connection:
        ran = await cycle(
            connection,
            Run(now, GRACE, frozenset(chargers)),
            lambda *_: None,
            by_clock=False,
            collect=Collect(remotes, chargers, instant),
        )
    await database.close()
    for one in remotes.values():
        await one.close()
    failed = {str(user): reason for user, reason in ran.failed.items()}
    return {"counts": ran.counts, "failed": failed, "stopped": ran.stopped, "notes": ran.notes}
