"""Pure: entries of the ledger as rows for a table, and as text that beancount reads."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, Final

from shared.billing.books.ledger import ACCOUNTS, Entry
from shared.billing.money import DIGITS
from shared.one_line import one_line
from shared.visible import visible

COLUMNS: Final = (
    *("day", "entry", "kind", "narration", "reference", "invoice", "payee", "provider"),
    *("account", "debit", "credit", "currency"),
)
"""Of a row, which is one posting; those of one `entry` balance."""
_SAID: Final = {
    "grant": "Credit granted: {reference}",
    "invoice": "Invoice {reference}",
    "burn": "Credit burnt by {reference}",
    "credit_note": "Credit note {reference} of {invoice}",
    "refund_credit": "Refund credit of {reference}",
    "burn_returned": "Credit returned from {reference}",
    "payment": "Payment of {reference}",
    "overpaid": "Paid more than was due on {reference}",
    "refund": "Refund of {reference}",
    "refund_failed": "Refund of {reference} failed",
    "dispute": "Payment of {reference} taken back",
    "dispute_won": "Payment of {reference} returned",
    "paid_out": "Refund credit of {reference} paid out",
    "paid_out_returned": "Refund credit of {reference} returned",
    "expired": "Credit expired",
    "voided": "Credit voided",
    "payment_line": "Fee of a payment",
    "refund_line": "Fee of a refund",
    "dispute_line": "Fee of a dispute",
    "fee_line": "Fee",
    "payout_line": "Payout",
    "adjustment_line": "Adjustment",
    "conversion": "Exchanged",
    "end": "Subscription ended: the rest of {reference}",
    "recognition": "Earned of {reference}",
}
_LINK: Final = re.compile(r"[A-Za-z0-9\-_/.]+")
_WIDTH: Final = 34


def postings(entry: Entry) -> Iterator[dict[str, Any]]:
    """A row each, by COLUMNS."""
    for account, amount, code in entry.postings:
        exact = _exact(abs(amount), code)
        yield {
            "day": entry.day,
            "entry": key(entry),
            "kind": entry.kind,
            "narration": _said(entry),
            "reference": _line(entry.reference),
            "invoice": _line(entry.invoice),
            "payee": _line(entry.payee),
            "provider": entry.provider,
            "account": account,
            "debit": exact if amount > 0 else None,
            "credit": exact if amount < 0 else None,
            "currency": code,
        }


def key(entry: Entry) -> str:
    """The same whenever the entry is exported; no other has it."""
    day = f" {entry.day}" if entry.kind == "recognition" else ""
    return f"{entry.kind} {entry.id}{day}"


def opening(day: date, title: str) -> str:
    """What a file begins with, of which the first entry is of this day."""
    lines = [  # no tolerance: the checker, too, accepts what is exact alone
        f'option "title" {_quoted(title)}',
        'option "tolerance_multiplier" "0"',
        "",
        *(f"{day} open {account}" for account in ACCOUNTS),
    ]
    return "\n".join(lines) + "\n"


def transaction(entry: Entry) -> str:
    who = f"{_quoted(_line(entry.payee))} " if entry.payee else ""
    link = f" ^{entry.invoice}" if entry.invoice and _LINK.fullmatch(entry.invoice) else ""
    lines = [f"{entry.day} * {who}{_quoted(_said(entry))}{link}", f"  id: {_quoted(key(entry))}"]
    for account, amount, code in entry.postings:
        lines.append(f"  {account:{_WIDTH}}{_exact(amount, code):>16} {code}")
    return "\n" + "\n".join(lines) + "\n"


def _said(entry: Entry) -> str:
    return _SAID[entry.kind].format(reference=_line(entry.reference), invoice=_line(entry.invoice))


def _exact(amount: Decimal, code: str) -> str:
    """With the digits of the currency, and with all that it has."""
    exponent = amount.normalize().as_tuple().exponent
    digits = max(DIGITS.get(code, 0), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{digits}f}"


def _line(text: str | None) -> str:
    return one_line(visible(text or ""))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
