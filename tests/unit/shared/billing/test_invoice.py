"""What is due on an invoice, where it then stands, and how its lines are written."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.invoices.invoice import Account, Split, becomes, item, period, unit_price


def account(**given: int) -> Account:
    return Account(**{name: Decimal(amount) for name, amount in given.items()})


DUE = [
    (account(total=100), 100),
    (account(total=100, burnt=30), 70),
    (account(total=100, burnt=30, credited=80, given_back=10), 0),
    (account(total=100, paid=100, credited=40, granted=40), 0),
    (account(total=100, paid=100, refunded=100), 100),
    (account(total=100, paid=100, refunded=100, credited=100), 0),
    (account(total=100, burnt=60, paid=40, credited=50, granted=40, given_back=10), 0),
    (account(total=100, credited=25), 75),
]


@pytest.mark.parametrize(("stands", "due"), DUE)
def test_due_is_the_total_less_what_settled_it(stands: Account, due: int) -> None:
    assert stands.due == due


SPLITS = [
    (account(total=100), 30, (30, 0, 0)),
    (account(total=100, burnt=60), 50, (40, 0, 10)),
    (account(total=100, burnt=60, paid=40), 50, (0, 40, 10)),
    (account(total=100, paid=100, credited=30, granted=30), 70, (0, 70, 0)),
    (account(total=100, burnt=60, paid=20), 100, (20, 20, 60)),
    (account(total=100, burnt=60, paid=40, credited=50, granted=40, given_back=10), 50, (0, 0, 50)),
    (account(total=100, paid=100, refunded=30), 40, (30, 10, 0)),
]


@pytest.mark.parametrize(("stands", "amount", "parts"), SPLITS)
def test_a_credit_note_lowers_what_is_due_then_payments_come_back_then_credits(
    stands: Account, amount: int, parts: tuple[int, int, int]
) -> None:
    assert stands.split(Decimal(amount)) == Split(*map(Decimal, parts))


STANDS = [
    ("sent", account(total=100), "sent"),
    ("sent", account(total=100, credited=100), "cancelled"),
    ("overdue", account(total=100, credited=100), "cancelled"),
    ("overdue", account(total=100, paid=100), "paid"),
    ("sent", account(total=0), "paid"),
    ("sent", account(total=100, burnt=100), "paid"),
    ("sent", account(total=100, burnt=40, credited=60), "paid"),
    ("sent", account(total=100, burnt=40, credited=100, given_back=40), "cancelled"),
    ("sent", account(total=100, paid=40, credited=100, granted=40), "paid"),
    ("paid", account(total=100, paid=100, credited=100, granted=100), "paid"),
    ("draft", account(total=0), "draft"),
    ("cancelled", account(total=100, credited=100), "cancelled"),
]


@pytest.mark.parametrize(("before", "stands", "after"), STANDS)
def test_with_nothing_due_an_invoice_is_paid_if_something_paid_for_it_else_cancelled(
    before: str, stands: Account, after: str
) -> None:
    assert becomes(before, stands) == after


@pytest.mark.parametrize(
    ("months", "kind"), [(1, "monthly"), (12, "yearly"), (3, "custom"), (None, "custom")]
)
def test_a_period_ends_on_its_last_day(months: int | None, kind: str) -> None:
    assert period(date(2026, 3, 1), date(2026, 4, 1), months) == {
        "type": kind,
        "startDate": "2026-03-01",
        "endDate": "2026-03-31",
    }


def test_a_line_of_the_document_has_its_own_period_and_money_as_text() -> None:
    row: dict[str, Any] = {
        "id": UUID(int=7),
        "description": "Requests beyond 10,000",
        "quantity": 2_000,
        "unit_price": Decimal("0.000500000000"),
        "amount": Decimal("1.0000"),
        "currency": "EUR",
        "type": "usage",
        "starts_on": date(2026, 2, 1),
        "ends_on": date(2026, 3, 1),
        "tax_category": "S",
        "tax_rate": Decimal("20.0000"),
        "meter": "requests",
        "terms": "basic@1",
        "tier": 0,
        "metadata": {"units": 2_000},
    }
    assert item(row) == {
        "id": "00000000-0000-0000-0000-000000000007",
        "description": "Requests beyond 10,000",
        "quantity": 2_000,
        "unitPrice": "0.0005",
        "amount": "1.00",
        "type": "usage",
        "metadata": {
            "units": 2_000,
            "period": {"startDate": "2026-02-01", "endDate": "2026-02-28"},
            "meter": "requests",
            "terms": "basic@1",
            "tier": 0,
            "taxCategory": "S",
            "taxRate": "20",
        },
    }


@pytest.mark.parametrize(
    ("amount", "code", "text"),
    [
        ("19.000000000000", "EUR", "19.00"),
        ("20", "JPY", "20"),
        ("0.000000000001", "EUR", "0.000000000001"),
        ("-9.81", "EUR", "-9.81"),
        ("5.5", "KWD", "5.500"),
    ],
)
def test_a_unit_price_has_the_digits_that_it_needs(amount: str, code: str, text: str) -> None:
    assert unit_price(Decimal(amount), code) == text
