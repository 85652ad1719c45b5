"""What calls used, written down; and how popular that makes libraries."""

from collections.abc import Sequence

from shared.model.account import UsageRecord
from shared.stores import sql
from shared.stores.postgres import Database

_SQL = sql.load("shared.accounts")


class Usage:
    """Errors: DatabaseUnavailable and StatementRefused from every method."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def log_usage(self, records: Sequence[UsageRecord]) -> None:
        """One row of `usage_logs` a record, all of them or none; a row that is there already stays one.

        Raises ValueRefused if one of them can never be a row.
        """
        columns: dict[str, list[object]] = {
            "ids": [record.id for record in records],
            "user_ids": [record.principal.user_id for record in records],
            "api_key_ids": [record.principal.api_key_id for record in records],
            "tool_names": [record.tool_name for record in records],
            "library_ids": [record.library_id for record in records],
            "queries": [record.query for record in records],
            "tokens": [record.tokens_returned for record in records],
            "milliseconds": [record.response_time_ms for record in records],
            "calls": [record.calls for record in records],
            "times": [record.created_at for record in records],
        }
        await self._database.rows(_SQL["log_usage"], columns)

    async def refresh_popularity(self) -> None:
        """`popularity_score` is the shipped catalogue's figure, raised by the calls of the last 90 days.

        Computed at most once a day, for every call of 90 days is read.
        """
        await self._database.rows(_SQL["refresh_popularity"])
