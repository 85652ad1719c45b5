"""Numbers of documents: without a gap in a series and a year, with dates that never go back."""

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing", "numbers.sql")

INVOICES: Final = "LECT"
CREDIT_NOTES: Final = "LECT-CN"


async def take(
    connection: AsyncConnection[Any], series: str, count: int, now: datetime, zone: str
) -> list[tuple[str, datetime]]:
    """The next numbers with their date of issue: `now`, or the series' last date where that is later.

    The series stays locked until the transaction ends, which gives the numbers back if it fails: take them last.
    Whoever takes of both series takes invoices first. `zone` is the seller's: its years are counted; a year that
    began is not left again where the zone changes.
    """
    if count < 1:
        return []
    given = {"series": series, "count": count, "now": now, "year": now.astimezone(ZoneInfo(zone)).year}
    [row] = await fetched(connection, _SQL["take"], given)
    numbers = range(row["last"] - count + 1, row["last"] + 1)
    return [(f"{series}-{row['year']}-{number:06}", row["issued_at"]) for number in numbers]
