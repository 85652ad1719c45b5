"""What the books say of a currency, as a screen and a page show it."""

from dataclasses import dataclass
from decimal import Decimal

from admin.rows import sum_of
from shared.billing import status
from shared.billing.status import ABROAD, Books
from shared.counted import counted


@dataclass(frozen=True, slots=True)
class Figure:
    """An amount as text, and what it is of; a `bad` one is to be looked at."""

    name: str
    amount: str
    note: str
    bad: bool = False


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
