"""A plan as JSON: what is written is read again, and what is wrong is one line that names the place."""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from shared.billing.plans.plan import Charge, PlanLimits, Price, Tier
from shared.billing.plans.plan_json import Draft, checked, read_charges, read_draft, read_fee, written
from shared.errors import InvalidRequest

D = Decimal
TEAM = Draft(
    "team",
    "Team",
    (
        Price(
            "month",
            "EUR",
            D("49.00"),
            (
                Charge(
                    "requests", "graduated", 1000, (Tier(500, D("0.0005")), Tier(None, D("0.000000000001")))
                ),
                Charge("tokens", "flat", 5, amount=D("9.90")),
            ),
            is_default=True,
        ),
        Price("year", "EUR", D("490.00"), (Charge("tokens", "unit", 0, unit_price=D("0.5")),)),
        Price("month", "JPY", D(7800), (Charge("requests", "volume", 0, (Tier(None, D(3)),)),)),
    ),
    "For a team.",
    ("one key each", "mail"),
    PlanLimits(2000, None, 4),
    {"colour": "blue"},
    3,
)


def as_written() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(written(TEAM)))
    return read


def test_what_is_written_is_read_again() -> None:
    assert read_draft(json.dumps(written(TEAM))) == TEAM == checked(TEAM)


def test_the_least_that_says_a_plan() -> None:
    text = '{"id": "tiny", "name": "Tiny", "prices": [{"interval": "month", "currency": "EUR", "amount": 5}]}'
    assert read_draft(text) == Draft("tiny", "Tiny", (Price("month", "EUR", D("5.00"), (), True),))


def test_numbers_are_read_as_they_are_typed_and_never_through_a_float() -> None:
    text = json.dumps(as_written()).replace('"0.0005"', "0.10000000000000001")
    with pytest.raises(InvalidRequest, match="12 decimals"):
        read_draft(text)
    charges = read_charges([{"meter": "tokens", "model": "unit", "unit_price": D("0.100000000001")}], "EUR")
    assert charges[0].unit_price == D("0.100000000001")


def test_metadata_is_kept_and_its_fractions_become_text() -> None:
    text = json.dumps(as_written() | {"metadata": {"a": [1, True, None, {"b": "c"}], "d": "@"}})
    assert read_draft(text.replace('"@"', "1.10")).metadata == {"a": [1, True, None, {"b": "c"}], "d": "1.10"}


def test_what_the_database_adds_to_a_plan_may_stand_in_the_file() -> None:
    added = {"archived_at": None, "created_at": "2026-01-01T00:00:00+00:00", "updated_at": "x"}
    assert read_draft(json.dumps(as_written() | added)) == TEAM


Change = Callable[[dict[str, Any]], object]


def charge(number: int, **given: Any) -> Change:
    return lambda plan: plan["prices"][0]["charges"][number].update(given)


def tiers(*given: tuple[Any, Any]) -> Change:
    return charge(0, tiers=[{"up_to": end, "unit_price": price} for end, price in given])


def price(number: int, **given: Any) -> Change:
    return lambda plan: plan["prices"][number].update(given)


def top(**given: Any) -> Change:
    return lambda plan: plan.update(given)


WRONG: list[tuple[Change, str]] = [
    (top(colour="blue"), "the file has no key 'colour'; it has id, name, prices, description"),
    (lambda plan: plan.pop("prices"), "the file needs prices"),
    (top(prices=[]), "prices: is empty"),
    (top(prices={}), "prices: must be a list, [ ]"),
    (top(id="Team"), "id: must be a small letter, then"),
    (top(id="2team"), "id: must be a small letter, then"),
    (top(id="te am"), "id: must be a small letter, then"),
    (top(id="x" * 51), "id: has more than 50 characters"),
    (top(id=7), "id: must be text"),
    (top(name=" "), "name: must be text"),
    (top(name="x" * 101), "name: has more than 100 characters"),
    (top(description="hidden \u202e text"), "description: has characters that nobody sees"),
    (top(name="nul \x00"), "name: has characters that nobody sees"),
    (top(name="half \ud800"), "name: has characters that nobody sees"),
    (top(metadata={"a\u200b": 1}), "metadata: has characters that nobody sees"),
    (top(metadata={"\n": "\x1f"}), r"'metadata.\n': has characters that nobody sees"),
    (top(metadata={"\u3164": {"\u3164": 1}}), "metadata: has characters that nobody sees"),
    (top(metadata={"x" * 999: "\x1f"}), "x…: has characters that nobody sees"),
    (top(metadata=[]), "metadata: must be an object, { }"),
    (top(features="all"), "features: must be a list, [ ]"),
    (top(features=["a", 1]), "features[1]: must be text"),
    (top(features=["a"] * 101), "features: has more than 100"),
    (top(version=0), "version: must be a whole number from 1"),
    (top(limits={"perDay": 1}), "limits: has no key 'perDay'; it has requestsPerMonth, tokensPerMonth, concurrent"),
    (top(limits={"requestsPerMonth": 0}), "limits.requestsPerMonth: must be a whole number from 1 to"),
    (top(limits={"requestsPerMonth": True}), "limits.requestsPerMonth: must be a whole number"),
    (top(limits={"requestsPerMonth": 1.5}), "limits.requestsPerMonth: must be a whole number"),
    (top(limits={"concurrentRequests": 2**31}), "limits.concurrentRequests: must be a whole number"),
    (top(limits={"requestsPerMonth": 999}), "prices[0].charges[0].included: is more than limits.requestsPerMonth"),
    (top(amount="48.00"), "amount: differs from the default price, which says 49.00"),
    (top(currency="JPY"), "currency: differs from the default price, which says EUR"),
    (top(interval="year"), "interval: differs from the default price, which says month"),
    (price(0, interval="week"), "prices[0].interval: must be one of month, year"),
    (price(0, interval=[]), "prices[0].interval: must be one of month, year"),
    (price(0, currency="eur"), "prices[0].currency: must be the code of a currency"),
    (price(0, currency="XYZ"), "prices[0].currency: must be the code of a currency"),
    (price(0, currency=None), "prices[0]: needs currency"),
    (price(0, amount="49.001"), "prices[0].amount: EUR has two decimals, and 49.001 has more"),
    (price(2, amount="7800.5"), "prices[2].amount: JPY has no decimals, and 7800.5 has more"),
    (price(0, amount="-1"), "prices[0].amount: must be from 0 to"),
    (price(0, amount="1000000000000"), "prices[0].amount: must be from 0 to"),
    (price(0, amount="NaN"), "prices[0].amount: must be a number"),
    (price(0, amount="1e3"), "prices[0].amount: must be a number"),
    (price(0, amount="1_000"), "prices[0].amount: must be a number"),
    (price(0, amount="many"), "prices[0].amount: must be a number"),
    (price(0, amount=True), "prices[0].amount: must be a number"),
    (price(0, amount=None), "prices[0]: needs amount"),
    (price(0, fee=3), "prices[0]: has no key 'fee'; it has interval, currency, amount, charges, is_default"),
    (price(0, is_default="yes"), "prices[0].is_default: must be true or false"),
    (price(0, is_default=False), "prices: exactly one must have is_default: true"),
    (price(1, is_default=True), "prices: exactly one must have is_default: true"),
    (price(1, interval="month"), "prices[1]: there is a price by the month in EUR already"),
    (price(0, charges=[3]), "prices[0].charges[0]: must be an object, { }"),
    (charge(0, model="package"), "prices[0].charges[0].model: must be one of graduated, volume, unit, flat"),
    (charge(0, meter="words"), "prices[0].charges[0].meter: must be one of requests, tokens"),
    (charge(1, meter="requests"), "prices[0].charges[1]: there is a charge for requests already"),
    (charge(0, unit_price="1"), "prices[0].charges[0]: has no key 'unit_price'; it has meter, model, tiers, included"),
    (charge(0, included=-1), "prices[0].charges[0].included: must be a whole number from 0"),
    (charge(0, included="1"), "prices[0].charges[0].included: must be a whole number from 0"),
    (charge(1, amount="0"), "prices[0].charges[1].amount: must be more than 0"),
    (charge(1, amount=None), "prices[0].charges[1]: needs amount"),
    (charge(0, tiers=[]), "prices[0].charges[0].tiers: is empty"),
    (tiers((5, "1"), (5, "1"), (None, "1")), "prices[0].charges[0].tiers: up_to must rise"),
    (tiers((5, "1"), (4, "1"), (None, "1")), "prices[0].charges[0].tiers: up_to must rise"),
    (tiers((5, "1"), (9, "1")), "prices[0].charges[0].tiers[1].up_to: must be null in the last tier"),
    (tiers((None, "1"), (None, "1")), "prices[0].charges[0].tiers[0].up_to: must be a whole number from 1"),
    (tiers((0, "1"), (None, "1")), "prices[0].charges[0].tiers[0].up_to: must be a whole number from 1"),
    (tiers((None, None)), "prices[0].charges[0].tiers[0]: needs unit_price"),
    (tiers((None, "0.0000000000001")), "prices[0].charges[0].tiers[0].unit_price: has more than 12 decimals"),
    (tiers((None, "1000000.0000000000000000000001")), "tiers[0].unit_price: must be from 0 to 1,000,000"),
    (tiers((None, "999999.9999999999999999999999999999999")), "tiers[0].unit_price: has more than 12 decimals"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG, ids=[said for _, said in WRONG])
def test_what_is_wrong_is_one_line_that_names_the_place(change: Change, said: str) -> None:
    plan = as_written()
    change(plan)
    with pytest.raises(InvalidRequest) as refused:
        read_draft(json.dumps(plan))
    assert said in str(refused.value)
    assert "\n" not in refused.value.line
    assert "lectern-admin plan show basic --json" in refused.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file is no JSON"),
        ("id: team", "the file is no JSON"),
        ("[]", "the file must be an object, { }"),
        ("null", "the file must be an object, { }"),
        ('{"id": "a", "id": "b"}', "the file has the key 'id' twice in one object"),
        ('{"id": NaN}', "the file has NaN, which is no number"),
        ('{"id": -Infinity}', "the file has -Infinity, which is no number"),
        ('{"id": ' + "9" * 5000 + "}", "the file has a number with too many digits"),
        ('{"id": 1e' + "9" * 50 + "}", "the file has a number with too many digits"),
        ("[" * 100_000, "the file is nested too deeply"),
        ('{"a":' * 3000 + "1" + "}" * 3000, "the file is nested too deeply"),
        (" " * 1_000_001, "the file is too large"),
    ],
)
def test_what_is_no_plan_at_all_is_one_line(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read_draft(text)
    assert said in str(refused.value)
    assert len(refused.value.line) < 200


def test_a_name_is_one_line_of_text() -> None:
    assert checked(replace(TEAM, name=" Team \n of  many ")).name == "Team of many"


def test_a_fee_may_be_nothing() -> None:
    assert read_fee("0", "EUR") == 0
    assert str(read_fee("7.5", "EUR")) == "7.50"
    with pytest.raises(InvalidRequest, match="--amount: must be a number"):
        read_fee("seven", "EUR")
