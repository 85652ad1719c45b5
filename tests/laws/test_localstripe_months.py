"""Weeks of a firm that is paid through localstripe: a run killed on each day, and nobody pays twice."""

import os
import sys

import pytest

from tests.localstripe.months import months
from tests.localstripe.process import local_stripe

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

USERS, DAYS = (int(number) for number in os.environ.get("LECTERN_TEST_MONTHS", "10 12").split())
"""`LECTERN_TEST_MONTHS="100 60"` lives two months of a hundred users."""


async def test_nobody_pays_twice_whatever_is_lost_or_killed(database_url: str) -> None:
    with local_stripe() as local:
        counts = await months(database_url, local, USERS, DAYS)
    sys.stdout.write(f"{dict(counts)}\n")
    assert counts["killed"] + counts["ended before"] == DAYS
    assert counts["charges"] == counts["paid"] + counts["known next day"] > 0
