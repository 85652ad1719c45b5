"""Pure: an invoice as its revenue is recognised: its fees by days, its credit notes, its subscription's end."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal

Lowers = Literal["days", "share", "earned"]


@dataclass(frozen=True, slots=True)
class Days:
    """An amount without tax that is earned day by day, from the first day to the one before `ends_on`."""

    amount: Decimal
    starts_on: date
    ends_on: date

    def to_come(self, day: date) -> Fraction:
        """What of it is not earned as `day` begins."""
        left = (self.ends_on - max(self.starts_on, day)).days
        if left <= 0:
            return Fraction(0)
        return Fraction(self.amount) * left / (self.ends_on - self.starts_on).days


@dataclass(frozen=True, slots=True)
class Note:
    """A credit note's `amount` without tax, and what it lowers.

    `days` are those of a fee that came back; `share`, its part of all that is left of the invoice; `earned`, what was
    earned at once: usage, an adjustment.
    """

    number: str
    at: datetime
    on: date
    amount: Decimal
    lowers: Lowers
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Bill:
    """An invoice that was sent, its notes in order, and when its subscription ended, if it did.

    Days are those of its seller's zone. Of what ended nothing is to come.
    """

    currency: str
    subtotal: Decimal
    at: datetime
    on: date
    fees: tuple[Days, ...] = ()
    notes: tuple[Note, ...] = ()
    ended_at: datetime | None = None
    ended_on: date | None = None


def bill(currency: str, facts: Mapping[str, Any]) -> Bill:
    """Of facts as the function deferring_invoices writes them: amounts and times as text."""
    ended_at, ended_on = facts["ended_at"], facts["ended_on"]
    return Bill(
        currency,
        Decimal(facts["subtotal"]),
        datetime.fromisoformat(facts["at"]),
        date.fromisoformat(facts["on"]),
        tuple(_days(*fee) for fee in facts["fees"]),
        tuple(_note(*note) for note in facts["notes"]),
        datetime.fromisoformat(ended_at) if ended_at else None,
        date.fromisoformat(ended_on) if ended_on else None,
    )


def _days(amount: str, starts_on: str, ends_on: str) -> Days:
    return Days(Decimal(amount), date.fromisoformat(starts_on), date.fromisoformat(ends_on))


def _note(number: str, at: str, on: str, amount: str, lowers: Lowers, starts_on: str, ends_on: str) -> Note:
    days = _days(amount, starts_on, ends_on) if lowers == "days" else None
    return Note(number, datetime.fromisoformat(at), date.fromisoformat(on), Decimal(amount), lowers, days)
