"""What holds at the end of every day: our rows beside the provider's own records, which no adapter of ours reads."""

from collections import Counter, defaultdict
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple

from bench import simulation
from bench.simulation import LawBroken
from shared.billing.subscriptions.subscriptions import Connection
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("bench.payments", "laws.sql")

_ALWAYS: Final = {
    "twice_told": "an alert was raised twice",
    "untimely": "a step of dunning came before its day",
    "step_payments": "a step of dunning was charged twice",
    "steps_without": "an attempt of dunning is no step",
    "wrongly_paused": "a subscription is paused, and nothing is past its last step",
    "defaults": "a user has no default method, or two",
    "paid_out": "more went out of a credit than was granted",
    "reversed": "what went back of a payment and what it says of it differ",
    "transfers": "a transfer and the payments that it made differ",
}
_ONCE_CALM: Final = {
    "stuck": "nobody asks what became of a payment",
    "untold": "an event waits for ever",
    "unrefunded": "nobody asks what became of a refund",
    "unheard": "nobody was told of a payment that failed, or that is to be confirmed",
    "not_paused": "a subscription goes on, past the last step",
}


class Held(NamedTuple):
    """An object of money as the provider has it; `net` is what is left of it."""

    payment_id: str
    number: str
    amount: Decimal
    currency: str
    state: str
    gone: Decimal

    @property
    def net(self) -> Decimal:
        return self.amount - self.gone if self.state == "completed" else Decimal(0)


async def check(
    connection: Connection, held: Collection[Held], untold: Collection[str], now: datetime, *, is_calm: bool
) -> None:
    """`untold` are payments of which an event is still underway; `is_calm` says that the last run left nothing open.

    Raises LawBroken.
    """
    await simulation.check(connection)
    for name, said in {**_ALWAYS, **(_ONCE_CALM if is_calm else {})}.items():
        if broken := await fetched(connection, _SQL[name], {"now": now}):
            raise LawBroken(f"{said} ({name}): {broken[0]}")
    ours = await fetched(connection, _SQL["payments"], {})
    _check_records(ours, held, untold, is_calm=is_calm)
    _check_doubles(ours, held)


def _check_records(
    ours: Collection[Row], held: Collection[Held], untold: Collection[str], *, is_calm: bool
) -> None:
    """Payment by payment: the provider has what we say, and no more than that."""
    rows = {str(row["id"]): row for row in ours if row["provider"] == "stripe"}
    times = Counter(one.payment_id for one in held)
    for one in held:
        row = rows.pop(one.payment_id, None)
        if row is None or times[one.payment_id] > 1:
            raise LawBroken(f"the provider has {one}, and here are {times[one.payment_id]} of it: {row}")
        if (one.amount, one.currency) != (row["amount"], row["currency"]):
            raise LawBroken(f"amounts differ: {one} and {row}")
        if row["status"] in ("completed", "refunded") and one.state != "completed":
            raise LawBroken(f"we say that it was paid: {one} and {row}")
        if row["status"] == "failed" and one.state != "failed":
            raise LawBroken(f"we say that it failed: {one} and {row}")
        if is_calm and one.payment_id not in untold and _said(one) != (row["status"], row["refunded_amount"]):
            raise LawBroken(f"we should know by now: {one} and {row}")
    for row in rows.values():
        if row["status"] not in ("failed", "pending") or (is_calm and row["status"] == "pending"):
            raise LawBroken(f"the provider knows nothing of {row}")


def _said(one: Held) -> tuple[str, Decimal]:
    if one.state != "completed":
        return one.state, Decimal(0)
    return ("refunded" if one.gone >= one.amount else "completed"), one.gone


def _check_doubles(ours: Collection[Row], held: Collection[Held]) -> None:
    """What we took by ourselves is never more than the invoice: people alone pay twice, by pages and transfers."""
    origins = {str(row["id"]): row for row in ours}
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    totals: dict[str, Any] = {}
    for one in held:
        row = origins[one.payment_id]
        totals[one.number] = row["total"]
        if row["origin"] != "link":
            taken[one.number] += one.net
    for number, amount in taken.items():
        if amount > totals[number]:
            raise LawBroken(f"{number} of {totals[number]} was charged twice: {amount} were taken")
