"""Pure: which invoices a transfer pays, by the numbers that its payer wrote, and how its amount is split.

A number that stands there as our series writes it is sure. One that had to be guessed, of broken or misread signs or
without its series, pays only where the amount is what is due to the cent and its customer sent it.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

from shared.billing.invoices.invoice import OPEN
from shared.billing.money import plain

MOST_TEXT: Final = 4000
"""Characters of a reference that are read."""
_SEP = r"[\W_]{0,3}"
_DIGIT = "[0-9OIL]"
_READ_AS = str.maketrans("OIL|", "0111")
_DRAFT = re.compile(r"\bDRAFT-[0-9A-F]{8}\b")
_MORE = re.compile(r"\s*(?:[,;/&+]|UND|AND|ET)\s*([0-9]{6})(?![0-9])")
"""In a list the series and the year are often said once."""
_BARE = re.compile(r"(?<![0-9A-Z])(20[0-9]{2})[-/. ]?([0-9]{6})(?![0-9])")
_LEGAL: Final = {"gmbh", "sarl", "sasu", "ltd", "inc", "llc", "und", "and", "the", "herr", "frau", "mme"}


@dataclass(frozen=True, slots=True)
class Named:
    """Numbers of invoices in a text, each once, in its order."""

    sure: tuple[str, ...]
    likely: tuple[str, ...]
    has_draft: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice as it stands. `due` is zero where nothing is left to pay."""

    id: UUID
    user_id: UUID
    number: str
    status: str
    currency: str
    due: Decimal
    due_at: datetime
    customer: str | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN and self.due > 0


class Part(NamedTuple):
    """What one invoice gets of a transfer; more than is due where nothing else is left to pay."""

    bill: Bill
    amount: Decimal

    @property
    def excess(self) -> Decimal:
        """What is too much."""
        return max(self.amount - (self.bill.due if self.bill.is_open else 0), Decimal(0))


@dataclass(frozen=True, slots=True)
class Decision:
    """Parts that add up to the amount, or the reason why there are none."""

    parts: tuple[Part, ...] = ()
    reason: str | None = None


def named(text: str, series: str) -> Named:
    patterns = _patterns(series)
    read = unicodedata.normalize("NFKC", text[:MOST_TEXT]).upper()
    read = patterns.credit_note.sub(" ", read)
    sure: list[str] = []
    likely: list[str] = []
    for found in patterns.sure.finditer(read):
        year, serial = found.groups()
        number, at = f"{series}-{year}-{serial}", found.start()
        in_word = read[at - 1 : at].isalpha() and found[0] != number  # as in "collect 2026 000123"
        (likely if in_word else sure).append(number)
        at = found.end()
        while more := _MORE.match(read, at):
            likely.append(f"{series}-{year}-{more[1]}")
            at = more.end()
    rest = patterns.sure.sub(" # ", read)
    for found in (*patterns.broken.finditer(rest), *_BARE.finditer(rest)):
        year, serial = (re.sub(r"[\W_]", "", part).translate(_READ_AS) for part in found.groups())
        likely.append(f"{series}-{year}-{serial}")
    guessed = (number for number in dict.fromkeys(likely) if number not in sure)
    return Named(tuple(dict.fromkeys(sure)), tuple(guessed), bool(_DRAFT.search(read)))


def decide(
    amount: Decimal, currency: str, payer: str | None, found: Named, bills: Mapping[str, Bill]
) -> Decision:
    """`bills` are those of the named numbers that there are."""
    if unknown := [number for number in found.sure if number not in bills]:
        return Decision(reason=f"there is no invoice {', '.join(unknown)}")
    sure = [bills[number] for number in found.sure]
    likely = [bills[number] for number in found.likely if number in bills]
    if not sure and not likely:
        why = "it names a draft, which nobody is asked to pay" if found.has_draft else "it names no invoice"
        return Decision(reason=why)
    for bill in sure or likely:
        if bill.currency != currency:
            return Decision(reason=f"it is in {currency}, and {bill.number} in {bill.currency}")
    guessed = [bill for bill in likely if bill.is_open and bill.currency == currency]
    if not guessed or (sure and _due(sure) == amount):
        return Decision(split(amount, sure)) if sure else Decision(reason=f"it may mean {_numbers(likely)}")
    users = {bill.user_id for bill in sure}
    if _due([*sure, *guessed]) == amount and all(
        bill.user_id in users or _alike(payer, bill.customer) for bill in guessed
    ):
        return Decision(split(amount, [*sure, *guessed]))
    due = plain(_due([*sure, *guessed]), currency)
    return Decision(reason=f"it may mean {_numbers([*sure, *guessed])}: {due} {currency} due")


def split(amount: Decimal, bills: Collection[Bill]) -> tuple[Part, ...]:
    """What is due longest is paid first; what is left over goes to the last that is paid.

    Where nothing is due on any, all goes to the newest, as more than is due.
    """
    ordered = sorted(bills, key=lambda bill: (bill.due_at, bill.number))
    rest, amounts = amount, dict.fromkeys((bill.number for bill in ordered), Decimal(0))
    for bill in ordered:
        if bill.is_open:
            amounts[bill.number] = min(rest, bill.due)
            rest -= amounts[bill.number]
    last = next((bill for bill in reversed(ordered) if amounts[bill.number] > 0), ordered[-1])
    amounts[last.number] += rest
    return tuple(Part(bill, amounts[bill.number]) for bill in ordered if amounts[bill.number] > 0)


def suggested(amount: Decimal, currency: str, payer: str | None, bills: Iterable[Bill]) -> tuple[Bill, ...]:
    """Open invoices of just this amount: all, or the payer's own, where some are. Nothing is matched by it."""
    equal = [bill for bill in bills if bill.is_open and bill.currency == currency and bill.due == amount]
    own = [bill for bill in equal if _alike(payer, bill.customer)]
    return tuple(own or equal)


def _due(bills: Sequence[Bill]) -> Decimal:
    return sum((bill.due for bill in bills if bill.is_open), Decimal(0))


def _numbers(bills: Sequence[Bill]) -> str:
    return ", ".join(bill.number for bill in bills)


def _alike(one: str | None, other: str | None) -> bool:
    """All words of the shorter name stand in the longer one."""
    first, second = _words(one or ""), _words(other or "")
    return bool(first and second) and (first <= second or second <= first)


def _words(name: str) -> set[str]:
    folded = unicodedata.normalize("NFKD", name).casefold()
    plain_text = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return {word for word in re.findall(r"\w{3,}", plain_text) if word not in _LEGAL}


class _Patterns(NamedTuple):
    sure: re.Pattern[str]
    broken: re.Pattern[str]
    credit_note: re.Pattern[str]


@lru_cache
def _patterns(series: str) -> _Patterns:
    letters = r"[\W_]{0,2}".join(re.escape(letter) for letter in series)
    year, serial = (rf"{_DIGIT}(?:[\W_]{{0,2}}{_DIGIT}){{{more}}}" for more in (3, 5))
    whole = r"(?:0[0-9]{5}|[1-9][0-9]{5,8})(?![0-9])"
    return _Patterns(
        re.compile(rf"{series}{_SEP}(20[0-9]{{2}}){_SEP}({whole})"),
        re.compile(rf"{letters}{_SEP}({year}){_SEP}({serial})(?![0-9])"),
        re.compile(rf"{letters}{_SEP}C[\W_]{{0,2}}N{_SEP}{year}{_SEP}{serial}"),
    )
