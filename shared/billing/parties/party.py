"""Pure: how a seller or a customer is written in a document, as it keeps them."""

from typing import Any, Final

from shared.billing.parties.profile import Profile

_NAMES: Final = {
    "name": "name",
    "address": "address",
    "postcode": "postcode",
    "city": "city",
    "region": "region",
    "country": "country",
    "vat_number": "vatNumber",
    "invoice_email": "invoiceEmail",
    "reference": "reference",
    "locale": "locale",
    "zone": "zone",
    "iban": "iban",
    "oss": "oss",
    "small_business": "smallBusiness",
    "legal_notes": "legalNotes",
}


def party(profile: Profile) -> dict[str, Any]:
    """What is known, under the document's names."""
    own = {written: getattr(profile, name, None) for name, written in _NAMES.items()}
    return {written: value for written, value in own.items() if value not in (None, {}, False)}
