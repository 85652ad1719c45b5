"""Pure: where months and intervals begin. A boundary is the anchor plus so many months, never chained."""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, Literal
from zoneinfo import ZoneInfo

Interval = Literal["month", "year"]

MONTHS: Final = {"month": 1, "year": 12}


@lru_cache(maxsize=100_000)
def plus_months(anchor: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=100_000)
def first_instant(day: date, zone: str) -> datetime:
    """When a day begins there, in UTC: at midnight, or where a clock skips midnight, right after."""
    there = ZoneInfo(zone)
    midnight = datetime(day.year, day.month, day.day, tzinfo=there)
    found = midnight.astimezone(UTC)
    if found.astimezone(there).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return found
    before, after = found - timedelta(days=2), found + timedelta(days=2)
    while after - before > timedelta(seconds=1):
        middle = (before + (after - before) / 2).replace(microsecond=0)
        if middle.astimezone(there).date() < day:
            before = middle
        else:
            after = middle
    return after


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()
