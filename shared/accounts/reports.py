"""What was used, in groups and in all; and old usage removed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.stores import sql
from shared.stores.audit import Change, audit
from shared.stores.postgres import Database

_SQL = sql.load("shared.accounts", "reports.sql")

By = Literal["day", "hour", "library", "tool", "key", "user"]
FIELDS = (
    "group", "calls", "answered", "missed", "refused", "failed", "cached", "tokens", "p50_ms", "p95_ms"
)  # fmt: skip
"""Of a row of a report; a total has no group, and a group without calls that were let pass has no times."""
_NOTHING = {**dict.fromkeys(FIELDS[1:-2], 0), "p50_ms": None, "p95_ms": None}


@dataclass(frozen=True, slots=True)
class Question:
    """Which calls, from `since` until just before `until`; None is any."""

    since: datetime
    until: datetime
    by: By = "day"
    user_id: UUID | None = None
    key_id: UUID | None = None
    library_id: str | None = None
    tool: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """Rows with FIELDS and `key_prefix`: times in their order, all else by calls. A key's group is its id."""

    rows: list[dict[str, Any]]
    total: dict[str, Any]


class Reports:
    """Errors: DatabaseUnavailable and StatementRefused from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, asked: Question) -> Report:
        given = {name: getattr(asked, name) for name in Question.__dataclass_fields__}
        found = await self._database.rows(_SQL["usage_report"], given)
        total = next((row for row in found if row["is_total"]), _NOTHING)
        return Report(
            [{name: row[name] for name in (*FIELDS, "key_prefix")} for row in found if not row["is_total"]],
            {name: total[name] for name in FIELDS[1:]},
        )

    async def prune(self, before: datetime) -> int:
        """Drop the months of UTC that ended by then. How many rows they had."""
        async with self._database.transaction() as connection:
            row = await (await connection.execute(_SQL["prune_usage"], {"before": before})).fetchone()
            gone = int(row["rows"]) if row else 0
            await audit(connection, Change("usage prune", after={"before": before, "rows": gone}))
            return gone
