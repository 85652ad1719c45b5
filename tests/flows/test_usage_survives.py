"""Usage rows while PostgreSQL and the processes that write them are killed."""

import asyncio
import shutil
import tempfile
from pathlib import Path

import pytest

from bench.spool import survive
from shared.stores.embedded import power

pytestmark = [pytest.mark.slow, pytest.mark.processes]


def test_no_row_is_lost_and_none_is_there_twice_while_database_and_writers_are_killed() -> None:
    home = Path(tempfile.mkdtemp(prefix="lectern-tests-"))
    try:
        found = asyncio.run(survive(home, 8_000))
    finally:
        asyncio.run(power.down(home, force=True))
        shutil.rmtree(home, ignore_errors=True)
    assert (found["lost"], found["twice"]) == (0, 0)
    assert found["database killed"] > 1
    assert found["writers killed"] > 0
