"""Laws of profiles: whatever is typed is kept in one form or refused in a line, and whoever trades, the tax adds up."""

import contextlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.billing.parties import vat_numbers
from shared.billing.parties.countries import COUNTRIES
from shared.billing.parties.profile import Profile, Seller, legal_note, read
from shared.billing.parties.rates import known
from shared.billing.parties.tax import NOTES, Treatment, Undecided, treatment
from shared.errors import InvalidRequest
from shared.visible import visible

FIELDS = (
    "name", "address", "postcode", "city", "region", "country", "vat_number", "invoice_email", "reference",
    "locale", "zone", "term_days", "currency", "iban",
)  # fmt: skip
RATES = known()
NUMBERS = (
    None,
    "FR40303265045",
    "DE136695976",
    "EL094259216",
    "XI110305878",
    "CHE116281710MWST",
    "ESX2482300W",
)
OFTEN = ("FR", "DE", "ES", "GR", "MC", "RE", "AX", "GB", "CH", "US")

texts = st.text() | st.text("FRDEGBNOCHXI0123456789-. +*²١\u200b\ud800", max_size=30)
countries = st.none() | st.sampled_from(OFTEN) | st.sampled_from(sorted(COUNTRIES))
postcodes = (
    st.none()
    | st.sampled_from(["75001", "97400", "97300", "35001", "78266", "9000-123", "6691", "3500", "", "x"])
    | st.text()
)
addresses = st.fixed_dictionaries(
    {"country": countries, "postcode": postcodes, "vat_number": st.sampled_from(NUMBERS)}
)
days = st.dates(date(2020, 1, 1), date(2040, 1, 1))


def kept(name: str, text: str) -> Any:
    """What is kept of a text, or the refusal."""
    try:
        return read({name: text})[name]
    except InvalidRequest as refused:
        return refused


def taxed(seller: Seller, customer: Profile, day: date) -> Treatment | Undecided:
    try:
        return treatment(seller, customer, day, RATES)
    except Undecided as undecided:
        return undecided


@pytest.mark.parametrize("name", FIELDS)
@given(text=texts)
def test_a_field_is_kept_in_one_form_or_refused_in_one_line(name: str, text: str) -> None:
    found = kept(name, text)
    if isinstance(found, InvalidRequest):
        assert found.hint
        assert len(found.line) < 500
    elif found is not None:
        assert found != ""
        assert kept(name, str(found)) == found
        assert str(found) == visible(str(found))


@given(texts, texts)
def test_a_note_is_kept_or_refused(locale: str, text: str) -> None:
    with contextlib.suppress(InvalidRequest):
        found = legal_note(locale, text)
        assert legal_note(*found) == found


@given(addresses, addresses, st.booleans(), st.booleans(), days)
def test_a_treatment_is_decided_or_says_which_command_decides_it(
    selling: dict[str, str | None], buying: dict[str, str | None], oss: bool, small: bool, day: date
) -> None:
    seller = Seller(**selling, oss=oss, small_business=small)  # type: ignore[arg-type]
    customer = Profile(**buying)  # type: ignore[arg-type]
    found = taxed(seller, customer, day)
    if isinstance(found, Undecided):
        assert "lectern-admin" in str(found)
        return
    assert (found.rate > 0) == (found.category == "S")
    assert (found.note in NOTES) == (found.category in ("AE", "E", "O"))
    if found.category == "AE":
        assert seller.vat_number
        assert customer.vat_number
        assert vat_numbers.country(customer.vat_number) in RATES.union
    if found.category == "E":
        assert small
    if small and not oss:
        assert found.rate == Decimal(0)
