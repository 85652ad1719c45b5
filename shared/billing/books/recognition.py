"""Pure: what of an invoice's fees is still to be earned, by days; what its credit notes and an end take of that.

What is deferred is the sum of the days to come, rounded once an invoice, so that it is the same on a day, whatever way
leads there: what is recognised between two days is a difference, and parts add up.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from shared.billing.books.bill import Bill
from shared.billing.money import share

_DAY = timedelta(days=1)


def at_issue(bill: Bill) -> Decimal:
    """What is deferred of an invoice as it is issued; its own day is still to come."""
    return Decimal(0) if _has_ended(bill, bill.at) else _deferred(bill, bill.on, 0)


def by_note(bill: Bill, number: str) -> Decimal:
    """By how much its note of this number changes what is deferred; below zero where it takes of it."""
    place, note = next((place, note) for place, note in enumerate(bill.notes) if note.number == number)
    if _has_ended(bill, note.at):
        return Decimal(0)
    return _deferred(bill, note.on, place + 1) - _deferred(bill, note.on, place)


def at_end(bill: Bill) -> Decimal:
    """What was deferred as its subscription ended, and is earned by that."""
    if bill.ended_at is None or bill.ended_on is None or _has_ended(bill, bill.at):
        return Decimal(0)
    return _deferred(bill, bill.ended_on, sum(note.at < bill.ended_at for note in bill.notes))


def deferred(bill: Bill, known: date, day: date) -> Decimal:
    """What is deferred as `day` begins, by all that happened up to the day `known`."""
    if bill.on > known or (bill.ended_on is not None and bill.ended_on <= known):
        return Decimal(0)
    return _deferred(bill, day, sum(note.on <= known for note in bill.notes))


def recognised(bill: Bill, after: date, upto: date) -> Decimal:
    """What the days after one, up to another, earned: what was deferred and what came to it, less what is left."""
    moved = sum((amount for on, amount in _moves(bill) if after < on <= upto), Decimal(0))
    return deferred(bill, after, after + _DAY) + moved - deferred(bill, upto, upto + _DAY)


def _moves(bill: Bill) -> Iterator[tuple[date, Decimal]]:
    """What changed the deferred revenue beside the days."""
    yield bill.on, at_issue(bill)
    for note in bill.notes:
        yield note.on, by_note(bill, note.number)
    if bill.ended_on is not None:
        yield bill.ended_on, -at_end(bill)


def _has_ended(bill: Bill, at: datetime) -> bool:
    return bill.ended_at is not None and bill.ended_at <= at


def _deferred(bill: Bill, day: date, notes: int) -> Decimal:
    """As `day` begins, after so many of the notes."""
    parts = [fee.to_come(day) for fee in bill.fees]
    left = bill.subtotal
    for note in bill.notes[:notes]:
        if note.lowers == "share":
            kept = Fraction(left - note.amount) / Fraction(left) if left else Fraction(0)
            parts = [part * kept for part in parts]
        elif note.days:
            parts.append(-note.days.to_come(day))
        left -= note.amount
    whole = sum(parts, Fraction(0))
    return share(Decimal(whole.numerator), 1, whole.denominator, bill.currency)
