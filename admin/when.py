"""Pure: times as people type them: a date, an instant, a duration from now, a period of the books."""

import calendar
import re
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeVar

from shared.errors import InvalidRequest

Direction = Literal["back", "ahead"]
Day = TypeVar("Day", bound=date)

YEARS: Final = range(2000, 2200)
"""Of books: each month until then is made, also by a dry run."""
_DURATION = re.compile(r"(?P<number>\d{1,6})\s*(?P<unit>s|m|min|h|d|w|mo|y)", re.ASCII | re.IGNORECASE)
_UNITS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MONTHS = {"mo": 1, "y": 12}
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-?Q(?P<quarter>[1-4])|-(?P<month>0[1-9]|1[0-2]))?", re.ASCII | re.IGNORECASE
)
_HINT = "write a date (2026-12-31), an instant (2026-12-31T18:00Z) or a duration (90d, 24h, 13mo)"


def instant(text: str, now: datetime, direction: Direction) -> datetime:
    """The instant that was typed; a duration counts from `now`, a date is its beginning in UTC.

    Raises InvalidRequest.
    """
    typed = text.strip()
    try:
        if found := _DURATION.fullmatch(typed):
            number, unit = int(found["number"]), found["unit"].lower()
            sign = -1 if direction == "back" else 1
            if unit in _MONTHS:
                return _months(now, sign * number * _MONTHS[unit])
            return now + sign * number * _UNITS[unit]
        read = datetime.fromisoformat(typed)
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidRequest(f"{text[:60]!r} is no date and no duration", _HINT) from None


def day(text: str) -> date:
    """A day that was typed, since the books may begin; each command knows how far ahead. Raises InvalidRequest."""
    typed = text.strip()
    try:
        read = date.fromisoformat(typed) if _DAY.fullmatch(typed) else None
    except ValueError:
        read = None
    if read is None:
        raise InvalidRequest(f"{text[:60]!r} is no date", "write it as 2026-12-31")
    return read if read.year >= YEARS.stop else in_books(read)


def in_books(day: Day) -> Day:
    """Raises InvalidRequest for a year of which there are no books."""
    if day.year not in YEARS:
        raise InvalidRequest(
            f"books of the year {day.year:04} are too far away", f"name {YEARS[0]} to {YEARS[-1]}"
        )
    return day


def period(text: str) -> tuple[date, date]:
    """The first and the last day of a year, a quarter or a month that was typed. Raises InvalidRequest."""
    found = _PERIOD.fullmatch(text.strip())
    if not found or found["year"] == "0000":
        raise InvalidRequest(
            f"{text[:60]!r} is no period", "write a year (2026), a quarter (2026Q4) or a month (2026-11)"
        )
    year, first, last = int(found["year"]), 1, 12
    if found["quarter"]:
        last = 3 * int(found["quarter"])
        first = last - 2
    elif found["month"]:
        first = last = int(found["month"])
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])


def duration(text: str) -> timedelta:
    """A duration that was typed, of days at most. Raises InvalidRequest."""
    found = _DURATION.fullmatch(text.strip())
    if not found or found["unit"].lower() in _MONTHS:
        raise InvalidRequest(f"{text[:60]!r} is no duration", "write it as 24h, 7d or 30m")
    return int(found["number"]) * _UNITS[found["unit"].lower()]


def _months(now: datetime, months: int) -> datetime:
    """The same day of another month, or its last day."""
    year, month = divmod(now.year * 12 + now.month - 1 + months, 12)
    for day in range(now.day, 27, -1):
        try:
            return now.replace(year=year, month=month + 1, day=day)
        except ValueError:
            continue
    return now.replace(year=year, month=month + 1)
