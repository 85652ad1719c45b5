"""Pure: our payments beside a provider's own list: what is only there, only here, or not the same."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal
from uuid import UUID

from shared.billing.money import DIGITS, plain
from shared.billing.payments.port import Listed

Kind = Literal["missing_here", "missing_there", "amount", "currency", "state"]

_STATES: Final[Mapping[str, str]] = {
    "pending": "processing",
    "processing": "processing",
    "completed": "completed",
    "refunded": "completed",
    "failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Ours:
    """What we have of one transaction: a payment, or all that one transfer paid; `id` is the provider's, once known.

    `refunding` is what of it is asked to go back and did not yet, `disputed` what a bank holds or took, `disputes` how
    often one asked.
    """

    id: str | None
    payments: tuple[UUID, ...]
    invoices: tuple[str, ...]
    amount: Decimal
    currency: str
    state: str
    begun_at: datetime
    refunded: Decimal = Decimal(0)
    refunding: Decimal = Decimal(0)
    disputed: Decimal = Decimal(0)
    disputes: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """`here` and `there` are what each side says; None where it says nothing."""

    kind: Kind
    id: str
    at: datetime
    here: str | None
    there: str | None
    ours: Ours | None = None


def differences(listed: Sequence[Listed], ours: Iterable[Ours], since: datetime) -> list[Difference]:
    """Of what began since then, the oldest first. What failed there and is unknown here is none: people try again."""
    ours = list(ours)
    by_id = {one.id: one for one in ours if one.id}
    waiting = {payment: one for one in ours if one.id is None for payment in one.payments}
    found: list[Difference] = []
    seen = set()
    for one in listed:
        mine = by_id.get(one.id) or (waiting.get(one.payment_id) if one.payment_id else None)
        if mine:
            seen.add(mine.id)
            found += _differ(one, mine)
        elif one.state != "failed" and one.at >= since:
            found.append(Difference("missing_here", one.id, one.at, None, _said(one.amount, one.currency)))
    for mine in by_id.values():
        if mine.id and mine.id not in seen and mine.state != "failed" and mine.begun_at >= since:
            here = _said(mine.amount, mine.currency)
            found.append(Difference("missing_there", mine.id, mine.begun_at, here, None, mine))
    return sorted(found, key=lambda one: (one.at, one.id, one.kind))


def _differ(there: Listed, mine: Ours) -> Iterable[Difference]:
    def one(kind: Kind, here: str, said: str) -> Difference:
        return Difference(kind, there.id, there.at, here, said, mine)

    if there.currency != mine.currency:
        yield one("currency", _said(mine.amount, mine.currency), _said(there.amount, there.currency))
        return
    code = there.currency
    if there.amount != mine.amount:
        yield one("amount", _said(mine.amount, code), _said(there.amount, code))
    if there.state != _STATES[mine.state]:
        yield one("state", mine.state, there.state)
    elif there.state == "completed" and there.is_disputed and not mine.disputes:
        yield one("state", mine.state, "disputed")
    elif not _is_refunded(there.refunded, mine):
        yield one(
            "amount", f"{_said(mine.refunded, code)} refunded", f"{_said(there.refunded, code)} refunded"
        )


def _is_refunded(there: Decimal, mine: Ours) -> bool:
    """Some providers count what is still on its way, and what a bank took."""
    return any(
        mine.refunded + taken <= there <= mine.refunded + mine.refunding + taken
        for taken in (Decimal(0), mine.disputed)
    )


def _said(amount: Decimal, code: str) -> str:
    return f"{plain(amount, code) if code in DIGITS else amount} {code}"
