"""Pure: what happened to what somebody owes, in order, with what was owed after each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

MOVEMENTS: Final = {
    "invoice": "invoice",
    "burn": "credit burnt",
    "payment": "payment",
    "refund": "refund",
    "dispute": "taken by the bank",
    "credit_note": "credit note",
    "refund_credit": "refund credit",
    "burn_returned": "credit returned",
    "refund_failed": "refund failed",
    "dispute_won": "given back by the bank",
    "paid_out": "refund credit paid out",
}
"""What moves a due, in the order in which it does so at one instant; and how it is called."""


@dataclass(frozen=True, slots=True)
class Movement:
    """`document` is what did it, or what it was for; a `balance` is what is due after it."""

    day: date
    at: datetime
    type: str
    document: str
    invoice: str
    amount: Decimal
    balance: Decimal


@dataclass(slots=True)
class Account:
    """Of one currency: opening + movements = closing, which is what is due."""

    currency: str
    opening: Decimal = Decimal(0)
    movements: list[Movement] = field(default_factory=list)
    closing: Decimal = Decimal(0)


def accounts(rows: Iterable[Mapping[str, Any]], since: date) -> list[Account]:
    """Of rows as `reports.movements` has them; what moved before `since` is in the opening balance.

    A currency of which nothing was owed then or moved since is left out.
    """
    found: dict[str, Account] = {}
    for row in rows:
        account = found.setdefault(row["currency"], Account(row["currency"]))
        account.closing += row["amount"]
        if row["day"] < since:
            account.opening = account.closing
            continue
        account.movements.append(
            Movement(
                row["day"],
                row["at"],
                row["type"],
                row["document"],
                row["invoice"],
                row["amount"],
                account.closing,
            )
        )
    return [account for account in found.values() if account.opening or account.movements]
