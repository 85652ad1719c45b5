"""One's own account, as rows: a session that is not valid has none of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.accounts.keys import Minted
from shared.stores import sql
from shared.stores.postgres import Database, Row

_SQL = sql.load("shared.accounts.own")

Added = Literal["made", "known", "full"]
"""What became of a new key: one of this id was made before, or there are as many as there may be."""


@dataclass(frozen=True, slots=True)
class Own:
    """Of the session with this hash, at one instant. Errors: DatabaseUnavailable, StatementRefused."""

    database: Database
    session: str
    at: datetime

    async def plan(self) -> Row | None:
        """The subscription that runs, or the one that ended last."""
        return await self.database.row(_SQL["plan"], self._given())

    async def limits(self) -> Row | None:
        """`month_requests`, `month_tokens`, `concurrent` of all keys together, nulls are no limit; None: no session."""
        return await self.database.row(_SQL["limits"], self._given())

    async def keys(self) -> list[Row]:
        """Those that are valid, and those that ended a short time ago; the newest first. None of a client's."""
        return await self._rows("keys")

    async def clients(self) -> list[Row]:
        """Those that one let in, by the newest grant of each and of its machine."""
        return await self._rows("clients")

    async def usage(self, since: datetime) -> list[Row]:
        """`requests`, `tokens` and `refused` by `day` of UTC, without days of which nothing is known."""
        return await self._rows("usage", since=since)

    async def invoices(self) -> list[Row]:
        """Invoices and credit notes that were sent, the newest first, with the `forms` that are kept."""
        return await self._rows("invoices")

    async def document(self, document: UUID, form: str) -> Row | None:
        """`number`, `bytes` and `sha256`; None for another person's."""
        return await self.database.row(_SQL["document"], self._given(id=document, form=form))

    async def invoice(self, invoice: UUID) -> Row | None:
        """What an invoice, or a credit note with its `invoice`, says; None for another person's."""
        return await self.database.row(_SQL["invoice"], self._given(id=invoice))

    async def alerts(self) -> list[Row]:
        """The newest first."""
        return await self._rows("alerts")

    async def sessions(self) -> list[Row]:
        """Browsers that are signed in, this one first."""
        return await self._rows("sessions")

    async def add_key(
        self, key_id: UUID, minted: Minted, name: str | None, expires_at: datetime | None, most: int
    ) -> Added | None:
        """None without a session. `key_id` is of the form that asks: sent again, it makes no second key."""
        given = {"id": key_id, "hash": minted.hash, "prefix": minted.prefix, "name": name}
        done: Added | None = await self._done("add_key", **given, expires_at=expires_at, most=most)
        return done

    async def revoke_key(self, key_id: UUID) -> bool:
        """Whether it is one's own."""
        return bool(await self._done("revoke_key", id=key_id))

    async def end_client(self, grant: UUID) -> bool:
        """Whether it is one's own; all that was granted to its client for its machine ends."""
        return bool(await self._done("end_client", id=grant))

    async def read_alerts(self, shown_at: datetime) -> int:
        """How many were unread of those that a page showed then."""
        return int(await self._done("read_alerts", shown_at=shown_at))

    async def end_other_sessions(self) -> int:
        return int(await self._done("end_other_sessions"))

    async def _rows(self, name: str, **more: Any) -> list[Row]:
        return await self.database.rows(_SQL[name], self._given(**more))

    async def _done(self, statement: str, /, **more: Any) -> Any:
        [row] = await self.database.rows(_SQL[statement], self._given(**more))
        return row["done"]

    def _given(self, **more: Any) -> dict[str, Any]:
        return {"session": self.session, "at": self.at, **more}
