"""Pure: a document as XML of EN 16931, in the syntax CII as Factur-X has it."""

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final

from lxml import etree

from shared.billing.documents import en16931, sentences
from shared.billing.documents.document import Document, Line, Party
from shared.billing.documents.words import Words, words
from shared.billing.money import plain, trimmed
from shared.billing.parties.tax import OUTSIDE, TaxGroup

_UN = "urn:un:unece:uncefact:data:standard:"
NAMESPACES: Final = {
    "rsm": f"{_UN}CrossIndustryInvoice:100",
    "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UN}UnqualifiedDataType:100",
    "qdt": f"{_UN}QualifiedDataType:100",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_DAY = "102"
"""The code of days that are written as YYYYMMDD."""
_ONE = "C62"
"""The code of units that are counted."""

Element = etree._Element
Content = Element | str | None


def xml(document: Document) -> bytes:
    """UTF-8, the same bytes at any time. Raises InvalidRequest where the standard has no place for it."""
    en16931.refuse(document)
    said = words(document.locale, document.template_version)
    root = _element(
        "rsm:CrossIndustryInvoice",
        _made(
            "rsm:ExchangedDocumentContext",
            _made("ram:GuidelineSpecifiedDocumentContextParameter", _made("ram:ID", en16931.GUIDELINE)),
        ),
        _made(
            "rsm:ExchangedDocument",
            _made("ram:ID", document.number),
            _made("ram:TypeCode", en16931.TYPES[document.kind]),
            _made("ram:IssueDateTime", _day(document.issued_on)),
            *_notes(document, said),
        ),
        _made(
            "rsm:SupplyChainTradeTransaction",
            *(_line(number, line, document.currency, said) for number, line in enumerate(document.lines, 1)),
            _agreement(document),
            _made(
                "ram:ApplicableHeaderTradeDelivery",
                _made(
                    "ram:ActualDeliverySupplyChainEvent",
                    _made("ram:OccurrenceDateTime", _day(document.delivered_on)),
                ),
            ),
            _settlement(document, said),
        ),
    )
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _notes(document: Document, said: Words) -> Iterable[Element]:
    """What the operator wrote, and the seller's legal note."""
    for subject, text in (
        ("AAI", sentences.note(document, said)),
        ("REG", sentences.legal_note(document, said)),
    ):
        content = _made("ram:Content", text)
        if content is not None:
            yield _element("ram:IncludedNote", content, _made("ram:SubjectCode", subject))


def _line(number: int, line: Line, currency: str, said: Words) -> Element | None:
    """A price is never below zero (BR-27): what lowers the total is a negative quantity of it."""
    sign = -1 if line.unit_price < 0 else 1
    return _made(
        "ram:IncludedSupplyChainTradeLineItem",
        _made("ram:AssociatedDocumentLineDocument", _made("ram:LineID", str(number))),
        _made("ram:SpecifiedTradeProduct", _made("ram:Name", sentences.described(line, said))),
        _made(
            "ram:SpecifiedLineTradeAgreement",
            _made("ram:NetPriceProductTradePrice", _made("ram:ChargeAmount", f"{sign * line.unit_price:f}")),
        ),
        _made(
            "ram:SpecifiedLineTradeDelivery",
            _made("ram:BilledQuantity", str(sign * line.quantity), unitCode=_ONE),
        ),
        _made(
            "ram:SpecifiedLineTradeSettlement",
            _made(
                "ram:ApplicableTradeTax",
                _made("ram:TypeCode", "VAT"),
                _made("ram:CategoryCode", line.category),
                _rate(line.category, line.rate),
            ),
            _period(line.starts_on, line.ends_on),
            _made(
                "ram:SpecifiedTradeSettlementLineMonetarySummation",
                _made("ram:LineTotalAmount", plain(line.amount, currency)),
            ),
        ),
    )


def _agreement(document: Document) -> Element | None:
    reference = document.reference or ""
    order = en16931.is_order(reference)
    return _made(
        "ram:ApplicableHeaderTradeAgreement",
        None if order else _made("ram:BuyerReference", reference),
        _seller(document),
        _party("ram:BuyerTradeParty", document.customer, document),
        _made("ram:BuyerOrderReferencedDocument", _made("ram:IssuerAssignedID", reference))
        if order
        else None,
    )


def _seller(document: Document) -> Element | None:
    """It has an identifier: its VAT number where that cannot be shown as such, and it is in no register (BR-CO-26)."""
    seller = document.seller
    unshown = en16931.outside(document) and not seller.reference
    return _party(
        "ram:SellerTradeParty",
        seller,
        document,
        identifier=seller.vat_number if unshown else None,
        registered=seller.reference,
    )


def _party(
    tag: str,
    party: Party,
    document: Document,
    *,
    identifier: str | None = None,
    registered: str | None = None,
) -> Element | None:
    """Who has no VAT number is taxed by the number in a register."""
    lines = (party.address or "").splitlines()
    number, scheme = (party.vat_number, "VA") if party.vat_number else (registered, "FC")
    return _made(
        tag,
        _made("ram:ID", identifier),
        _made("ram:Name", party.name),
        _made("ram:SpecifiedLegalOrganization", _made("ram:ID", registered)),
        _made(
            "ram:PostalTradeAddress",
            _made("ram:PostcodeCode", party.postcode),
            _made("ram:LineOne", *lines[:1]),
            _made("ram:LineTwo", *lines[1:2]),
            _made("ram:LineThree", ", ".join(lines[2:])),
            _made("ram:CityName", party.city),
            _made("ram:CountryID", party.country),
            _made("ram:CountrySubDivisionName", party.region),
        ),
        _made("ram:URIUniversalCommunication", _made("ram:URIID", party.email, schemeID="EM")),
        None
        if en16931.outside(document)
        else _made("ram:SpecifiedTaxRegistration", _made("ram:ID", number, schemeID=scheme)),
    )


def _settlement(document: Document, said: Words) -> Element | None:
    code, invoice = document.currency, document.kind == "invoice"
    return _made(
        "ram:ApplicableHeaderTradeSettlement",
        _made("ram:PaymentReference", document.number) if invoice else None,
        _made("ram:InvoiceCurrencyCode", code),
        _payment(document) if invoice else None,
        *(_tax(group, document, said) for group in document.groups),
        _period(document.starts_on, document.ends_on),
        _made("ram:SpecifiedTradePaymentTerms", _made("ram:DueDateDateTime", _day(document.due_on))),
        _made(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _made("ram:LineTotalAmount", plain(document.subtotal, code)),
            _made("ram:TaxBasisTotalAmount", plain(document.subtotal, code)),
            _made("ram:TaxTotalAmount", plain(document.tax, code), currencyID=code),
            _made("ram:GrandTotalAmount", plain(document.total, code)),
            _made("ram:TotalPrepaidAmount", plain(document.prepaid, code)) if document.prepaid else None,
            _made("ram:DuePayableAmount", plain(document.payable, code)),
        ),
        _corrected(*document.corrects) if document.corrects else None,
    )


def _payment(document: Document) -> Element | None:
    if not document.iban:
        return None
    return _made(
        "ram:SpecifiedTradeSettlementPaymentMeans",
        _made("ram:TypeCode", en16931.payment_means(document.iban, document.currency)),
        _made("ram:PayeePartyCreditorFinancialAccount", _made("ram:IBANID", document.iban)),
    )


def _tax(group: TaxGroup, document: Document, said: Words) -> Element | None:
    return _made(
        "ram:ApplicableTradeTax",
        _made("ram:CalculatedAmount", plain(group.tax, document.currency)),
        _made("ram:TypeCode", "VAT"),
        _made("ram:ExemptionReason", sentences.exemption(group, document, said)),
        _made("ram:BasisAmount", plain(group.base, document.currency)),
        _made("ram:CategoryCode", group.category),
        _made("ram:ExemptionReasonCode", en16931.reason_code(group, document.seller)),
        _rate(group.category, group.rate),
    )


def _rate(category: str, rate: Decimal) -> Element | None:
    return None if category == OUTSIDE else _made("ram:RateApplicablePercent", trimmed(rate))


def _period(starts_on: date, ends_on: date) -> Element | None:
    """A period that has no day, of something that ended as it began, is its first one."""
    return _made(
        "ram:BillingSpecifiedPeriod",
        _made("ram:StartDateTime", _day(starts_on)),
        _made("ram:EndDateTime", _day(max(starts_on, ends_on))),
    )


def _corrected(number: str, issued_on: date) -> Element | None:
    return _made(
        "ram:InvoiceReferencedDocument",
        _made("ram:IssuerAssignedID", number),
        _made("ram:FormattedIssueDateTime", _day(issued_on, "qdt:DateTimeString")),
    )


def _day(day: date | None, tag: str = "udt:DateTimeString") -> Element | None:
    return None if day is None else _made(tag, day.strftime("%Y%m%d"), format=_DAY)


def _made(tag: str, *content: Content, **attributes: str) -> Element | None:
    """None where nothing is in it, for the standard has no empty elements; what XML has no signs for is left out."""
    kept = [_NOT_IN_XML.sub("", one) if isinstance(one, str) else one for one in content]
    return _element(tag, *kept, **attributes) if any(one not in (None, "") for one in kept) else None


def _element(tag: str, *content: Content, **attributes: str) -> Element:
    """Of a prefix of NAMESPACES."""
    prefix, _, name = tag.partition(":")
    element = etree.Element(f"{{{NAMESPACES[prefix]}}}{name}", attributes, NAMESPACES)
    for one in content:
        if isinstance(one, str):
            element.text = one
        elif one is not None:
            element.append(one)
    return element
