"""Whether an unpaid invoice is tried now."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.payments.charging.attempt import Try, Unpaid, decide
from shared.billing.payments.dunning import dunning
from shared.billing.payments.payment import MOVES, stands

DUE = date(2026, 3, 1)
OLD, NEW = uuid4(), uuid4()


@pytest.mark.parametrize(
    ("days", "done", "wanted"),
    [
        (-1, (), None),
        (0, (), 0),
        (2, (0,), None),
        (3, (0,), 1),
        (7, (0, 1), 2),
        (13, (0, 1, 2), None),
        (14, (0, 1, 2), 3),
        (8, (0,), 2),  # the third day was missed
        (60, (), 3),
        (60, (3,), None),
        (3, (2,), None),
    ],
)
def test_the_newest_step_whose_day_has_come_is_due_once(
    days: int, done: tuple[int, ...], wanted: int | None
) -> None:
    assert dunning.step(DUE, DUE + timedelta(days=days), done) == wanted


@given(st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_whatever_days_are_missed_no_step_is_done_twice_and_the_last_one_ends_it(days: list[int]) -> None:
    done: list[int] = []
    for day in sorted(days):
        if (step := dunning.step(DUE, DUE + timedelta(days=day), done)) is not None:
            assert dunning.day_of(DUE, step) <= DUE + timedelta(days=day)
            done.append(step)
    assert done == sorted(set(done))
    assert dunning.is_over(done) == (max(days) >= dunning.DAYS[-1])


@pytest.mark.parametrize(
    ("unpaid", "method", "day", "wanted"),
    [
        (Unpaid(DUE), NEW, -1, None),
        (Unpaid(DUE), NEW, 0, Try("dunning", 0)),
        (Unpaid(DUE, (0,), {OLD}, OLD, "soft"), OLD, 1, None),
        (Unpaid(DUE, (0,), {OLD}, OLD, "soft"), OLD, 3, Try("dunning", 1)),
        (Unpaid(DUE, (0,), {OLD}, OLD, "authentication"), OLD, 3, Try("dunning", 1)),
        (Unpaid(DUE, (0,), {OLD}, OLD, "hard"), OLD, 3, None),
        (Unpaid(DUE, (0,), {OLD}, OLD, "hard"), NEW, 1, Try("method")),
        (Unpaid(DUE, (0,), {OLD}, OLD, "hard"), NEW, 3, Try("dunning", 1)),
        (Unpaid(DUE, (0, 1, 2, 3), {OLD}, OLD, "soft"), NEW, 40, Try("method")),
        (Unpaid(DUE, (0, 1, 2, 3), {OLD, NEW}, NEW, "soft"), NEW, 40, None),
        (Unpaid(DUE, (0,)), NEW, 1, Try("method")),  # it was reminded of, and then there was a method
    ],
)
def test_a_hard_decline_waits_for_another_method_which_is_tried_at_once(
    unpaid: Unpaid, method: object, day: int, wanted: Try | None
) -> None:
    assert decide(unpaid, method, DUE + timedelta(days=day)) == wanted  # type: ignore[arg-type]


def test_a_payment_moves_as_the_issue_has_it() -> None:
    legal = {(before, after) for before, moves in MOVES.items() for after in moves}
    assert legal == {
        ("pending", "processing"),
        ("pending", "completed"),
        ("pending", "failed"),
        ("processing", "completed"),
        ("processing", "failed"),
        ("completed", "refunded"),
        ("refunded", "completed"),
    }
    assert not MOVES["failed"]


def test_a_payment_is_refunded_once_all_of_it_went_back() -> None:
    assert [stands(10, back) for back in (0, 9, 10)] == ["completed", "completed", "refunded"]  # type: ignore[arg-type]
