"""Invoices and credit notes as a terminal of 80 columns shows them."""

import io
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from rich.console import Console

from admin.commands.invoices.document import show_invoice, show_note, text
from shared.errors import InvalidRequest

AT = datetime(2026, 2, 28, 23, 30, tzinfo=UTC)
"""In March where the seller is."""
PERIOD = {"startDate": "2026-03-01", "endDate": "2026-03-31"}
SELLER = {"name": "Lectern SAS", "country": "FR", "vatNumber": "FR40303265045"}
CUSTOMER = {
    "name": "Ada [b]Lovelace[/b]",
    "address": "12 rue de la Paix",
    "postcode": "75002",
    "city": "Paris",
    "country": "FR",
}
GROUPS = [
    {"category": "S", "rate": "20", "base": "1040.19", "tax": "208.04", "note": None},
    {"category": "AE", "rate": "0", "base": "3.00", "tax": "0.00", "note": "reverse_charge"},
]


def item(
    description: str,
    quantity: int,
    price: str,
    amount: str,
    start: str = "2026-03-01",
    end: str = "2026-03-31",
) -> dict[str, Any]:
    period = {"startDate": start, "endDate": end}
    return {
        "description": description,
        "quantity": quantity,
        "unitPrice": price,
        "amount": amount,
        "metadata": {"period": period},
    }


INVOICE: dict[str, Any] = {
    "number": "LECT-2026-000123",
    "status": "overdue",
    "user": "ada@example.org",
    "zone": "Europe/Paris",
    "plan": "premium",
    "due": Decimal("1219.20"),
    "issue_date": AT,
    "due_date": AT.replace(month=3, day=14),
    "paid_date": None,
    "draft_reason": None,
    "currency": "EUR",
    "period": {**PERIOD, "type": "monthly"},
    "metadata": {"customerInfo": CUSTOMER, "notes": "Order 4711"},
    "seller": SELLER,
    "items": [
        item("Premium, a month", 1, "49.00", "49.00"),
        item(
            "Requests beyond 10,000, the first 90,000 of them, at the price of that tier",
            2_000,
            "0.0005",
            "1.00",
            "2026-02-01",
            "2026-02-28",
        ),
        item("Unused time of basic", 1, "-9.81", "-9.81"),
    ],
    "tax_groups": GROUPS,
    "subtotal": Decimal("1043.19"),
    "tax": Decimal("208.04"),
    "total": Decimal("1251.23"),
}
SETTLED = [
    {"by": "credit", "what": "promotional", "amount": Decimal(20), "at": AT},
    {"by": "credit note", "what": "LECT-CN-2026-000001", "amount": Decimal("12.03"), "at": AT},
    {"by": "payment", "what": "stripe", "amount": Decimal(0), "at": AT},
]
NOTE: dict[str, Any] = {
    "number": "LECT-CN-2026-000001",
    "invoice": "LECT-2026-000123",
    "user": "ada@example.org",
    "zone": "Europe/Paris",
    "reason": "Agreed by phone",
    "issue_date": AT,
    "currency": "JPY",
    "metadata": {"customerInfo": None, "seller": SELLER},
    "period": PERIOD,
    "items": [item("Agreed by phone", 1, "500", "500")],
    "tax_groups": [{"category": "S", "rate": "8.5", "base": "500", "tax": "43", "note": None}],
    "subtotal": Decimal(500),
    "tax": Decimal(43),
    "total": Decimal(543),
    "granted": Decimal(200),
    "given_back": Decimal(43),
}


def screen(show: Callable[[Console], None], width: int = 80) -> list[str]:
    written = io.StringIO()
    show(Console(file=written, width=width, force_terminal=True, color_system=None, highlight=False))
    return [line.rstrip() for line in written.getvalue().splitlines()]


def test_an_invoice_has_its_amounts_under_each_other() -> None:
    assert screen(lambda console: show_invoice(console, INVOICE, SETTLED)) == [
        "LECT-2026-000123  overdue",
        "",
        "user        ada@example.org",
        "to          Ada [b]Lovelace[/b], 12 rue de la Paix, 75002 Paris, FR",
        "from        Lectern SAS, FR",
        "VAT number  FR40303265045",
        "period      2026-03-01 to 2026-03-31 (monthly)",
        "plan        premium",
        "issued      2026-03-01",
        "due by      2026-03-15",
        "note        Order 4711",
        "",
        "  Line                                          Quantity  Unit price  Amount",
        "  Premium, a month                                     1       49.00   49.00",
        "  Requests beyond 10,000, the first 90,000 of      2,000      0.0005    1.00",
        "  them, at the price of that tier",
        "    2026-02-01 to 2026-02-28",
        "  Unused time of basic                                 1       -9.81   -9.81",
        "",
        "                                                       without tax  1,043.19",
        "                                              VAT 20 % of 1,040.19    208.04",
        "                                       VAT, reverse charge of 3.00      0.00",
        "                                                             total  1,251.23 EUR",
        "                                    promotional credit, 2026-03-01    -20.00",
        "                       credit note LECT-CN-2026-000001, 2026-03-01    -12.03",
        "                                                               due  1,219.20 EUR",
    ]


def test_a_credit_note_says_what_became_of_its_amount() -> None:
    assert screen(lambda console: show_note(console, NOTE))[9:] == [
        "",
        "  Line                                          Quantity  Unit price  Amount",
        "  Agreed by phone                                      1         500     500",
        "",
        "                                                            without tax  500",
        "                                                       VAT 8.5 % of 500   43",
        "                                                                  total  543 JPY",
        "                                                            less to pay  300 JPY",
        "                                                        a refund credit  200 JPY",
        "                                                     credits given back   43 JPY",
    ]


def test_a_draft_says_why_it_is_not_sent() -> None:
    draft = INVOICE | {
        "number": "DRAFT-0b7a",
        "status": "draft",
        "due": None,
        "tax_groups": [],
        "seller": None,
    }
    draft |= {"draft_reason": "the customer has no country", "tax": Decimal(0), "total": Decimal("1043.19")}
    told = screen(lambda console: show_invoice(console, draft, []))
    assert "not sent  the customer has no country" in told
    assert told[-1].split() == ["tax", "not", "known", "yet"]
    assert not any(line.startswith(("issued", "due")) for line in told)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_amount_is_lost_however_wide_a_terminal_is(width: int) -> None:
    told = "\n".join(screen(lambda console: show_invoice(console, INVOICE, SETTLED), width))
    for amount in ("49.00", "0.0005", "-9.81", "208.04", "1,251.23 EUR", "-12.03", "1,219.20 EUR"):
        assert amount in told


@pytest.mark.parametrize(("typed", "because"), [(" \n ", "is missing"), ("x" * 11, "at most 10")])
def test_text_that_is_none_or_too_long_is_refused(typed: str, because: str) -> None:
    with pytest.raises(InvalidRequest, match=because):
        text(typed, "a reason", 10)
    assert text(" two\n words ", "a reason", 10) == "two words"
