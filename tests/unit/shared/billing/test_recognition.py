"""Of fees, what is to come and what is earned: by days, exact to the cent, whatever way leads to a day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.books.bill import Bill, Days, Lowers, Note
from shared.billing.books.recognition import at_end, at_issue, by_note, deferred, recognised

NOVEMBER = (date(2026, 11, 1), date(2026, 12, 1))
DAY = timedelta(days=1)
LOWERS: tuple[Lowers, ...] = ("share", "days", "earned")


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


def november(day: int) -> date:
    return date(2026, 11, day)


def bill(issued: date = NOVEMBER[0], fee: str = "49.99", notes: Any = (), **more: Any) -> Bill:
    fees = more.pop("fees", (Days(Decimal(fee), *NOVEMBER),))
    ended = more.pop("ended", None)
    subtotal = sum((one.amount for one in fees), Decimal(more.pop("usage", 0)))
    return Bill(
        "EUR",
        subtotal,
        at(issued),
        issued,
        fees,
        tuple(notes),
        ended_at=ended and at(ended),
        ended_on=ended,
    )


def note(day: int, amount: str, lowers: Any = "share", days: Days | None = None) -> Note:
    return Note(f"CN-{day}", at(november(day)), november(day), Decimal(amount), lowers, days)


@pytest.mark.parametrize(
    ("issued", "later"),
    [
        (date(2026, 10, 31), "49.99"),
        (november(1), "49.99"),
        (november(2), "48.32"),
        (november(16), "25.00"),  # 24.995
        (november(30), "1.67"),
        (date(2026, 12, 1), "0"),
    ],
)
def test_a_fee_is_deferred_for_the_days_from_its_invoices_own_on(issued: date, later: str) -> None:
    assert at_issue(bill(issued)) == Decimal(later)


def test_days_earn_the_differences_of_what_is_left() -> None:
    one = bill(fee="49.99")
    parts = [recognised(one, november(first), november(first) + 10 * DAY) for first in (10, 20)]
    assert [recognised(one, november(1) - DAY, november(10)), *parts] == [
        Decimal("16.66"),
        Decimal("16.67"),
        Decimal("16.66"),
    ]


def test_a_note_takes_its_share_of_what_is_left_of_all_lines() -> None:
    """Half of 30 + 70 of usage; then all the rest."""
    one = bill(fee="30.00", usage="70.00", notes=[note(16, "50.00"), note(21, "50.00")])
    assert by_note(one, "CN-16") == Decimal("-7.50")
    assert by_note(one, "CN-21") == Decimal("-5.00")
    assert deferred(one, november(21), november(21)) == 0


def test_a_note_of_usage_leaves_what_is_deferred_and_a_later_one_takes_all_of_it() -> None:
    one = bill(fee="30.00", usage="70.00", notes=[note(2, "70.00", "earned"), note(16, "30.00")])
    assert by_note(one, "CN-2") == 0
    assert by_note(one, "CN-16") == Decimal("-15.00")


def test_a_note_of_days_takes_these_days() -> None:
    rest = Days(Decimal("10.00"), november(21), date(2026, 12, 1))
    one = bill(fee="30.00", notes=[note(21, "10.00", "days", rest)])
    assert by_note(one, "CN-21") == Decimal("-10.00")
    assert recognised(one, november(20), november(30)) == 0


def test_a_change_within_the_month_earns_each_plan_by_its_days() -> None:
    """19.00 for October, then 49.00 from the 16th on."""
    rest = (date(2026, 10, 16), date(2026, 11, 1))
    change = bill(date(2026, 10, 16), fees=(Days(Decimal("-9.81"), *rest), Days(Decimal("25.29"), *rest)))
    assert at_issue(change) == Decimal("15.48")
    assert recognised(change, date(2026, 10, 15), date(2026, 10, 31)) == Decimal("15.48")


def test_an_end_earns_what_nobody_gets_back_and_notes_after_it_take_of_what_is_earned() -> None:
    one = bill(fee="30.00", ended=november(11), notes=[note(6, "10.00"), note(12, "10.00")])
    assert by_note(one, "CN-6") == Decimal("-8.33")  # a third of 25
    assert at_end(one) == Decimal("13.33")
    assert by_note(one, "CN-12") == 0
    assert deferred(one, november(11), november(12)) == 0
    assert at_issue(bill(november(12), ended=november(11))) == 0


def test_a_note_at_the_instant_of_the_end_comes_after_it() -> None:
    one = bill(fee="30.00", ended=november(11), notes=[note(11, "10.00")])
    assert (by_note(one, "CN-11"), at_end(one)) == (Decimal(0), Decimal("20.00"))


_DAYS = st.integers(-5, 70).map(lambda day: NOVEMBER[0] + day * DAY)
_AMOUNTS = st.integers(1, 9_999).map(lambda cents: Decimal(cents) / 100)


@st.composite
def bills(draw: st.DrawFn) -> Bill:
    fees = [
        Days(draw(st.sampled_from((1, -1))) * draw(_AMOUNTS), start, start + draw(st.integers(1, 400)) * DAY)
        for start in draw(st.lists(_DAYS, min_size=1, max_size=3))
    ]
    subtotal = sum((fee.amount for fee in fees if fee.amount > 0), Decimal(0)) + draw(_AMOUNTS)
    issued, left, notes = draw(_DAYS), subtotal, []
    for place, day in enumerate(sorted(draw(st.lists(_DAYS.filter(lambda day: day >= issued), max_size=3)))):
        amount = min(draw(_AMOUNTS), left)
        if not amount:
            break
        left -= amount
        lowers: Lowers = draw(st.sampled_from(LOWERS))
        start = draw(_DAYS)
        days = Days(amount, start, start + draw(st.integers(1, 40)) * DAY) if lowers == "days" else None
        notes.append(Note(f"CN-{place}", at(day), day, amount, lowers, days))
    ended = draw(st.none() | _DAYS)
    return Bill(
        "EUR", subtotal, at(issued), issued, tuple(fees), tuple(notes), at(ended) if ended else None, ended
    )


@given(bills(), st.lists(st.integers(-10, 500), max_size=6))
def test_whenever_it_is_booked_the_same_is_deferred_and_all_is_earned_in_the_end(
    one: Bill, cuts: list[int]
) -> None:
    first, last = NOVEMBER[0] - 11 * DAY, NOVEMBER[0] + 501 * DAY
    balance, before = Decimal(0), first
    for upto in [*sorted({first + (cut + 1) * DAY for cut in cuts}), last]:
        if one.on <= upto and one.on > before:
            balance += at_issue(one)
        balance += sum(by_note(one, note.number) for note in one.notes if before < note.on <= upto)
        if one.ended_on and before < one.ended_on <= upto:
            balance -= at_end(one)
        balance -= recognised(one, before, upto)
        assert balance == deferred(one, upto, upto + DAY)
        before = upto
    assert balance == 0
