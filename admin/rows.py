"""Rows of tables as JSON and CSV, and their values as words in a terminal."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import StringIO
from typing import Any, Final
from uuid import UUID

from shared.billing.money import plain, rounded
from shared.visible import visible_json

NONE = "[dim]-[/]"
_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a cell of a spreadsheet begins with that is no text to it."""


def as_json(value: Any) -> str:
    """A list is an array, a row an object; instants are ISO 8601 in UTC, days and amounts text."""
    return json.dumps(visible_json(value), indent=2, ensure_ascii=False, default=_plain)


def as_csv(names: Sequence[str], rows: Iterable[Mapping[str, Any]], *, named: bool = True) -> str:
    """RFC 4180, with a line of names first. Text that a spreadsheet would compute has an apostrophe before it."""
    file = StringIO()
    writer = csv.writer(file)
    if named:
        writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return file.getvalue()


def picked(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def day(instant: datetime | None) -> str:
    """A day of UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d") if instant else NONE


def minute(instant: datetime | None) -> str:
    """`2026-12-31 18:00 UTC`."""
    return f"{minute_alone(instant)} UTC" if instant else NONE


def minute_alone(instant: datetime | None) -> str:
    """The same below a heading that says UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if instant else NONE


def last_day(ends_on: date) -> date:
    """Of days that are half-open."""
    return ends_on - timedelta(days=1)


def number(value: int | None, none: str = NONE) -> str:
    return none if value is None else f"{value:,}"


def sum_of(amount: Decimal | None, code: str) -> str:
    """`1,234.50`, with the digits of the currency."""
    return NONE if amount is None else f"{rounded(amount, code):,}"


def money(amount: Decimal | None, code: str) -> str:
    """`1,234.50 EUR`."""
    return NONE if amount is None else f"{sum_of(amount, code)} {code}"


def priced(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """These columns, amounts as text with the digits of the row's currency."""
    return {
        name: plain(row[name], row["currency"]) if isinstance(row.get(name), Decimal) else row.get(name)
        for name in names
    }


def _cell(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(_COMPUTED) else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID | Decimal | date):
        return str(value)
    raise TypeError(type(value).__name__)
