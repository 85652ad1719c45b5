"""The file of rates holds together: what one table names, another one has."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from shared.billing.parties.countries import COUNTRIES
from shared.billing.parties.rates import known

RATES = known()
PAGE = (Path(__file__).parents[4] / "docs" / "pages" / "billing.md").read_text()
MEMBERS = {code for code in RATES.union if "-" not in code}


def test_every_member_of_the_union_and_gb_ch_and_no_have_a_rate_since_2020_at_least() -> None:
    assert len(MEMBERS) == 27
    for country in MEMBERS | {"GB", "CH", "NO"}:
        rate = RATES.standard(RATES.place(country), date(2020, 1, 1))
        assert rate is not None, country


def test_rates_are_in_the_order_of_their_days_and_none_repeats_the_one_before() -> None:
    for code, listed in RATES.rates.items():
        days = [since for since, _ in listed]
        assert days == sorted(set(days)), code
        assert all(one[1] != other[1] for one, other in pairwise(listed)), code
        assert all(0 <= rate < 30 for _, rate in listed), code


def test_places_are_countries_or_parts_of_them() -> None:
    places = {place for table in RATES.territories.values() for place in table.values()}
    places |= {*RATES.rates, *RATES.home, *RATES.same.values(), *RATES.union}
    assert {place[:2] for place in places} <= COUNTRIES
    assert set(RATES.same) <= COUNTRIES
    assert {*RATES.home.values()} <= COUNTRIES


def test_postcodes_of_territories_are_no_longer_than_those_of_their_country() -> None:
    assert RATES.digits.keys() == RATES.territories.keys()
    for country, table in RATES.territories.items():
        assert all(len(prefix) <= min(RATES.digits[country]) for prefix in table)


def test_the_longest_part_of_a_postcode_that_is_known_decides() -> None:
    assert RATES.place("FR", "97133").code == "BL"
    assert RATES.place("FR", "97110").code == "FR-971"
    assert RATES.place("FR", "７５００１").code == "FR"
    assert RATES.place("NL", "3512 JC").code == "NL"


def test_a_part_without_a_rate_of_its_own_has_its_countrys() -> None:
    assert RATES.standard(RATES.place("AX"), date(2026, 1, 1)) == Decimal("25.5")
    assert RATES.standard(RATES.place("ES", "35001"), date(2026, 1, 1)) is None


def listed() -> Iterator[tuple[str, str]]:
    """Country and first digits of each postcode in the page's table."""
    for country, postcodes in re.findall(r"^\| ([A-Z]{2}) (\d[^|]*) \|", PAGE, re.MULTILINE):
        for one in postcodes.split(", "):
            first, _, last = one.partition(" to ")
            yield from ((country, str(number)) for number in range(int(first), int(last or first) + 1))


def test_the_page_about_billing_lists_each_postcode_that_decides() -> None:
    there = [(country, prefix) for country, table in RATES.territories.items() for prefix in table]
    assert sorted(listed()) == sorted(there)
