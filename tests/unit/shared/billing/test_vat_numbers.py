"""VAT numbers as people type them, and the countries that they belong to."""

import pytest

from shared.billing.parties import vat_numbers
from shared.errors import InvalidRequest

TYPED = [
    ("FR 40 303 265 045", "FR40303265045"),
    ("de 136,695 976", "DE136695976"),
    ("GR 094259216", "EL094259216"),
    ("EL094259216", "EL094259216"),
    ("XI 110 305 878", "XI110305878"),
    ("GB 980 7806 84", "GB980780684"),
    ("CHE-116.281.710 MWST", "CHE116281710MWST"),
    ("NO 995 525 828 MVA", "NO995525828MVA"),
    ("ＦＲ40303265045", "FR40303265045"),
    ("FR 53 0000 04605", "FR53000004605"),
]


@pytest.mark.parametrize(("typed", "kept"), TYPED)
def test_a_number_is_kept_in_one_piece_with_the_prefix_of_the_register(typed: str, kept: str) -> None:
    assert vat_numbers.read(typed) == kept
    assert vat_numbers.read(kept) == kept
    assert len(kept) <= 20


REFUSED = [
    ("40303265045", "begin it with its country"),
    ("US123456789", "begin it with its country"),
    ("FR40303265046", "check digits"),
    ("DE12", "length"),
    ("FR<script>", "form"),
    ("FR" + "١" * 11, "form"),
    ("FR", "form"),
    ("FR" + "1" * 5000, "form"),
    ("CHE116281710", "length"),
]


@pytest.mark.parametrize(("typed", "said"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_no_vat_number_is_refused_in_one_line(typed: str, said: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        vat_numbers.read(typed)
    assert said in refused.value.line
    assert len(refused.value.line) < 250


BELONGS = [
    ("EL094259216", "GR"),
    ("XI110305878", "GB"),
    ("FR53000004605", "MC"),
    ("FR40303265045", "RE"),
    ("GB980780684", "IM"),
    ("CHE116281710MWST", "LI"),
    ("NO995525828MVA", "NO"),
]


@pytest.mark.parametrize(("number", "country"), BELONGS)
def test_a_number_belongs_to_the_addresses_that_its_register_covers(number: str, country: str) -> None:
    assert vat_numbers.belongs(number, country)
    assert not vat_numbers.belongs(number, "DE")
