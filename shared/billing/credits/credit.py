"""Pure: what credits are worth, in which order invoices burn them, and in which they come back."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

TYPES: Final = ("promotional", "refund", "compensation", "adjustment")
_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit as it stands; `burnt` is what went into invoices less what came back from them.

    `paid_out` is what went back as money, by a refund or with a dispute, or is reserved for that.
    """

    id: UUID
    user_id: UUID
    currency: str
    amount: Decimal
    burnt: Decimal
    expires_at: datetime | None
    created_at: datetime
    voided_at: datetime | None = None
    paid_out: Decimal = Decimal(0)

    @property
    def left(self) -> Decimal:
        return self.amount - self.burnt - self.paid_out


class Balance(NamedTuple):
    """Parts of a credit's amount, which they add up to."""

    burnt: Decimal
    remaining: Decimal
    expired: Decimal
    voided: Decimal
    paid_out: Decimal = Decimal(0)


class Bill(NamedTuple):
    """An invoice that credits are to settle, with what it wants of them."""

    id: UUID
    user_id: UUID
    total: Decimal
    currency: str


class Burn(NamedTuple):
    credit_id: UUID
    invoice_id: UUID
    amount: Decimal
    exhausts: bool


def state(credit: Credit, now: datetime) -> str:
    """`valid`, or why it is not: `voided`, `paid_out` where the last of it was, `used`, `expired`."""
    if credit.voided_at:
        return "voided"
    if not credit.left:
        return "paid_out" if credit.paid_out else "used"
    return "expired" if credit.expires_at and credit.expires_at <= now else "valid"


def balance(credit: Credit, now: datetime) -> Balance:
    """What is neither burnt nor paid out remains, unless it was voided or its time is over."""
    left, none = credit.left, Decimal(0)
    stands = Balance(credit.burnt, none, none, none, credit.paid_out)
    kept = {"voided": "voided", "expired": "expired"}.get(state(credit, now), "remaining")
    return stands._replace(**{kept: left})


def in_order(credits: Iterable[Credit]) -> list[Credit]:
    """As they are burnt: what expires first, then what is older."""
    return sorted(credits, key=lambda credit: (credit.expires_at or _NEVER, credit.created_at, credit.id))


def burns(credits: Iterable[Credit], bills: Iterable[Bill], now: datetime) -> list[Burn]:
    """Credits of each user and currency into their invoices, as far as they go; invoices in their given order."""
    purses: dict[tuple[UUID, str], list[Credit]] = {}
    for credit in in_order(credit for credit in credits if state(credit, now) == "valid"):
        purses.setdefault((credit.user_id, credit.currency), []).append(credit)
    left = {credit.id: credit.left for purse in purses.values() for credit in purse}
    made = []
    for bill in bills:
        wanted = bill.total
        for credit in purses.get((bill.user_id, bill.currency), ()):
            amount = min(wanted, left[credit.id])
            if amount > 0:
                wanted -= amount
                left[credit.id] -= amount
                made.append(Burn(credit.id, bill.id, amount, exhausts=not left[credit.id]))
    return made


def returns(burnt: Sequence[tuple[UUID, Decimal]], amount: Decimal) -> list[tuple[UUID, Decimal]]:
    """What comes back of each credit: the one that was burnt last comes first.

    `burnt` are an invoice's credits with what of them is in it, in the order of burning; `amount` is at most their sum.
    """
    back = []
    for credit_id, most in reversed(burnt):
        part = min(amount, most)
        if part > 0:
            amount -= part
            back.append((credit_id, part))
    return back
