"""The team's service: two replicas behind nginx, killed and restarted under load, beside a stdio server.

SECONDS says how long replicas are killed (600), CALLS how many single calls are measured each way (200).
"""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import Any

from bench.gate import installation, new_key
from bench.sites import ROOT
from bench.team.kills import limit, rolling_restart, under_kills
from bench.team.overhead import alone, together, ways
from bench.team.service import team

SECONDS = float(os.environ.get("SECONDS") or 600)
CALLS = int(os.environ.get("CALLS") or 200)
TOGETHER = float(os.environ.get("TOGETHER") or 20)
MONTH = 400


def run() -> dict[str, Any]:
    """Tables for `make bench`."""
    return asyncio.run(_measured())


async def _measured() -> dict[str, Any]:
    async with installation(ROOT) as home:
        key = await new_key(home)
        with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place, team(home, Path(place)) as found:
            async with ways(home, found, key) as calls:
                one, many = await alone(calls, CALLS), await together(calls, TOGETHER)
            limits = [
                await limit(found, await new_key(home, month_requests=MONTH), MONTH, kills=kills)
                for kills in (False, True)
            ]
            restarts = await rolling_restart(found, key, 3)
            kills = await under_kills(found, key, SECONDS)
    return {
        "one call at a time": one,
        "32 calls at once": many,
        "a limit across replicas": limits,
        "rolling restarts": [restarts],
        "replicas that are killed": [kills],
        "notes": [
            "Embedded stores, nginx and clients share the processors with the replicas. A call whose replica "
            "dies is asked again at the other one, and may count twice: a limit is exact where it lies between what "
            "was admitted, and that with what was asked again.",
            "Questions of random words over 2,000 chunks; stdio is one process, HTTP behind nginx two.",
        ],
    }
