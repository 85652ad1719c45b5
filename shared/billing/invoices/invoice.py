"""Pure: where an invoice stands, what is due on it, and how its lines are written in the document."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple

from shared.billing.money import DIGITS, plain, trimmed

DRAFT, SENT, PAID, OVERDUE, CANCELLED = "draft", "sent", "paid", "overdue", "cancelled"
MOVES: Final = {
    DRAFT: (SENT, CANCELLED),
    SENT: (PAID, OVERDUE, CANCELLED),
    OVERDUE: (PAID, CANCELLED),
    PAID: (OVERDUE,),  # a chargeback
    CANCELLED: (),
}
"""What each state may become; the database refuses any other move too."""
OPEN: Final = (SENT, OVERDUE)
"""Somebody has yet to pay."""


class Split(NamedTuple):
    """Where the amount of a credit note goes, in this order."""

    due: Decimal
    repaid: Decimal
    """Of payments, as a refund credit."""
    given_back: Decimal
    """Of burnt credits, to them."""


@dataclass(frozen=True, slots=True)
class Account:
    """An invoice that was sent, and what happened to it since.

    `granted` are refund credits, of its credit notes and of payments that were too much, less what went out of them.
    """

    total: Decimal
    burnt: Decimal = Decimal(0)
    given_back: Decimal = Decimal(0)
    credited: Decimal = Decimal(0)
    granted: Decimal = Decimal(0)
    paid: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)

    @property
    def due(self) -> Decimal:
        return (
            self.total
            - (self.burnt - self.given_back)
            - (self.credited - self.granted)
            - (self.paid - self.refunded)
        )

    @property
    def creditable(self) -> Decimal:
        """What no credit note has taken yet."""
        return self.total - self.credited

    def split(self, amount: Decimal) -> Split:
        """A credit note's amount, at most what is creditable, lowers what is due first.

        Then payments come back, and burnt credits last, so that a promotion never becomes money.
        """
        due = min(amount, max(self.due, Decimal(0)))
        repaid = min(amount - due, max(self.paid - self.refunded - self.granted, Decimal(0)))
        return Split(due, repaid, amount - due - repaid)


def becomes(status: str, account: Account) -> str:
    """Where an open invoice stands once this is on its account; what is paid stays so, also when it is credited.

    With nothing due it is paid if anything was paid, or is still burnt, or nothing was asked; else it is cancelled.
    """
    if status not in OPEN or account.due > 0:
        return status
    settled = account.burnt > account.given_back or account.paid > account.refunded or not account.total
    return PAID if settled else CANCELLED


def period(starts_on: date, ends_on: date, months: int | None) -> dict[str, str]:
    """`period` of the document; `ends_on` is the day after its last. `months` is null where it is cut short."""
    kind = {1: "monthly", 12: "yearly"}.get(months or 0, "custom")
    return {"type": kind, **_days(starts_on, ends_on)}


def item(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `invoice_items` as a line of `items`."""
    code = row["currency"]
    own = {name: row[column] for name, column in _OWN.items() if row.get(column) is not None}
    rate = row.get("tax_rate")
    return {
        "id": str(row["id"]),
        "description": row["description"],
        "quantity": row["quantity"],
        "unitPrice": unit_price(row["unit_price"], code),
        "amount": plain(row["amount"], code),
        "type": row["type"],
        "metadata": {
            **row["metadata"],
            "period": _days(row["starts_on"], row["ends_on"]),
            **own,
            **({} if rate is None else {"taxRate": trimmed(rate)}),
        },
    }


_OWN = {"meter": "meter", "terms": "terms", "tier": "tier", "taxCategory": "tax_category"}


def unit_price(amount: Decimal, code: str) -> str:
    """With the currency's digits at least, and as many of twelve as it has."""
    digits = max(DIGITS[code], -int(amount.normalize().as_tuple().exponent))
    return f"{amount:.{digits}f}"


def _days(starts_on: date, ends_on: date) -> dict[str, str]:
    return {"startDate": starts_on.isoformat(), "endDate": (ends_on - timedelta(days=1)).isoformat()}
