"""Whose VAT a document's tax is, and what sums of foreign currencies come to."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.money import rounded
from shared.billing.parties.party import party
from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import known
from shared.billing.parties.tax import treatment
from shared.billing.reports.vat import Sum, added, converted, country

FRENCH = Seller(country="FR", postcode="75001", vat_number="FR40303265045")
OSS = replace(FRENCH, oss=True)
SMALL = replace(OSS, small_business=True)
BERLIN: dict[str, Any] = {"country": "DE", "postcode": "10115"}
GERMAN: dict[str, Any] = {"vat_number": "DE136695976"}
WHOSE: list[tuple[str, Seller, dict[str, Any], str, str]] = [
    ("at home", FRENCH, {"country": "FR", "postcode": "69001"}, "S", "FR"),
    ("Monaco", OSS, {"country": "MC"}, "S", "FR"),
    ("Réunion", FRENCH, {"country": "RE"}, "S", "FR"),
    (
        "a business at home",
        OSS,
        {"country": "DE", "postcode": "10115", "vat_number": "FR83404833048"},
        "S",
        "FR",
    ),
    ("a consumer below the threshold", FRENCH, BERLIN, "S", "FR"),
    ("a consumer by the One-Stop Shop", OSS, BERLIN, "S", "DE"),
    ("a part of a country", OSS, {"country": "PT", "postcode": "9000"}, "S", "PT"),
    ("a business elsewhere", FRENCH, {**BERLIN, **GERMAN}, "AE", "DE"),
    ("a number alone", OSS, GERMAN, "AE", "DE"),
    ("a Greek number", FRENCH, {"country": "GR", "vat_number": "EL094259216"}, "AE", "GR"),
    ("outside the Union", FRENCH, {"country": "US"}, "O", "US"),
    ("the Canaries", OSS, {"country": "ES", "postcode": "35001"}, "O", "ES"),
    ("a small business at home", SMALL, {"country": "FR", "postcode": "69001"}, "E", "FR"),
    ("a small business, and a customer of whom nothing is known", SMALL, {}, "E", "FR"),
    ("a seller outside the Union", Seller(country="CH", oss=True), BERLIN, "S", "DE"),
]


@pytest.mark.parametrize(
    ("seller", "customer", "category", "whose"), [one[1:] for one in WHOSE], ids=[one[0] for one in WHOSE]
)
def test_vat_is_of_the_country_whose_rate_was_charged_or_where_it_is_to_be_paid(
    seller: Seller, customer: dict[str, Any], category: str, whose: str
) -> None:
    whole = Profile(**customer)
    assert treatment(seller, whole, date(2026, 12, 1), known()).category == category
    assert country(category, party(seller), party(whole), known()) == whose


def test_parties_that_name_no_country_have_none() -> None:
    assert country("S", None, None, known()) is None


def one(currency: str, base: str, tax: str = "0", **more: Any) -> Sum:
    given = {"country": "FR", "category": "S", "rate": Decimal(20), "kind": "invoice", "documents": 1, **more}
    return Sum(currency=currency, base=Decimal(base), tax=Decimal(tax), **given)


def test_sums_that_are_alike_are_added_and_others_stand_in_order() -> None:
    note = one("EUR", "-1", kind="credit_note")
    listed = [
        one("JPY", "5"),
        note,
        one("EUR", "2", "1"),
        one("EUR", "3", "1"),
        one("EUR", "1", country="DE"),
    ]
    assert added(listed) == [
        one("EUR", "1", country="DE"),
        one("EUR", "5", "2", documents=2),
        note,
        one("JPY", "5"),
    ]


def test_a_currency_without_a_rate_is_not_converted_and_the_sellers_own_stays() -> None:
    found = converted(
        [one("EUR", "1.00"), one("KWD", "1.000"), one("USD", "10.80", "2.16")],
        "EUR",
        {"USD": Decimal("1.08")},
    )
    assert found == [one("EUR", "1.00"), None, one("EUR", "10.00", "2.00")]


@given(
    st.lists(
        st.tuples(st.sampled_from(["USD", "JPY"]), st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
    ),
    st.decimals("0.0001", "10000", places=4),
)
def test_parts_add_up_to_the_sum_of_their_currency_converted_once(
    parts: list[tuple[str, int, int]], rate: Decimal
) -> None:
    listed = [one(code, str(base), str(tax)) for code, base, tax in parts]
    found = converted(listed, "KWD", {"USD": rate, "JPY": 2 * rate})
    for code, worth in (("USD", rate), ("JPY", 2 * rate)):
        for name in ("base", "tax"):
            whole = sum((getattr(part, name) for part in listed if part.currency == code), Decimal(0))
            come_to = sum(
                (
                    getattr(other, name)
                    for part, other in zip(listed, found, strict=True)
                    if part.currency == code
                ),
                Decimal(0),
            )
            assert come_to == rounded(whole / worth, "KWD")
