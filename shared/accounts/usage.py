"""What calls used, written down; and how popular that makes libraries."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from psycopg.types.json import Jsonb

from shared.model.account import UsageRecord
from shared.stores import sql
from shared.stores.postgres import Database
from shared.visible import visible_json

_SQL = sql.load("shared.accounts")


def _dumps(rows: object) -> str:
    """Of every text only what a reader sees, as the driver writes it elsewhere."""
    return json.dumps(visible_json(rows), default=str)


class Usage:
    """Errors: DatabaseUnavailable and StatementRefused from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, records: Sequence[UsageRecord]) -> int:
        """One row of `usage_logs` a record, all of them or none; a row that is there already stays one.

        How many are new. Raises ValueRefused if one of them can never be a row.
        """
        given = Jsonb([asdict(record) for record in records], dumps=_dumps)
        row = await self._database.row(_SQL["record_usage"], {"records": given})
        return int(row["new"]) if row else 0

    async def make_partitions(self) -> None:
        """Of this month and the next two, where they are missing."""
        await self._database.rows(_SQL["make_usage_partitions"])

    async def refresh_popularity(self) -> None:
        """`popularity_score` is the shipped catalogue's figure, raised by the calls of the last 90 days.

        Computed at most once a day, for every call of 90 days is read.
        """
        await self._database.rows(_SQL["refresh_popularity"])
