"""Pure: the CSV of a bank. How its cells are parted and encoded, where its names stand, how it writes numbers and days
is found out.

A row that cannot be read costs itself.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from io import StringIO
from typing import Final

from shared.billing import money
from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers.statements import amounts
from shared.billing.payments.transfers.statements.columns import Columns, Role, columns
from shared.billing.payments.transfers.statements.ids import Numbering
from shared.billing.payments.transfers.statements.statement import Bad, Statement
from shared.errors import InvalidRequest
from shared.one_line import one_line

KIND: Final = "CSV"
_MARKS: Final = ",;\t"
_MOST_ABOVE: Final = 40
"""Lines that may stand above the names: whose account it is, and from when."""
_NOT_BOOKED: Final = (
    *("pending", "declined", "reverted", "failed", "cancelled", "canceled", "refused", "refunded"),
    *("vorgemerkt", "abgelehnt", "storniert", "attente", "annule", "refuse"),
)
_NOT_YET: Final = ("offen", "pending", "en attente")
"""In place of the day."""
_CREDITS: Final = ("c", "cr", "credit", "h", "haben", "gutschrift", "in", "incoming", "crdt", "+")
_DEBITS: Final = ("d", "dr", "debit", "s", "soll", "lastschrift", "out", "outgoing", "dbit", "neutral", "-")
_WISE_KINDS: Final = ("", "DEPOSIT", "TRANSFER", "UNKNOWN")
_WISE_OWN: Final = ("CONVERSION", "BALANCE", "CARD", "INTEREST", "ACCRUAL", "FEE")
"""How Wise's numbers begin that are of no transfer."""

Line = tuple[int, list[str]]
"""With the number at which it begins."""


@dataclass(frozen=True, slots=True)
class _Form:
    """How the rows of one file are written."""

    columns: Columns
    currency: str
    mark: str | None
    month_first: bool
    numbering: Numbering

    @property
    def is_wise(self) -> bool:
        return Role.WISE in self.columns.roles


def read(body: bytes, currency: str | None, latest: datetime) -> Statement:
    """`currency` is that of an account whose file does not say it; what came after `latest` is bad.

    Raises InvalidRequest for what is no such table.
    """
    (line, head), rows, bad = _headed(_decoded(body))
    found = columns(head)
    if not found.has_money:
        raise InvalidRequest(
            f"line {line} names a date, and no amount",
            "call a column Amount, Betrag or Montant, or two of them Debit and Credit",
        )
    if Role.CURRENCY not in found.roles and not (found.currency or currency):
        raise InvalidRequest(
            "no column says the currency", "add --currency EUR, or whatever the account is in"
        )
    form = _form(found, found.currency or currency or "", [row for _, row in rows])
    transfers: list[Transfer] = []
    passed_over = 0
    for line, row in rows:
        if not _typed(found, [row]) and not any(map(str.isdigit, found.cell(row, Role.DATE))):
            continue  # a line of words, or of nothing
        try:
            transfer = _transfer(row, form, latest)
        except InvalidRequest as error:
            bad.append(Bad(line, str(error)))
            continue
        if transfer is None:
            passed_over += 1
        else:
            transfers.append(transfer)
    return Statement(KIND, tuple(transfers), tuple(sorted(bad)), passed_over, is_wise=form.is_wise)


def _decoded(body: bytes) -> str:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return body.decode("utf-16", "replace")
    if b"\0" in body:
        raise InvalidRequest("it is no text", "export CAMT.053 or CSV from the bank")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("latin-1")


def _headed(text: str) -> tuple[Line, list[Line], list[Bad]]:
    """The line of names, the rows below it, and what broke the reading. Raises InvalidRequest."""
    best: tuple[int, Line, list[Line], list[Bad]] | None = None
    for mark in _MARKS:
        lines, bad = _lines(text, mark)
        for at, line in enumerate(lines[:_MOST_ABOVE]):
            found = columns(line[1])
            known = len(found.roles) + 10 * found.has_money
            if Role.DATE in found.roles and (best is None or known > best[0]):
                best = known, line, lines[at + 1 :], bad
    if best is None:
        raise InvalidRequest(
            "it has no line that names columns, one of them a date",
            "export CAMT.053 or CSV with the names of the columns from the bank",
        )
    return best[1:]


def _lines(text: str, mark: str) -> tuple[list[Line], list[Bad]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=mark)
    found: list[Line] = []
    begins = 1
    try:
        for row in reader:
            found.append((begins, row))
            begins = reader.line_num + 1
    except csv.Error as error:
        return found, [Bad(begins, f"from here on it is no CSV: {error}")]
    return found, []


def _form(found: Columns, currency: str, rows: list[list[str]]) -> _Form:
    days = [row[at] for row in rows for at in found.roles[Role.DATE] if at < len(row)]
    mark = amounts.decimal_mark(_typed(found, rows))
    return _Form(found, currency, mark, amounts.month_first(days), Numbering("csv"))


def _typed(found: Columns, rows: Sequence[Sequence[str]]) -> list[str]:
    """What stands where amounts are."""
    return [row[at] for row in rows for at in found.money if at < len(row) and row[at].strip()]


def _transfer(row: Sequence[str], form: _Form, latest: datetime) -> Transfer | None:
    """None for what is no money that came. Raises InvalidRequest."""
    found = form.columns
    number = found.cell(row, Role.NUMBER)
    day = found.cell(row, Role.DATE)
    status = found.cell(row, Role.STATUS).casefold()
    if any(word in status for word in _NOT_BOOKED) or day.casefold() in _NOT_YET:
        return None
    if form.is_wise and (
        found.cell(row, Role.KIND).upper() not in _WISE_KINDS or number.upper().startswith(_WISE_OWN)
    ):
        return None
    if not _typed(found, [row]):
        raise InvalidRequest("it has no amount")
    code = money.currency(found.cell(row, Role.CURRENCY) or form.currency)
    amount = _amount(row, form, code)
    if amount is None:
        return None
    if not day:
        raise InvalidRequest("it has no date")
    at = amounts.came(amounts.day(day, month_first=form.month_first), latest)
    reference = one_line(" ".join(dict.fromkeys(found.cells(row, Role.REFERENCE))))
    payer = one_line(found.cell(row, Role.PAYER)) or None
    said = (at.isoformat(), money.plain(amount, code), code, reference, payer)
    is_own = form.is_wise and re.fullmatch(r"[!-~]{1,200}", number)
    known = number if is_own else form.numbering.counted(number, *said)
    return Transfer(known, amount, code, reference, at, payer=payer)


def _amount(row: Sequence[str], form: _Form, code: str) -> Decimal | None:
    """What came; None where nothing did. Raises InvalidRequest."""
    found = form.columns
    typed = found.cell(row, Role.AMOUNT)
    if Role.AMOUNT not in found.roles:
        typed = found.cell(row, Role.CREDIT)
        if not typed and found.cell(row, Role.DEBIT):
            return None
    if not typed:
        raise InvalidRequest("it has no amount")
    amount = amounts.amount(typed, form.mark, code)
    side = found.cell(row, Role.SIDE).casefold()
    if side in _CREDITS or side in _DEBITS:
        amount = abs(amount) if side in _CREDITS else -abs(amount)
    if amount > 0 and form.is_wise and (fee := found.cell(row, Role.FEE)):
        amount += abs(amounts.amount(fee, form.mark, code))  # its payer sent it, and it is our cost
    return amount if amount > 0 else None
