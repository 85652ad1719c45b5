"""Laws of alerts: however often and whenever somebody looks, each threshold that was reached is told once."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing.alerts.alert import Measure, Part, measure
from shared.billing.cycle import alert
from shared.billing.cycle.run import Run
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.ledger import Ledger, at, ledger

percents = st.sets(st.integers(1, 1000), min_size=1, max_size=5)
units = st.integers(0, 10**12)


@given(st.integers(0, 10**15), st.integers(1, 10**12), st.integers(1, 1000))
def test_a_threshold_is_reached_where_the_percent_says_so(used: int, of: int, percent: int) -> None:
    found = Measure(used, of, "included")
    assert found.reached(percent) == (found.percent >= percent)
    assert found.percent * of <= Decimal(used) * 100


@given(st.lists(st.builds(Part, units, st.none() | units, st.none() | st.integers(1, 10**12)), max_size=6))
def test_usage_is_measured_by_some_of_the_parts_and_never_by_nothing(parts: list[Part]) -> None:
    found = measure(parts)
    if found:
        assert found.of > 0
        assert 0 <= found.used <= sum(part.used for part in parts)


def url_of(settings: IngestSettings) -> str:
    assert settings.database_url
    return settings.database_url.get_secret_value()


@pytest.fixture(scope="module")
def books(module_settings: IngestSettings) -> Iterator[Ledger]:
    with ledger(url_of(module_settings)) as opened:
        opened.plan()
        yield opened


@settings(deadline=None, max_examples=25)
@given(percents, st.lists(st.tuples(st.integers(0, 600), st.booleans()), min_size=1, max_size=6))
def test_many_runs_tell_what_one_run_at_the_end_tells(
    books: Ledger, module_settings: IngestSettings, wanted: set[int], steps: list[tuple[int, bool]]
) -> None:
    user = books.user(f"{uuid4()}@example.org")
    books.subscribed(user)
    for percent in wanted:
        books.add(
            "alert_thresholds", user_id=user, meter="requests", percent=percent, created_at=at("2026-11-01")
        )

    async def locate() -> str:
        return url_of(module_settings)

    async def runs() -> None:
        database = Database(locate, "tests")
        now = at("2026-11-02")
        for calls, looked_at in [*steps, (0, True)]:
            if calls:
                books.usage(user, now, calls)
            now += timedelta(hours=1)
            if looked_at:
                async with database.transaction() as connection:
                    await alert.work(connection, [user], Run(now, timedelta(hours=72)))
        await database.close()

    asyncio.run(runs())
    told = books.rows("SELECT threshold FROM billing_alerts WHERE user_id = %(user)s", user=user)
    used = sum(calls for calls, _ in steps)
    assert sorted(row["threshold"] for row in told) == sorted(
        one for one in wanted if used * 100 >= one * 1000
    )
