"""What the books say of a currency, as a screen and a page show it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from admin.rows import money, sum_of
from shared.billing import status
from shared.billing.payments.standing import Standing
from shared.billing.status import ABROAD, Books
from shared.counted import counted


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount as text, and what it is of; a `bad` one is to be looked at."""

    name: str
    amount: str
    note: str
    bad: bool = False


_PAYMENTS: Final = {
    "in_flight": ("in flight", "{} payment{s}, asked about by the next run", False),
    "failed": ("failed", "{} invoice{s}: lectern-admin payment list --status failed", True),
    "refunds_pending": ("refunds", "{} pending: lectern-admin payment list --refunds", False),
    "disputed": ("disputes", "{} to be answered at the provider", True),
    "unmatched_transfers": ("transfers", "{} unmatched: lectern-admin payment match", True),
}
"""How a sum is called, how many it is of, and what is to be done about it; whether that is bad."""
_EVENTS: Final = {
    "waiting": ("waiting for the next run", False),
    "unmatched": ("unmatched: lectern-admin payment events --unmatched", True),
}


def over(abroad: Decimal) -> str:
    """What is to be done about a year's sales to consumers elsewhere in the Union; nothing if they are few."""
    return f"over {ABROAD:,}: lectern-admin seller set --oss on" if abroad > ABROAD else ""


def figures(books: Books) -> tuple[Figure, ...]:
    code = books.currency
    *_, last, this = books.revenue.values()
    invoices = sum(books.invoices.values())
    overdue = invoices - books.invoices[status.NOT_DUE]
    left = sum(books.credits.values(), Decimal(0))
    return (
        Figure("revenue this month", sum_of(this, code), "without tax, less credit notes"),
        Figure("revenue last month", sum_of(last, code), ""),
        Figure("open", sum_of(books.open, code), counted(invoices, "invoice")),
        Figure("overdue", sum_of(books.overdue, code), counted(overdue, "invoice"), bad=bool(books.overdue)),
        Figure("credits outstanding", sum_of(left, code), ", ".join(books.credits)),
        Figure("deferred revenue", sum_of(books.deferred, code), "fees of days to come"),
    )


def payments(standing: Standing) -> tuple[Figure, ...]:
    """Of what is on its way or stuck, a figure a currency; none of what there is nothing of."""
    sums = [
        Figure(
            name, money(one.amount, one.currency), note.format(f"{one.count:,}", s="s" * (one.count > 1)), bad
        )
        for what, (name, note, bad) in _PAYMENTS.items()
        for one in standing.sums[what]
    ]
    events = [
        Figure("events", f"{standing.events[what]:,}", note, bad)
        for what, (note, bad) in _EVENTS.items()
        if standing.events[what]
    ]
    return (*sums, *events)
