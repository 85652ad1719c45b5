"""Years of a firm that is paid, in which requests, replies and runs are lost: nobody is charged twice.

MONTHS, USERS and SEED say how much; EVERY, on which days the laws are checked.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.payments.firm import simulate
from shared import settings
from shared.settings import AdminSettings
from shared.stores.embedded import power
from shared.stores.open import open_stores

USERS = int(os.environ.get("USERS") or 500)
MONTHS = int(os.environ.get("MONTHS") or 36)
SEED = int(os.environ.get("SEED") or 24)
EVERY = int(os.environ.get("EVERY") or 1)


def run() -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as place:
        home = Path(place)
        try:
            found = asyncio.run(_simulated(home))
        finally:
            asyncio.run(power.down(home, force=True))
    return {
        "rows": [found],
        "notes": [
            f"Seed {SEED}. 5 % of the requests and of the replies are lost, a tenth of the events comes late, "
            "a tenth twice, and a run is killed each day. Our payments are what the provider has, one by one; "
            "nobody is charged twice; the books balance, and are what it holds for us."
        ],
    }


async def _simulated(home: Path) -> dict[str, Any]:
    began = time.monotonic()
    async with (
        open_stores(settings.load(AdminSettings, home=home), "bench") as stores,
        (await stores.database()).connection() as connection,
    ):
        found = await simulate(connection, SEED, USERS, MONTHS, every=EVERY)
    figures = {
        "people": USERS,
        "months": MONTHS,
        "invoices": found["invoices"],
        "runs": found["runs"],
        "killed": found["kills"],
        "requests": found["stripe requests"],
        "requests lost": found["stripe lost requests"],
        "replies lost": found["stripe lost replies"],
        "events": found["events"],
        **{
            name: ", ".join(f"{count} {state}" for state, count in sorted((found[name] or {}).items()))
            for name in ("payments", "refunds", "disputes", "transfers", "alerts", "steps", "standing")
        },
        "days on which the laws held": found["checks"],
        "entries of the books": found["entries"],
        "charged twice": 0,
    }
    return figures | {"seconds": round(time.monotonic() - began)}
