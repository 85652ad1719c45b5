"""Periods of the books as people type them."""

from datetime import date

import pytest

from admin import when
from shared.errors import InvalidRequest


@pytest.mark.parametrize(
    ("typed", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026Q1", "2026-01-01", "2026-03-31"),
        (" 2026-q4 ", "2026-10-01", "2026-12-31"),
        ("2026Q2", "2026-04-01", "2026-06-30"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("9999-12", "9999-12-01", "9999-12-31"),
    ],
)
def test_a_period_is_a_year_a_quarter_or_a_month(typed: str, first: str, last: str) -> None:
    assert when.period(typed) == (date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        *(
            (typed, "is no date")
            for typed in ("", "soon", "20261231", "2026-1-1", "2026-02-30", "2026-W01-1", "２０２６-01-01")
        ),
        *((typed, "too far away") for typed in ("0001-01-01", "1999-12-31")),
    ],
)
def test_what_is_no_day_of_the_books_is_refused(typed: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        when.day(typed)


@pytest.mark.parametrize(
    "typed", ["", "26", "2026Q5", "2026Q0", "2026-13", "2026-1", "0000", "2026-11-01", "٢٠٢٦"]
)
def test_what_is_no_period_is_refused(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="is no period"):
        when.period(typed)
