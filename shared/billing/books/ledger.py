"""Pure: what happened to money becomes entries of a ledger, each of which balances in every currency.

A posting above zero is a debit. Receivable of an invoice is what is due on it; CustomerCredit, what is left of credits,
reserved or not; Clearing, what a provider holds for us; Tax, what the VAT report adds up to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, NamedTuple

from shared.billing.books import recognition
from shared.billing.books.bill import bill

RECEIVABLE: Final = "Assets:Receivable"
BANK: Final = "Assets:Bank"
CLEARING: Final = {"stripe": "Assets:Clearing:Stripe", "paypal": "Assets:Clearing:PayPal"}
TAX: Final = "Liabilities:Tax"
CUSTOMER_CREDIT: Final = "Liabilities:CustomerCredit"
DEFERRED: Final = "Liabilities:DeferredRevenue"
SUSPENSE: Final = "Assets:Suspense"
"""What a provider added or took and nobody owes: an accountant says what it was."""
CONVERSION: Final = "Equity:Conversion"
REVENUE: Final = "Income:Revenue"
PROMOTIONAL: Final = "Expenses:PromotionalExpense"
FEES: Final = "Expenses:Fees"
ACCOUNTS: Final = (
    *(RECEIVABLE, BANK, *CLEARING.values(), SUSPENSE, TAX, CUSTOMER_CREDIT, DEFERRED),
    *(CONVERSION, REVENUE, PROMOTIONAL, FEES),
)


class Posting(NamedTuple):
    account: str
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind` is one of KINDS, and `id` that of the row that it follows from.

    `reference` is the number of what it is about, a credit's type, or a provider's id.
    """

    day: date
    kind: str
    id: str
    reference: str | None
    invoice: str | None
    payee: str | None
    provider: str | None
    postings: tuple[Posting, ...]


def entry(row: Mapping[str, Any]) -> Entry | None:
    """Of a row as the statement of movements has it; None where nothing is to be posted."""
    code = row["currency"]
    postings = _POSTED[row["kind"]](row)
    kept = tuple(Posting(account, amount, other or code) for account, amount, other in postings if amount)
    if not kept:
        return None
    return Entry(
        *(
            row["day"],
            row["kind"],
            row["id"],
            row["reference"],
            row["invoice"],
            row["payee"],
            row["provider"],
        ),
        kept,
    )


_Postings = tuple[tuple[str, Decimal, str | None], ...]
"""Accounts with amounts; of the row's currency, where none is named."""


def _of(*postings: tuple[str, Decimal]) -> _Postings:
    return tuple((account, amount, None) for account, amount in postings)


def _moved(debit: str, credit: str) -> Callable[[Mapping[str, Any]], _Postings]:
    return lambda row: _of((debit, row["amount"]), (credit, -row["amount"]))


def _invoice(row: Mapping[str, Any]) -> _Postings:
    net = row["amount"] - row["tax"]
    later = recognition.at_issue(bill(row["currency"], row["facts"])) if row["facts"] else Decimal(0)
    return _of(
        (RECEIVABLE, row["amount"]),
        (REVENUE, later - net),
        (DEFERRED, -later),
        (TAX, -row["tax"]),
    )


def _credit_note(row: Mapping[str, Any]) -> _Postings:
    net = row["amount"] - row["tax"]
    change = (
        recognition.by_note(bill(row["currency"], row["facts"]), row["reference"])
        if row["facts"]
        else Decimal(0)
    )
    return _of(
        (REVENUE, net + change),
        (DEFERRED, -change),
        (TAX, row["tax"]),
        (RECEIVABLE, -row["amount"]),
    )


def _end(row: Mapping[str, Any]) -> _Postings:
    earned = recognition.at_end(bill(row["currency"], row["facts"]))
    return _of((DEFERRED, earned), (REVENUE, -earned))


def _recognition(row: Mapping[str, Any]) -> _Postings:
    earned = recognition.recognised(bill(row["currency"], row["facts"]), row["after"], row["day"])
    return _of((DEFERRED, earned), (REVENUE, -earned))


def _payment(row: Mapping[str, Any]) -> _Postings:
    return _of((_held(row), row["amount"]), (RECEIVABLE, -row["amount"]))


def _went_back(row: Mapping[str, Any]) -> _Postings:
    """Owed again, unless a bank takes back what was refunded too."""
    amount, owed = row["amount"], row["tax"]
    return _of((RECEIVABLE, owed), (SUSPENSE, amount - owed), (_held(row), -amount))


def _line(row: Mapping[str, Any]) -> _Postings:
    """The fee of a payment, refund or dispute: what it is of has an entry of its own."""
    return _of((FEES, row["tax"]), (_held(row), -row["tax"]))


def _other(account: str) -> Callable[[Mapping[str, Any]], _Postings]:
    """A move that no payment, refund or dispute of ours stands for; its fee is one all the same."""
    return lambda row: _of(
        (account, -row["amount"]), (FEES, row["tax"]), (_held(row), row["amount"] - row["tax"])
    )


def _conversion(row: Mapping[str, Any]) -> _Postings:
    held, facts = _held(row), row["facts"]
    foreign, code = Decimal(facts["amount"]), facts["currency"]
    return (
        (held, -foreign, code),
        (CONVERSION, foreign, code),
        *_of((held, row["amount"]), (CONVERSION, -row["amount"])),
    )


def _held(row: Mapping[str, Any]) -> str:
    """Where money of this provider lies."""
    return CLEARING.get(row["provider"], BANK)


_POSTED: Final[Mapping[str, Callable[[Mapping[str, Any]], _Postings]]] = {
    "grant": _moved(PROMOTIONAL, CUSTOMER_CREDIT),
    "invoice": _invoice,
    "burn": _moved(CUSTOMER_CREDIT, RECEIVABLE),
    "credit_note": _credit_note,
    "refund_credit": _moved(RECEIVABLE, CUSTOMER_CREDIT),
    "burn_returned": _moved(CUSTOMER_CREDIT, RECEIVABLE),  # its amount is below zero
    "payment": _payment,
    "overpaid": _moved(RECEIVABLE, CUSTOMER_CREDIT),
    "refund": _went_back,
    "refund_failed": _went_back,
    "dispute": _went_back,
    "dispute_won": _went_back,
    "paid_out": _moved(CUSTOMER_CREDIT, RECEIVABLE),
    "paid_out_returned": _moved(RECEIVABLE, CUSTOMER_CREDIT),
    "expired": _moved(CUSTOMER_CREDIT, PROMOTIONAL),
    "voided": _moved(CUSTOMER_CREDIT, PROMOTIONAL),
    "payment_line": _line,
    "refund_line": _line,
    "dispute_line": _line,
    "fee_line": _other(FEES),
    "payout_line": _other(BANK),
    "adjustment_line": _other(SUSPENSE),
    "conversion": _conversion,
    "end": _end,
    "recognition": _recognition,
}
KINDS: Final = tuple(_POSTED)
"""What entries follow from, in the order in which they stand on one day."""
