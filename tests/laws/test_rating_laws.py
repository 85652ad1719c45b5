"""Laws of rating: usage that comes and is booked in any parts costs what it costs at once."""

from collections import defaultdict
from decimal import Decimal, localcontext
from itertools import accumulate, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing.money import DIGITS, rounded
from shared.billing.plans.plan import Charge, Tier
from shared.billing.plans.rating import line_differences, rate, shown
from shared.billing.subscriptions.proration import included

EXAMPLES = 1000

unit_prices = st.decimals(0, 1000, places=12) | st.decimals(0, "0.01", places=6) | st.just(Decimal("0.005"))
counts = st.integers(0, 30) | st.integers(0, 10**12)
currencies = st.sampled_from(["EUR", "JPY", "KWD"])


@st.composite
def tiers(draw: st.DrawFn) -> tuple[Tier, ...]:
    ends: list[int | None] = [*sorted(draw(st.sets(counts.filter(bool), max_size=4))), None]
    return tuple(Tier(end, draw(unit_prices)) for end in ends)


def charges(*models: str) -> st.SearchStrategy[Charge]:
    each = {
        "graduated": st.builds(Charge, st.just("requests"), st.just("graduated"), counts, tiers()),
        "volume": st.builds(Charge, st.just("requests"), st.just("volume"), counts, tiers()),
        "unit": st.builds(Charge, st.just("tokens"), st.just("unit"), counts, unit_price=unit_prices),
        "flat": st.builds(Charge, st.just("tokens"), st.just("flat"), counts, amount=unit_prices),
    }
    return st.one_of([each[model] for model in models])


every = charges("graduated", "volume", "unit", "flat")


def cost(charge: Charge, beyond: int) -> Decimal:
    """Unit by unit in the models' own words, unrounded."""
    with localcontext() as context:
        context.prec = 80
        if beyond <= 0:
            return Decimal(0)
        if charge.model == "flat":
            return charge.amount or Decimal(0)
        if charge.model == "unit":
            return beyond * (charge.unit_price or Decimal(0))
        if charge.model == "volume":
            return beyond * next(
                one.unit_price for one in charge.tiers if one.up_to is None or beyond <= one.up_to
            )
        starts = [0, *(one.up_to for one in charge.tiers if one.up_to is not None), beyond]
        return sum(
            (
                max(0, min(end, beyond) - start) * one.unit_price
                for (start, end), one in zip(pairwise(starts), charge.tiers, strict=True)
            ),
            Decimal(0),
        )


@settings(max_examples=EXAMPLES)
@given(every, counts, currencies)
def test_tiers_add_up_to_the_rounded_cost_and_to_all_units_beyond_what_is_included(
    charge: Charge, quantity: int, currency: str
) -> None:
    rated = rate(charge, charge.included, quantity, currency)
    beyond = max(0, quantity - charge.included)
    assert sum(one.amount for one in rated) == rounded(cost(charge, beyond), currency)
    assert all(one.amount == rounded(one.amount, currency) for one in rated)
    if charge.model != "flat":
        assert sum(one.units for one in rated) == beyond
    if not beyond:
        assert rated == ()


@settings(max_examples=EXAMPLES)
@given(every, st.lists(counts, min_size=1, max_size=6), currencies)
def test_usage_booked_in_any_parts_costs_what_it_costs_at_once(
    charge: Charge, parts: list[int], currency: str
) -> None:
    booked: dict[int, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    used = 0
    for some in parts:
        used += some
        for line in line_differences(rate(charge, charge.included, used, currency), booked):
            units, amount = booked[line.tier]
            booked[line.tier] = units + line.units, amount + line.amount
            assert line.amount
            quantity, unit_price = shown(line, currency)
            assert quantity > 0
            with localcontext() as context:
                context.prec = 60
                assert rounded(quantity * unit_price, currency) == line.amount
    whole = rate(charge, charge.included, used, currency)
    assert {tier: amount for tier, (_, amount) in booked.items() if amount} == {
        one.tier: one.amount for one in whole if one.amount
    }
    assert not line_differences(whole, booked)


@settings(max_examples=EXAMPLES)
@given(charges("graduated", "unit", "flat"), counts, counts, currencies)
def test_more_usage_never_costs_less_but_by_volume(
    charge: Charge, quantity: int, more: int, currency: str
) -> None:
    before = {one.tier: one for one in rate(charge, charge.included, quantity, currency)}
    after = {one.tier: one for one in rate(charge, charge.included, quantity + more, currency)}
    assert before.keys() <= after.keys()
    assert all(one.units <= after[tier].units for tier, one in before.items())
    assert all(one.amount <= after[tier].amount for tier, one in before.items())


days_of_parts = st.lists(st.integers(0, 366), min_size=1, max_size=8).filter(any)


def split(units: int, days: list[int]) -> list[int]:
    ends = [*accumulate(days)]
    return [included(units, before, after, ends[-1]) for before, after in pairwise([0, *ends])]


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10**15), days_of_parts)
def test_included_units_split_over_days_are_all_there_and_each_part_is_near_its_share(
    units: int, days: list[int]
) -> None:
    parts = split(units, days)
    assert sum(parts) == units
    assert all(part >= 0 for part in parts)
    assert all(
        abs(part * sum(days) - units * some) <= sum(days) for part, some in zip(parts, days, strict=True)
    )


@settings(max_examples=EXAMPLES)
@given(st.integers(0, 10**15), days_of_parts, st.data())
def test_included_units_stay_where_a_part_of_the_days_is_split_again(
    units: int, days: list[int], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(days) - 1))
    first = data.draw(st.integers(0, days[at]))
    further = split(units, [*days[:at], first, days[at] - first, *days[at + 1 :]])
    assert [*further[:at], further[at] + further[at + 1], *further[at + 2 :]] == split(units, days)


def test_the_currencies_of_the_laws_differ_in_their_digits() -> None:
    assert {DIGITS[code] for code in ("EUR", "JPY", "KWD")} == {0, 2, 3}
