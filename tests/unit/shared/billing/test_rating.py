"""What a quantity costs, model by model, at and around what is included and where a tier ends."""

from decimal import Decimal

import pytest

from shared.billing.plans.plan import Charge, Tier
from shared.billing.plans.rating import Line, TierAmount, line_differences, rate, shown

D = Decimal
TIERS = (Tier(100, D("0.05")), Tier(400, D("0.03")), Tier(None, D("0.01")))
GRADUATED = Charge("requests", "graduated", 10, TIERS)
VOLUME = Charge("requests", "volume", 10, TIERS)
UNIT = Charge("tokens", "unit", 10, unit_price=D("0.000004"))
FLAT = Charge("tokens", "flat", 10, amount=D("25"))


def told(charge: Charge, quantity: int, currency: str = "EUR") -> list[tuple[int, int, str]]:
    rated = rate(charge, charge.included, quantity, currency)
    return [(one.tier, one.units, str(one.amount)) for one in rated]


@pytest.mark.parametrize("charge", [GRADUATED, VOLUME, UNIT, FLAT])
@pytest.mark.parametrize("quantity", [0, 1, 10])
def test_what_is_included_costs_nothing(charge: Charge, quantity: int) -> None:
    assert told(charge, quantity) == []


@pytest.mark.parametrize(
    ("quantity", "tiers"),
    [
        (11, [(0, 1, "0.05")]),
        (110, [(0, 100, "5.00")]),
        (111, [(0, 100, "5.00"), (1, 1, "0.03")]),
        (410, [(0, 100, "5.00"), (1, 300, "9.00")]),
        (411, [(0, 100, "5.00"), (1, 300, "9.00"), (2, 1, "0.01")]),
    ],
)
def test_graduated_prices_each_unit_in_its_own_tier(quantity: int, tiers: list[tuple[int, int, str]]) -> None:
    assert told(GRADUATED, quantity) == tiers


@pytest.mark.parametrize(
    ("quantity", "tiers"),
    [
        (11, [(0, 1, "0.05")]),
        (110, [(0, 100, "5.00")]),
        (111, [(1, 101, "3.03")]),
        (410, [(1, 400, "12.00")]),
        (411, [(2, 401, "4.01")]),
    ],
)
def test_volume_prices_all_units_in_the_tier_that_is_reached(
    quantity: int, tiers: list[tuple[int, int, str]]
) -> None:
    assert told(VOLUME, quantity) == tiers


def test_a_unit_may_cost_less_than_the_smallest_coin() -> None:
    assert told(UNIT, 1_260) == [(0, 1_250, "0.01")]
    assert told(UNIT, 1_259) == [(0, 1_249, "0.00")]


def test_flat_is_due_once_and_whole() -> None:
    assert told(FLAT, 11) == told(FLAT, 10**12) == [(0, 1, "25.00")]


def test_tiers_add_up_to_the_rounded_whole() -> None:
    halves = Charge("requests", "graduated", 0, (Tier(1, D("0.005")), Tier(2, D("0.005")), Tier(None, D(1))))
    assert told(halves, 2) == [(0, 1, "0.01"), (1, 1, "0.00")]


def test_amounts_have_the_digits_of_their_currency() -> None:
    assert told(GRADUATED, 60, "JPY") == [(0, 50, "3")]
    assert told(GRADUATED, 60, "KWD") == [(0, 50, "2.500")]


def test_a_quantity_beyond_all_reason_is_exact() -> None:
    dear = Charge("tokens", "unit", 0, unit_price=D("999999.999999999999"))
    [one] = rate(dear, 0, 10**15, "EUR")
    assert one.amount == D("999999999999999999000.00")


def test_only_what_is_not_booked_becomes_a_line() -> None:
    rated = rate(GRADUATED, 10, 210, "EUR")
    assert line_differences(rated, {0: (40, D("2.00"))}) == [
        Line(0, 60, D("0.05"), D("3.00")),
        Line(1, 100, D("0.03"), D("3.00")),
    ]
    assert line_differences(rated, {one.tier: (one.units, one.amount) for one in rated}) == []


def test_units_that_cost_nothing_yet_wait_for_those_that_complete_a_coin() -> None:
    assert line_differences(rate(UNIT, 10, 1_000, "EUR"), {}) == []
    assert line_differences(rate(UNIT, 10, 1_260, "EUR"), {}) == [Line(0, 1_250, D("0.000004"), D("0.01"))]


def test_volume_takes_back_what_was_booked_in_the_tier_that_it_left() -> None:
    assert line_differences(rate(VOLUME, 10, 111, "EUR"), {0: (100, D("5.00"))}) == [
        Line(0, -100, D(0), D("-5.00")),
        Line(1, 101, D("0.03"), D("3.03")),
    ]


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        (Line(0, 60, D("0.05"), D("3.00")), (60, D("0.05"))),
        (Line(0, 3, D("0.005"), D("0.01")), (1, D("0.01"))),
        (Line(0, -100, D(0), D("-5.00")), (1, D("-5.00"))),
        (Line(0, 1, D("25"), D("25.00")), (1, D("25"))),
    ],
)
def test_a_line_shows_quantity_and_unit_price_only_where_they_multiply_to_its_amount(
    line: Line, wanted: tuple[int, Decimal]
) -> None:
    assert shown(line, "EUR") == wanted


def test_what_is_rated_keeps_the_price_of_its_tier() -> None:
    assert rate(GRADUATED, 0, 1, "EUR") == (TierAmount(0, 1, D("0.05"), D("0.05")),)
