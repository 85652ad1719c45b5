"""Boundaries are the anchor plus so many months, and days begin when their zone says."""

from datetime import UTC, date, datetime

import pytest

from shared.billing.period import first_instant, local_day, plus_months


@pytest.mark.parametrize(
    ("anchor", "step", "wanted"),
    [
        (date(2027, 1, 31), 1, ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]),
        (date(2028, 1, 30), 1, ["2028-02-29", "2028-03-30", "2028-04-30"]),
        (
            date(2028, 2, 29),
            12,
            ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"],
        ),
        (date(2026, 11, 30), 3, ["2027-02-28", "2027-05-30", "2027-08-30"]),
    ],
)
def test_boundaries_count_from_the_anchor_and_are_never_chained(
    anchor: date, step: int, wanted: list[str]
) -> None:
    found = [plus_months(anchor, step * number).isoformat() for number in range(1, len(wanted) + 1)]
    assert found == wanted


@pytest.mark.parametrize(
    ("day", "zone", "wanted"),
    [
        (date(2027, 3, 1), "Europe/Paris", datetime(2027, 2, 28, 23, tzinfo=UTC)),
        (date(2027, 7, 1), "Europe/Paris", datetime(2027, 6, 30, 22, tzinfo=UTC)),
        (date(2018, 11, 4), "America/Sao_Paulo", datetime(2018, 11, 4, 3, tzinfo=UTC)),
        (date(2026, 9, 6), "America/Santiago", datetime(2026, 9, 6, 4, tzinfo=UTC)),
        (date(2011, 12, 30), "Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
        (date(2026, 11, 1), "America/Havana", datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
    ids=["winter", "summer", "no midnight", "no midnight either", "no such day", "midnight twice"],
)
def test_a_day_begins_at_its_first_instant(day: date, zone: str, wanted: datetime) -> None:
    assert first_instant(day, zone) == wanted


def test_a_day_is_the_zones() -> None:
    instant = datetime(2027, 2, 28, 23, 30, tzinfo=UTC)
    assert local_day(instant, "Europe/Paris") == date(2027, 3, 1)
    assert local_day(instant, "UTC") == date(2027, 2, 28)
