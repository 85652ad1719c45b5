"""Which VAT a line takes, by who sells to whom on which day, and the tax of a document's lines."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import known
from shared.billing.parties.tax import NOTES, TaxGroup, Treatment, Undecided, groups, spread, treatment

DAY = date(2026, 12, 1)
FRENCH = Seller(country="FR", postcode="75001", vat_number="FR40303265045")
SWISS = Seller(country="CH", vat_number="CHE116281710MWST")
AMERICAN = Seller(country="US")
SMALL = replace(FRENCH, small_business=True, vat_number=None)
OSS = replace(FRENCH, oss=True)
GERMAN_NUMBER = "DE136695976"
BERLIN: dict[str, Any] = {"country": "DE", "postcode": "10115"}
GERMAN = Seller(**BERLIN, vat_number=GERMAN_NUMBER)


def told(seller: Seller, customer: dict[str, Any], day: date = DAY) -> str:
    found = treatment(seller, Profile(**customer), day, known())
    return f"{found.category} {found.rate}"


CASES: list[tuple[str, Seller, dict[str, Any], str]] = [
    ("at home", FRENCH, {"country": "FR", "postcode": "69001"}, "S 20"),
    ("a business at home", FRENCH, {"country": "FR", "vat_number": "FR83404833048"}, "S 20"),
    ("a business of the Union", FRENCH, {**BERLIN, "vat_number": GERMAN_NUMBER}, "AE 0"),
    ("a number alone", FRENCH, {"vat_number": GERMAN_NUMBER}, "AE 0"),
    ("a number of another country", FRENCH, {"country": "US", "vat_number": GERMAN_NUMBER}, "AE 0"),
    ("a French number abroad", FRENCH, {**BERLIN, "vat_number": "FR83404833048"}, "S 20"),
    ("a Greek number", FRENCH, {"country": "GR", "vat_number": "EL094259216"}, "AE 0"),
    ("a consumer below the threshold", FRENCH, BERLIN, "S 20"),
    ("a consumer by the One-Stop Shop", OSS, BERLIN, "S 19"),
    ("Finland", OSS, {"country": "FI", "postcode": "00100"}, "S 25.5"),
    ("Madeira", OSS, {"country": "PT", "postcode": "9000-123"}, "S 22"),
    ("the Azores", OSS, {"country": "PT", "postcode": "9500"}, "S 16"),
    ("Jungholz", OSS, {"country": "AT", "postcode": "6691"}, "S 19"),
    ("the Canaries", OSS, {"country": "ES", "postcode": "35001"}, "O 0"),
    ("a business of the Canaries", FRENCH, {"country": "ES", "postcode": "38 001", "vat_number": "ESX2482300W"}, "O 0"),
    ("Ceuta", OSS, {"country": "ES", "postcode": "51001"}, "O 0"),
    ("Melilla", OSS, {"country": "ES", "postcode": "52001"}, "O 0"),
    ("Madrid", OSS, {"country": "ES", "postcode": "28001"}, "S 21"),
    ("Guadeloupe", FRENCH, {"country": "FR", "postcode": "F-97100"}, "S 8.5"),
    ("Guadeloupe by its own code", FRENCH, {"country": "GP"}, "S 8.5"),
    ("Martinique", FRENCH, {"country": "FR", "postcode": "97200"}, "S 8.5"),
    ("Réunion", FRENCH, {"country": "RE"}, "S 8.5"),
    ("Guyane", FRENCH, {"country": "FR", "postcode": "97300"}, "Z 0"),
    ("Mayotte", FRENCH, {"country": "FR", "postcode": "97600"}, "Z 0"),
    ("Saint-Martin", FRENCH, {"country": "FR", "postcode": "97150"}, "O 0"),
    ("Nouméa", FRENCH, {"country": "FR", "postcode": "98800"}, "O 0"),
    ("Réunion, for others", replace(OSS, country="BE", vat_number="BE0428759497"), {"country": "RE"}, "O 0"),
    ("Büsingen", OSS, {"country": "DE", "postcode": "78266"}, "O 0"),
    ("Büsingen, for the Swiss", SWISS, {"country": "DE", "postcode": "D-78266"}, "S 8.1"),
    ("Helgoland", OSS, {"country": "DE", "postcode": "27498"}, "O 0"),
    ("Livigno", OSS, {"country": "IT", "postcode": "23041"}, "O 0"),
    ("Mount Athos", OSS, {"country": "GR", "postcode": "630 86"}, "O 0"),
    ("Åland", OSS, {"country": "FI", "postcode": "22100"}, "O 0"),
    ("Åland, for Finns", Seller(country="FI", postcode="00100"), {"country": "AX"}, "S 25.5"),
    ("Monaco", FRENCH, {"country": "MC"}, "S 20"),
    ("Monaco, for a German", GERMAN, {"country": "MC", "vat_number": "FR53000004605"}, "AE 0"),
    ("Northern Ireland", FRENCH, {"country": "GB", "vat_number": "XI110305878"}, "O 0"),
    ("Great Britain", OSS, {"country": "GB"}, "O 0"),
    ("the United States", FRENCH, {"country": "US"}, "O 0"),
    ("a small business at home", SMALL, {"country": "FR", "postcode": "69001"}, "E 0"),
    ("a small business and a consumer", SMALL, BERLIN, "E 0"),
    ("a small business and nobody knows whom", SMALL, {}, "E 0"),
    ("a small business and the United States", SMALL, {"country": "US"}, "O 0"),
    ("a small business anywhere, at home", replace(AMERICAN, small_business=True), {"country": "US"}, "E 0"),
    ("Switzerland, at home", SWISS, {"country": "LI"}, "S 8.1"),
    ("Norway, at home", Seller(country="NO"), {"country": "NO"}, "S 25"),
    ("Britain, at home", Seller(country="GB"), {"country": "IM"}, "S 20"),
    ("from outside, a business", SWISS, {**BERLIN, "vat_number": GERMAN_NUMBER}, "O 0"),
    ("from outside, a consumer", replace(SWISS, oss=True), BERLIN, "S 19"),
    ("from outside to outside", AMERICAN, {"country": "CA"}, "O 0"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("seller", "customer", "wanted"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_seller_and_customer_decide_which_vat_applies(
    seller: Seller, customer: dict[str, Any], wanted: str
) -> None:
    assert told(seller, customer) == wanted


CHANGED = [
    ("EE", date(2025, 6, 30), "S 22"),
    ("EE", date(2025, 7, 1), "S 24"),
    ("SK", date(2024, 12, 31), "S 20"),
    ("SK", date(2025, 1, 1), "S 23"),
    ("RO", date(2025, 7, 31), "S 19"),
    ("RO", date(2025, 8, 1), "S 21"),
]


@pytest.mark.parametrize(("country", "day", "wanted"), CHANGED)
def test_a_rate_is_that_of_the_day(country: str, day: date, wanted: str) -> None:
    assert told(OSS, {"country": country}, day) == wanted


UNDECIDED: list[tuple[Seller, dict[str, Any], str]] = [
    (Seller(), {"country": "FR"}, "the seller has no country: lectern-admin seller set --country CC"),
    (replace(FRENCH, postcode=None), {}, "the seller has no postcode, and parts of FR have another tax: "
     "lectern-admin seller set --postcode CODE"),
    (FRENCH, {}, "the customer has no country: lectern-admin customer set EMAIL --country CC"),
    (FRENCH, {"country": "ES"}, "the customer has no postcode, and parts of ES have another tax: "
     "lectern-admin customer set EMAIL --postcode CODE"),
    (FRENCH, {"country": "ES", "postcode": "3500"}, "the customer's postcode is none of ES: "
     "lectern-admin customer set EMAIL --postcode CODE"),
    (SMALL, {**BERLIN, "vat_number": GERMAN_NUMBER}, "a reverse charge names both VAT numbers, and the seller has "
     "none: lectern-admin seller set --vat-number NUMBER"),
    (SWISS, BERLIN, "a seller outside the Union charges a consumer in it VAT by the One-Stop Shop: "
     "lectern-admin seller set --oss on"),
    (AMERICAN, {"country": "US"}, "no tax rate of US is known for 2026-12-01: update Lectern, or if none is due "
     "there, lectern-admin seller set --small-business"),
]  # fmt: skip


@pytest.mark.parametrize(("seller", "customer", "said"), UNDECIDED)
def test_what_cannot_be_decided_says_what_is_missing_and_how_to_add_it(
    seller: Seller, customer: dict[str, Any], said: str
) -> None:
    with pytest.raises(Undecided) as refused:
        told(seller, customer)
    assert str(refused.value) == said


def test_every_treatment_without_tax_but_a_rate_of_zero_has_a_note() -> None:
    for _, seller, customer, wanted in CASES:
        found = treatment(seller, Profile(**customer), DAY, known())
        assert (found.note in NOTES) == (wanted[:2] in ("AE", "E ", "O "))


FULL, HALF, NONE = Treatment("S", Decimal(20)), Treatment("S", Decimal("8.5")), Treatment("O", Decimal(0))


def test_tax_is_rounded_once_a_group() -> None:
    [group] = groups([(Decimal("0.33"), FULL)] * 3, "EUR")
    assert (group.base, group.tax) == (Decimal("0.99"), Decimal("0.20"))


def test_groups_are_by_treatment_and_in_order_whatever_the_order_of_lines() -> None:
    lines = [
        (Decimal("10.00"), FULL),
        (Decimal("-2.00"), HALF),
        (Decimal("5.00"), HALF),
        (Decimal("1.00"), FULL),
    ]
    wanted = [
        TaxGroup("S", Decimal("8.5"), Decimal("3.00"), Decimal("0.26")),
        TaxGroup("S", Decimal(20), Decimal("11.00"), Decimal("2.20")),
    ]
    assert groups(lines, "EUR") == groups(reversed(lines), "EUR") == wanted


def test_tax_has_the_digits_of_its_currency() -> None:
    assert [group.tax for group in groups([(Decimal(1980), FULL)], "JPY")] == [396]
    assert [group.tax for group in groups([(Decimal("3.016"), FULL)], "KWD")] == [Decimal("0.603")]


def test_what_is_outside_the_scope_of_vat_meets_no_other_group() -> None:
    with pytest.raises(ValueError, match="no other group"):
        groups([(Decimal(1), NONE), (Decimal(1), FULL)], "EUR")


LEFT = [
    TaxGroup("S", Decimal("8.5"), Decimal("100.00"), Decimal("8.50")),
    TaxGroup("S", Decimal(20), Decimal("50.00"), Decimal("10.00")),
]


def test_an_amount_with_tax_is_spread_by_what_is_left_of_each_group() -> None:
    parts = spread(Decimal("16.85"), LEFT, "EUR")
    assert [(part.base, part.tax) for part in parts] == [
        (Decimal("10.00"), Decimal("0.85")),
        (Decimal("5.00"), Decimal("1.00")),
    ]


def test_all_that_is_left_is_taken_exactly_and_a_group_that_gets_nothing_is_left_out() -> None:
    assert spread(Decimal("168.50"), LEFT, "EUR") == LEFT
    assert len(spread(Decimal("0.01"), LEFT, "EUR")) == 1
    assert spread(Decimal(0), LEFT, "EUR") == []


@pytest.mark.parametrize("gross", ["168.51", "-0.01"])
def test_more_than_is_left_is_not_spread(gross: str) -> None:
    with pytest.raises(ValueError, match="cannot be spread"):
        spread(Decimal(gross), LEFT, "EUR")
