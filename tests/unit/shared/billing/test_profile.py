"""What people type about who bills and who is billed is kept in one form, or refused in one line."""

from typing import Any

import pytest

from shared.billing.parties.profile import check, legal_note, read
from shared.billing.parties.rates import known
from shared.errors import InvalidRequest

KEPT: list[tuple[str, str, Any]] = [
    ("name", "  Ada <b>[red]Ltd</b>\n & Co ", "Ada <b>[red]Ltd</b> & Co"),
    ("name", "Ada\x1b[31m\u202e\0", "Ada[31m"),
    ("name", " ", None),
    ("name", "\u200b\u202e", None),
    ("address", "12 rue  des Lampes\r\n\n 3e étage", "12 rue des Lampes\n3e étage"),
    ("country", "fr", "FR"),
    ("country", "EL", "GR"),
    ("country", "uk", "GB"),
    ("locale", "fr_fr", "fr-FR"),
    ("locale", "de-at", "de-AT"),
    ("locale", "", None),
    ("zone", "europe/paris", "Europe/Paris"),
    ("term_days", "0", 0),
    ("term_days", "30", 30),
    ("currency", "chf", "CHF"),
    ("iban", "FR76 3000 6000 0112 3456 7890 189", "FR7630006000011234567890189"),
    ("invoice_email", "Books@Example.ORG", "Books@example.org"),
    ("vat_number", "fr 40 303 265 045", "FR40303265045"),
]


@pytest.mark.parametrize(("name", "typed", "kept"), KEPT)
def test_a_field_is_kept_in_one_form(name: str, typed: str, kept: object) -> None:
    assert read({name: typed}) == {name: kept}


REFUSED = [
    ("name", "x" * 201, "at most 200 characters"),
    ("name", "\ud800", "half a character"),
    ("country", "XX", "no country"),
    ("country", "France", "ISO 3166"),
    ("locale", "klingon", "no locale"),
    ("locale", "x" * 999, "no locale"),
    ("locale", "fr/../de", "no locale"),
    ("zone", "Mars/Olympus", "no time zone"),
    ("zone", "../../etc/passwd", "no time zone"),
    ("zone", "Europe", "no time zone"),
    ("zone", "\ud800", "no time zone"),
    ("term_days", "-1", "no term"),
    ("term_days", "366", "no term"),
    ("term_days", "14.5", "no term"),
    ("term_days", "²", "no term"),
    ("term_days", "9" * 5000, "no term"),
    ("currency", "XYZ", "no currency"),
    ("iban", "FR76 3000 6000 0112 3456 7890 180", "no IBAN"),
    ("iban", "ＦＲ76", "no IBAN"),
    ("iban", "١", "no IBAN"),
    ("invoice_email", "nobody", "no e-mail address"),
]


@pytest.mark.parametrize(("name", "typed", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_cannot_be_is_refused_in_one_line_that_says_what_to_do(name: str, typed: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        read({name: typed})
    assert said in refused.value.line
    assert refused.value.hint
    assert len(refused.value.line) < 250


def test_a_note_has_its_locale() -> None:
    assert legal_note("fr_FR", " RCS Paris ") == ("fr-FR", "RCS Paris")
    with pytest.raises(InvalidRequest, match="2000 characters"):
        legal_note("fr", "x" * 2001)


def agrees(given: set[str], *, abroad: bool = False, **kept: str | None) -> None:
    check({"country": None, "vat_number": None, "postcode": None} | kept, given, known(), abroad=abroad)


def test_a_vat_number_of_another_country_than_the_address_needs_a_word() -> None:
    agrees({"vat_number"}, country="MC", vat_number="FR53000004605")
    agrees({"vat_number"}, vat_number="DE136695976")
    agrees({"vat_number"}, country="FR", vat_number="DE136695976", abroad=True)
    agrees({"name"}, country="FR", vat_number="DE136695976")
    for given in ({"vat_number"}, {"country"}):
        with pytest.raises(InvalidRequest, match="not of FR"):
            agrees(given, country="FR", vat_number="DE136695976")


def test_a_postcode_that_decides_about_tax_has_its_countrys_digits() -> None:
    agrees({"postcode"}, country="ES", postcode="35001")
    agrees({"postcode"}, country="PT", postcode="9000-123")
    agrees({"postcode"}, country="NL", postcode="3512 JC")
    agrees({"name"}, country="ES", postcode="3500")
    for given in ({"postcode"}, {"country"}):
        with pytest.raises(InvalidRequest, match="no postcode of ES"):
            agrees(given, country="ES", postcode="3500")
