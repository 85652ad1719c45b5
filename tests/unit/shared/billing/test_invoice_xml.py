"""Where the XML of an invoice says what, and what it cannot say is refused in one line."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from lxml import etree

from shared.billing.documents.document import Document, Party
from shared.billing.documents.en16931 import fits
from shared.billing.documents.validation import by_schema
from shared.billing.documents.xml import xml
from shared.billing.parties import tax
from shared.billing.parties.tax import TaxGroup, Treatment
from shared.errors import InvalidRequest
from tests.made_documents import (
    CUSTOMER,
    EXEMPT,
    OUTSIDE,
    REVERSE,
    SELLER,
    STANDARD,
    ZERO,
    credit_note,
    document,
    line,
)


def said(of: Document, path: str) -> list[str]:
    """The texts of elements that a path of names leads to, such as `Party/Name`."""
    steps = "/".join(f"{{*}}{name}" if name.isalpha() else name for name in path.split("/"))
    return [one.text or "" for one in etree.fromstring(xml(of)).iterfind(f".//{steps}")]


def of(treated: Treatment, **more: Any) -> Document:
    lines = [line("20.00", treated)]
    return document(lines, tax.groups([(lines[0].amount, treated)], "EUR"), **more)


FULL = document(
    [
        line("20.00", quantity=400, unit_price="0.050000000001"),
        line("-3.33", starts_on=date(2026, 3, 5), ends_on=date(2026, 3, 9)),
    ],
    prepaid=Decimal("5.00"),
    reference="cost centre 7",
    note="Thank you",
    legal_notes={"en": "Registered in Paris", "fr": "RCS Paris"},
)
SAYS = {
    "GuidelineSpecifiedDocumentContextParameter/ID": ["urn:cen.eu:en16931:2017"],
    "ExchangedDocument/ID": ["INV-2026-0001"],
    "ExchangedDocument/TypeCode": ["380"],
    "IssueDateTime/DateTimeString": ["20260401"],
    "IncludedNote/Content": ["Thank you", "Registered in Paris"],
    "IncludedNote/SubjectCode": ["AAI", "REG"],
    "LineID": ["1", "2"],
    "NetPriceProductTradePrice/ChargeAmount": ["0.050000000001", "3.33"],
    "BilledQuantity": ["400", "-1"],
    "SpecifiedLineTradeSettlement//StartDateTime/DateTimeString": ["20260301", "20260305"],
    "SpecifiedLineTradeSettlement//EndDateTime/DateTimeString": ["20260331", "20260309"],
    "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount": ["20.00", "-3.33"],
    "BuyerReference": ["cost centre 7"],
    "BuyerOrderReferencedDocument/IssuerAssignedID": [],
    "SellerTradeParty/ID": [],
    "SellerTradeParty/Name": ["Lectern SAS"],
    "SellerTradeParty/URIUniversalCommunication/URIID": ["billing@example.org"],
    "SellerTradeParty/SpecifiedTaxRegistration/ID": ["FR40303265045"],
    "BuyerTradeParty/SpecifiedTaxRegistration/ID": ["DE136695976"],
    "BuyerTradeParty//PostcodeCode": ["10115"],
    "BuyerTradeParty//LineOne": ["Aufgang 2"],
    "BuyerTradeParty//LineTwo": ["Lampenweg 1"],
    "BuyerTradeParty//LineThree": ["Hinterhaus, c/o Babbage"],
    "BuyerTradeParty//CityName": ["Berlin"],
    "BuyerTradeParty//CountryID": ["DE"],
    "ActualDeliverySupplyChainEvent//DateTimeString": ["20260331"],
    "PaymentReference": ["INV-2026-0001"],
    "InvoiceCurrencyCode": ["EUR"],
    "SpecifiedTradeSettlementPaymentMeans/TypeCode": ["58"],
    "IBANID": ["FR7630006000011234567890189"],
    "ApplicableHeaderTradeSettlement/ApplicableTradeTax/BasisAmount": ["16.67"],
    "ApplicableHeaderTradeSettlement/ApplicableTradeTax/CalculatedAmount": ["3.33"],
    "ApplicableHeaderTradeSettlement/ApplicableTradeTax/RateApplicablePercent": ["20"],
    "ExemptionReason": [],
    "ApplicableHeaderTradeSettlement/BillingSpecifiedPeriod/StartDateTime/DateTimeString": ["20260301"],
    "ApplicableHeaderTradeSettlement/BillingSpecifiedPeriod/EndDateTime/DateTimeString": ["20260331"],
    "DueDateDateTime/DateTimeString": ["20260415"],
    "GrandTotalAmount": ["20.00"],
    "TotalPrepaidAmount": ["5.00"],
    "DuePayableAmount": ["15.00"],
    "InvoiceReferencedDocument/IssuerAssignedID": [],
}


@pytest.mark.parametrize("path", SAYS)
def test_each_term_stands_in_its_place(path: str) -> None:
    assert said(FULL, path) == SAYS[path]


def test_a_period_without_a_day_is_its_first_one() -> None:
    empty = document([line("20.00", starts_on=date(2026, 3, 5), ends_on=date(2026, 3, 4))])
    assert said(empty, "SpecifiedLineTradeSettlement//EndDateTime/DateTimeString") == ["20260305"]


def test_a_credit_note_has_amounts_above_zero_and_names_its_invoice_but_nothing_to_pay() -> None:
    note = credit_note(tax.groups([(Decimal("10.00"), STANDARD)], "EUR"), ("INV-7", date(2026, 2, 3)))
    assert said(note, "ExchangedDocument/TypeCode") == ["381"]
    assert said(note, "InvoiceReferencedDocument/IssuerAssignedID") == ["INV-7"]
    assert said(note, "InvoiceReferencedDocument//DateTimeString") == ["20260203"]
    assert said(note, "GrandTotalAmount") == ["12.00"]
    assert said(note, "DuePayableAmount") == ["12.00"]
    for absent in ("PaymentReference", "IBANID", "DueDateDateTime", "TotalPrepaidAmount"):
        assert said(note, absent) == []


@pytest.mark.parametrize(
    ("treated", "code", "reason", "rates"),
    [
        (STANDARD, [], [], ["20", "20"]),
        (ZERO, [], [], ["0", "0"]),
        (
            REVERSE,
            ["VATEX-EU-AE"],
            ["Autoliquidation : la TVA est due par le preneur (article 196 de la directive 2006/112/CE)."],
            ["0", "0"],
        ),
        (EXEMPT, ["VATEX-FR-FRANCHISE"], ["TVA non applicable, article 293 B du CGI."], ["0", "0"]),
        (
            OUTSIDE,
            ["VATEX-EU-O"],
            ["Hors du champ de la TVA : le lieu de la prestation est celui du client."],
            [],
        ),
    ],
)
def test_a_group_without_vat_says_why_in_the_customers_language(
    treated: Treatment, code: list[str], reason: list[str], rates: list[str]
) -> None:
    shown = of(treated, locale="fr")
    assert said(shown, "CategoryCode") == [treated.category] * 2
    assert said(shown, "ExemptionReasonCode") == code
    assert said(shown, "ExemptionReason") == reason
    assert said(shown, "RateApplicablePercent") == rates


def test_a_small_business_elsewhere_has_words_and_no_code() -> None:
    shown = of(EXEMPT, seller=replace(SELLER, country="DE", vat_number="DE136695976"))
    assert said(shown, "ExemptionReasonCode") == []
    [reason] = said(shown, "ExemptionReason")
    assert reason.startswith("Exempt from VAT")


def test_outside_the_scope_of_vat_no_vat_number_is_named_as_such_and_the_seller_has_an_identifier() -> None:
    shown = of(OUTSIDE)
    assert said(shown, "SpecifiedTaxRegistration/ID") == []
    assert said(shown, "SellerTradeParty/ID") == ["FR40303265045"]
    assert said(shown, "BuyerTradeParty/ID") == []


@pytest.mark.parametrize(
    ("treated", "vat_number", "taxed_by"),
    [
        (STANDARD, "FR40303265045", ["FR40303265045"]),
        (EXEMPT, None, ["303 265 045"]),
        (OUTSIDE, "FR40303265045", []),
        (OUTSIDE, None, []),
    ],
)
def test_a_seller_in_a_register_is_named_by_it_and_taxed_by_it_without_a_vat_number(
    treated: Treatment, vat_number: str | None, taxed_by: list[str]
) -> None:
    registered = replace(SELLER, reference="303 265 045", vat_number=vat_number)
    shown = of(treated, seller=registered)
    assert said(shown, "SellerTradeParty/SpecifiedLegalOrganization/ID") == ["303 265 045"]
    assert said(shown, "SellerTradeParty/ID") == []
    assert said(shown, "SellerTradeParty/SpecifiedTaxRegistration/ID") == taxed_by
    assert (b'schemeID="FC"' in xml(shown)) == (taxed_by == ["303 265 045"])
    assert said(shown, "BuyerTradeParty/SpecifiedLegalOrganization/ID") == []
    assert by_schema(xml(shown)) == []


@pytest.mark.parametrize(
    ("reference", "is_order"),
    [
        ("PO 4711", True),
        ("po-4711", True),
        ("P.O. 4711", True),
        ("Order 7", True),
        ("Bon de commande 7", True),
        ("Bestellung 7", True),
        ("04011000-12345-35", False),
        ("Port 7", False),
        ("ordering desk", False),
        ("cost centre PO 7", False),
    ],
)
def test_a_reference_that_says_it_is_an_order_is_one_and_any_other_routes(
    reference: str, is_order: bool
) -> None:
    shown = document(reference=reference)
    assert said(shown, "BuyerOrderReferencedDocument/IssuerAssignedID") == [reference] * is_order
    assert said(shown, "BuyerReference") == [reference] * (not is_order)


@pytest.mark.parametrize(
    ("iban", "currency", "code"),
    [
        ("FR7630006000011234567890189", "EUR", "58"),
        ("FR7630006000011234567890189", "USD", "30"),
        ("TR330006100519786457841326", "EUR", "30"),
    ],
)
def test_transfers_in_euro_go_by_sepa_where_the_account_takes_them(
    iban: str, currency: str, code: str
) -> None:
    shown = document(iban=iban, currency=currency)
    assert said(shown, "SpecifiedTradeSettlementPaymentMeans/TypeCode") == [code]


def test_without_an_account_no_means_of_payment_is_said() -> None:
    assert said(document(iban=None), "SpecifiedTradeSettlementPaymentMeans/TypeCode") == []


def test_lines_and_notes_are_in_the_customers_language() -> None:
    used = line("2.00", metadata={"wording": {"key": "requests_beyond", "units": 10000}})
    shown = document([used], locale="fr", seller=SELLER)
    assert said(shown, "SpecifiedTradeProduct/Name") == ["Requêtes au-delà de 10\u202f000"]
    [legal] = said(shown, "IncludedNote/Content")
    assert "frais de recouvrement" in legal


def test_text_of_any_kind_is_text() -> None:
    name = "<b>Ada</b> & Söhne \u05d0\u05d3\u05d4 👩\u200d💻 ]]>"
    shown = document(
        customer=replace(CUSTOMER, name=f"{name}\0\x1b\ufffe\ud800"),
        note="\x00",
        locale="de",
        legal_notes={"de": "\x00"},
    )
    assert said(shown, "BuyerTradeParty/Name") == [name]
    assert said(shown, "IncludedNote") == []
    assert by_schema(xml(shown)) == []


def _without(who: str, field: str) -> Document:
    parties = {"seller": SELLER, "customer": CUSTOMER}
    lacking: dict[str, Any] = {who: replace(parties[who], **{field: None})}
    return document(**lacking)


REFUSED: list[tuple[Document, str]] = [
    (
        document([line("5.500")], currency="KWD"),
        "INV-2026-0001 is in KWD, which has three decimals, and EN 16931 allows two: export it as PDF or HTML",
    ),
    *(
        (
            _without(who, field),
            f"INV-2026-0001 does not say the {who}'s {what}, which EN 16931 asks for: "
            f"`{command} {option}` sets it for what is sent from now on",
        )
        for who, command in (
            ("seller", "lectern-admin seller set"),
            ("customer", "lectern-admin customer set EMAIL"),
        )
        for field, what, option in (
            ("name", "name", "--name NAME"),
            ("address", "address", "--address TEXT"),
            ("country", "country", "--country CC"),
        )
    ),
    (
        document(seller=replace(SELLER, vat_number=None)),
        "INV-2026-0001 does not say the seller's VAT number or number in a register, which EN 16931 asks for: "
        "`lectern-admin seller set --vat-number NUMBER` or `--reference NUMBER` sets it for what is sent from now on",
    ),
    (
        of(REVERSE, customer=replace(CUSTOMER, vat_number=None)),
        "INV-2026-0001 does not say the customer's VAT number, which EN 16931 asks for: "
        "`lectern-admin customer set EMAIL --vat-number NUMBER` sets it for what is sent from now on",
    ),
    (
        credit_note([TaxGroup("S", Decimal(20), Decimal(10), Decimal(3))], currency="JPY"),
        "CN-2026-0001 has a tax that is one JPY or more beside its rate, and EN 16931 allows less: "
        "export it as PDF or HTML",
    ),
]


@pytest.mark.parametrize(("refused", "why"), REFUSED, ids=[why[14:70] for _, why in REFUSED])
def test_what_the_standard_has_no_place_for_is_refused(refused: Document, why: str) -> None:
    with pytest.raises(InvalidRequest) as error:
        xml(refused)
    assert error.value.line == why
    assert not fits(refused)
    assert fits(document())


def test_a_consumer_needs_no_vat_number() -> None:
    consumer = Party(name="Ada", address="1 rue", country="FR")
    assert by_schema(xml(document(customer=consumer))) == []
