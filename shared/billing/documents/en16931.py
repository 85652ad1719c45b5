"""Pure: what EN 16931 asks of a document before it can be written by it, and the standard's codes."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from shared.billing.documents.document import Document, Party
from shared.billing.money import DIGITS, decimals
from shared.billing.parties.tax import EXEMPT, OUTSIDE, REVERSE, TaxGroup
from shared.errors import InvalidRequest

GUIDELINE: Final = "urn:cen.eu:en16931:2017"
TYPES: Final = {"invoice": "380", "credit_note": "381"}
_MOST_DECIMALS = 2
_MOST_BESIDE = Decimal("0.99")
"""How far a tax may be from its rate (BR-S-09). Parts of an invoice without decimals come to more, if they are many."""
_INSTEAD = "export it as PDF or HTML"

_REASON_CODES: Final = {REVERSE: "VATEX-EU-AE", OUTSIDE: "VATEX-EU-O"}
_FRENCH_SMALL_BUSINESS = "VATEX-FR-FRANCHISE"
"""Other countries have no code for a small business."""

_SEPA_PLACES = """
AD AL AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MD ME MK MT NL NO PL PT RO RS SE SI
SK SM VA
"""
_SEPA: Final = frozenset(_SEPA_PLACES.split())
"""The countries of IBANs that take transfers in euro by SEPA."""
_CREDIT_TRANSFER, _SEPA_CREDIT_TRANSFER = "30", "58"

_ORDER = re.compile(r"(p\.?o|purchase order|order|(bon de )?commande|bestellung)\b", re.IGNORECASE)


def refuse(document: Document) -> None:
    """Raises InvalidRequest where the standard has no place for a document, or asks what it does not say."""
    for what, hint in _obstacles(document):
        raise InvalidRequest(f"{document.number} {what}", hint)


def fits(document: Document) -> bool:
    return next(_obstacles(document), None) is None


def outside(document: Document) -> bool:
    """Whether it is outside the scope of VAT, and so names no VAT number."""
    return any(group.category == OUTSIDE for group in document.groups)


def reason_code(group: TaxGroup, seller: Party) -> str | None:
    """Why a group has no tax, where the standard has a code for it."""
    if group.category == EXEMPT and seller.country == "FR":
        return _FRENCH_SMALL_BUSINESS
    return _REASON_CODES.get(group.category)


def payment_means(iban: str, currency: str) -> str:
    return _SEPA_CREDIT_TRANSFER if currency == "EUR" and iban[:2] in _SEPA else _CREDIT_TRANSFER


def is_order(reference: str) -> bool:
    """Whether a customer's reference says that it is an order: `PO 4711`. Any other one routes the invoice."""
    return bool(_ORDER.match(reference))


def _obstacles(document: Document) -> Iterator[tuple[str, str]]:
    """What of a document keeps it from being written, and what to do."""
    code = document.currency
    if DIGITS[code] > _MOST_DECIMALS:
        yield f"is in {code}, which has {decimals(code)}, and EN 16931 allows two", _INSTEAD
    for who, party, command in (
        ("seller", document.seller, "lectern-admin seller set"),
        ("customer", document.customer, "lectern-admin customer set EMAIL"),
    ):
        for what, option in _missing(document, who, party):
            yield (
                f"does not say the {who}'s {what}, which EN 16931 asks for",
                f"`{command} {option}` sets it for what is sent from now on",
            )
    for group in document.groups:
        if abs(group.tax - group.base * group.rate / 100) > _MOST_BESIDE:
            yield f"has a tax that is one {code} or more beside its rate, and EN 16931 allows less", _INSTEAD


def _missing(document: Document, who: str, party: Party) -> Iterator[tuple[str, str]]:
    """What a party lacks, and the option that sets it."""
    reversed_ = any(group.category == REVERSE for group in document.groups)
    if not party.name:
        yield "name", "--name NAME"
    if not party.address:
        yield "address", "--address TEXT"
    if not party.country:
        yield "country", "--country CC"
    if who == "seller" and not (party.vat_number or party.reference):
        yield "VAT number or number in a register", "--vat-number NUMBER` or `--reference NUMBER"
    if reversed_ and not party.vat_number:
        yield "VAT number", "--vat-number NUMBER"
