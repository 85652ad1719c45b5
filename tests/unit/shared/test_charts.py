"""Where bars stand: as long as their amounts, within their picture, from one zero on."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.charts import MOST_LINES, columns, lengths

HEIGHT = 200
AMOUNTS = st.lists(st.decimals(-(10**12), 10**12, places=3), min_size=1, max_size=12).filter(any)


@pytest.mark.parametrize(
    ("amounts", "lines"),
    [
        (["9480.35", "18240.10"], ["0", "5000", "10000", "15000", "20000"]),
        (["-42000", "264000"], ["-100000", "0", "100000", "200000", "300000"]),
        (["0.03"], ["0.00", "0.01", "0.02", "0.03"]),
        (["-7"], ["-8", "-6", "-4", "-2", "0"]),
    ],
)
def test_lines_are_round_amounts_around_all_columns(amounts: list[str], lines: list[str]) -> None:
    drawn = columns([Decimal(amount) for amount in amounts], HEIGHT)
    assert [amount for amount, _ in drawn.lines] == [Decimal(line) for line in lines]


@given(AMOUNTS)
def test_columns_stand_on_zero_and_are_as_high_as_their_amounts(amounts: list[Decimal]) -> None:
    drawn = columns(amounts, HEIGHT)
    (low, bottom), *_, (high, top) = drawn.lines
    assert (top, bottom) == (Decimal(0), Decimal(HEIGHT))
    assert len(drawn.lines) <= MOST_LINES + 2
    assert low <= min(*amounts, Decimal(0)) <= max(*amounts, Decimal(0)) <= high
    unit = HEIGHT / (high - low)
    for amount, bar in zip(amounts, drawn.bars, strict=True):
        assert (bar.start + bar.length if amount > 0 else bar.start) == drawn.zero
        assert abs(bar.length - abs(amount) * unit) <= 1
        assert (bar.length > 0) == bool(amount)


@given(st.lists(st.decimals(0, 10**12, places=2), min_size=1).filter(any))
def test_bars_side_by_side_are_parts_of_the_longest(amounts: list[Decimal]) -> None:
    found = lengths(amounts, 360)
    assert max(found) == 360
    for amount, length in zip(amounts, found, strict=True):
        assert abs(length - amount * 360 / max(amounts)) <= 1
        assert (length > 0) == (amount > 0)
