"""Laws of an invoice's lines: none is below zero in all, and what is cut for that is all that had to be."""

from collections import defaultdict
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing.invoices.lines import Line, fitted

DAY, NEXT = date(2026, 10, 1), date(2026, 10, 2)

cents = st.integers(-10_000, 10_000).filter(bool).map(lambda number: Decimal(number) / 100)


def line(amount: Decimal) -> Line:
    return Line("adjustment", "", 1, amount, amount, DAY, NEXT, DAY)


@settings(max_examples=1000)
@given(st.lists(st.tuples(cents.map(line), st.sampled_from("SEO")), max_size=12))
def test_each_tax_group_keeps_what_it_can_take(lines: list[tuple[Line, str]]) -> None:
    kept = fitted(lines)
    asked: dict[str, Decimal] = defaultdict(Decimal)
    for one, group in lines:
        asked[group] += one.amount
    assert sum(one.amount for one in kept) == sum(max(amount, Decimal(0)) for amount in asked.values())
    assert all(one.amount and one.unit_price * one.quantity == one.amount for one in kept)
    more = [one for one, _ in lines if one.amount > 0]
    assert [one for one in kept if one.amount > 0] == more
    if all(amount >= 0 for amount in asked.values()):
        assert kept == [one for one, _ in lines]
