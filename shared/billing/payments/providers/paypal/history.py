"""What PayPal lists: transactions, which come into its list up to three hours late, and disputes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote
from uuid import UUID

from shared.billing.payments.providers.paypal import report
from shared.billing.payments.providers.paypal.connection import Connection, Json, understood
from shared.billing.payments.providers.paypal.reading import instant
from shared.errors import ProviderUnclear

_PAGE: Final = 500
_LONGEST: Final = timedelta(days=3 * 365)
"""As far as the list goes back."""
_TOO_MANY: Final = "RESULTSET_TOO_LARGE"
_SHORTEST: Final = timedelta(minutes=1)
_AROUND: Final = timedelta(hours=1)
"""By so much PayPal's clock may differ from ours."""


@dataclass(frozen=True, slots=True)
class Told:
    """`until` says how far the list goes; None where PayPal does not tell."""

    transactions: list[Json]
    until: datetime | None


@dataclass(frozen=True, slots=True)
class History:
    connection: Connection
    clock: Callable[[], datetime]

    async def since(self, since: datetime, *, moved: bool = True) -> Told:
        """Transactions that began since then; those that moved the balance, or all of them."""
        now = self.clock()
        found: list[Json] = []
        until = None
        waiting = list(report.windows(max(since, now - _LONGEST), now))
        while waiting:
            start, end = waiting.pop(0)
            page, pages = 1, 1
            while page <= pages:
                reply = await self.connection.get(
                    "/v1/reporting/transactions", _query(start, end, page, moved)
                )
                if _TOO_MANY in reply.issues and end - start > _SHORTEST:
                    half = start + (end - start) / 2
                    waiting[:0] = [(start, half), (half, end)]
                    break
                rows, until, pages = reply.accepted(_page)
                found += rows
                page += 1
        return Told(found, until)

    async def transaction(
        self, payment_id: UUID, asked_at: datetime | None, keys_last: timedelta
    ) -> str | None:
        """The id of a payment that we know by our own id alone; None where it was never made.

        Raises ProviderUnclear as long as the list may lack it: for as long as its key was used, and the list's delay.
        """
        begin = (asked_at or self.clock() - report.WINDOW) - _AROUND
        told = await self.since(begin, moved=False)
        with understood():
            payments = report.listed(told.transactions)
        named = [one.id for one in payments if one.payment_id == payment_id and one.state != "failed"]
        if named:
            return named[-1]
        if asked_at is not None and (told.until is None or told.until < asked_at + keys_last):
            raise ProviderUnclear("PayPal's list of transactions does not tell yet", "a later run asks again")
        return None

    async def disputes(self, capture_id: str) -> list[Json]:
        """Of one payment, each with its outcome."""
        query = {"disputed_transaction_id": capture_id, "page_size": "50"}
        names = (await self.connection.get("/v1/customer/disputes", query)).found(_names) or []
        paths = [f"/v1/customer/disputes/{quote(name, safe='')}" for name in names]
        replies = [(await self.connection.get(path)).found(dict) for path in paths]
        return [reply for reply in replies if reply]


def _page(body: Json) -> tuple[list[Json], datetime | None, int]:
    rows = [one.get("transaction_info") or {} for one in body.get("transaction_details") or ()]
    return rows, instant(body.get("last_refreshed_datetime")), int(body.get("total_pages") or 1)


def _names(body: Json) -> list[str]:
    return [str(one["dispute_id"]) for one in body.get("items") or ()]


def _query(start: datetime, end: datetime, page: int, moved: bool) -> dict[str, str]:
    return {
        "start_date": _written(start),
        "end_date": _written(end),
        "fields": "transaction_info",
        "balance_affecting_records_only": "Y" if moved else "N",
        "page_size": str(_PAGE),
        "page": str(page),
    }


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
