"""What an invoice and a credit note say in each language, whatever people wrote in them, on however many pages."""

import re
import unicodedata
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from shared.billing.documents.document import Document, Party
from shared.billing.documents.html import html
from shared.billing.documents.pdf import pdf
from shared.billing.documents.words import words
from shared.billing.parties import tax
from shared.billing.parties.tax import NOTES
from shared.errors import InvalidRequest
from tests.made_documents import (
    EXEMPT,
    OUTSIDE,
    REVERSE,
    STANDARD,
    ZERO,
    credit_note,
    document,
    line,
)

LINES = [
    line(
        "1234.56",
        quantity=1234560,
        unit_price="0.001",
        type="usage",
        description="Requests beyond 10,000",
        metadata={"wording": {"key": "requests_beyond", "units": 10000}},
    ),
    line(
        "-9.81",
        description="Unused time of Basic",
        starts_on=date(2026, 3, 16),
        metadata={"wording": {"key": "unused_time", "plan": "Basic"}},
    ),
    line("30.00", REVERSE, description="Workshop, as agreed"),
]
INVOICE = document(
    LINES,
    tax.groups([(Decimal("1224.75"), STANDARD), (Decimal("30.00"), REVERSE)], "EUR"),
    number="LECT-2026-000042",
    prepaid=Decimal("100.00"),
    reference="PO 4711",
    note="Thank you",
)
NOTE = credit_note(
    tax.groups([(Decimal("49.00"), STANDARD)], "EUR"),
    ("LECT-2026-000042", date(2026, 4, 1)),
    number="LECT-CN-2026-000001",
    issued_on=date(2026, 4, 9),
)
PARTIES = """Lectern SAS|1 quai de la Gare|75013 Paris|billing@example.org|Ada Lovelace GmbH|Aufgang 2|Lampenweg 1
Hinterhaus|c/o Babbage|10115 Berlin|ada@example.org"""
SAYS = {
    (
        "en",
        "invoice",
    ): """Invoice|Number LECT-2026-000042|Date of issue April 1, 2026|Date of supply March 31, 2026
Due date April 15, 2026|Period Mar 1 – 31, 2026|Your reference PO 4711|From|Billed to|France|Germany
VAT number FR40303265045|VAT number DE136695976|€1,399.70 due by April 15, 2026|Note Thank you
Description Quantity Unit price VAT Amount|Requests beyond 10,000 1,234,560 €0.001 20% €1,234.56
Unused time of Basic Mar 16 – 31, 2026 1 -€9.81 20% -€9.81|Workshop, as agreed 1 €30.00 0% €30.00
Subtotal without VAT €1,254.75|VAT 20% on €1,224.75 €244.95|VAT, reverse charge, on €30.00 €0.00|Total €1,499.70
Paid by credits -€100.00|Amount due €1,399.70|Reverse charge: VAT is to be accounted for by the customer
Please pay €1,399.70 by April 15, 2026.|Bank transfer to Lectern SAS|IBAN FR76 3000 6000 0112 3456 7890 189
Payment reference LECT-2026-000042|late payment bears penalties|a fixed fee of 40 EUR|There is no discount""",
    ("fr", "invoice"): """Facture|Numéro LECT-2026-000042|Date d’émission 1er avril 2026
Date de prestation 31 mars 2026|Date d’échéance 15 avril 2026|Période 1–31 mars 2026|Votre référence PO 4711
Émetteur|Client|Allemagne|N° de TVA FR40303265045|N° de TVA DE136695976
1 399,70 € à payer au plus tard le 15 avril 2026|Désignation Quantité Prix unitaire TVA Montant
Requêtes au-delà de 10 000 1 234 560 0,001 € 20 % 1 234,56 €
Période non utilisée de Basic 16–31 mars 2026 1 -9,81 € 20 % -9,81 €|Workshop, as agreed 1 30,00 € 0 % 30,00 €
Total hors TVA 1 254,75 €|TVA 20 % sur 1 224,75 € 244,95 €|TVA, autoliquidation, sur 30,00 € 0,00 €
Total TTC 1 499,70 €|Payé par crédits -100,00 €|Net à payer 1 399,70 €|Autoliquidation : la TVA est due par le preneur
Merci de régler 1 399,70 € au plus tard le 15 avril 2026.|Virement à Lectern SAS
pénalités au taux de refinancement|indemnité forfaitaire de 40 € pour frais de recouvrement|Aucun escompte""",
    (
        "en",
        "credit_note",
    ): """Credit note|Number LECT-CN-2026-000001|Corrects LECT-2026-000042 of April 1, 2026
Date of issue April 9, 2026|€58.80 credited|Reason A mistake of ours|A mistake of ours 1 €49.00 20% €49.00
VAT 20% on €49.00 €9.80|Total credited €58.80""",
    ("fr", "credit_note"): """Avoir|Numéro LECT-CN-2026-000001|Rectifie LECT-2026-000042 du 1er avril 2026
58,80 € d’avoir|Motif A mistake of ours|TVA 20 % sur 49,00 € 9,80 €|Total de l’avoir 58,80 €""",
}


class Text(HTMLParser):
    """What a reader sees, in one line with plain spaces, and the tags with their attributes' names."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.shape: list[tuple[str, ...]] = []
        self._parts: list[str] = []
        self._skipped = False
        self.feed(page)
        self.seen = " ".join(unicodedata.normalize("NFKC", " ".join(self._parts)).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.shape.append((tag, *(name for name, _ in attributes)))
        self._skipped = tag in ("style", "title")

    def handle_endtag(self, tag: str) -> None:
        self.shape.append((f"/{tag}",))
        self._skipped = False

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self._parts.append(data)


def seen(of: Document, **more: object) -> str:
    return Text(html(replace(of, **more))).seen  # type: ignore[arg-type]


@pytest.mark.parametrize(("locale", "kind"), SAYS)
def test_each_document_says_all_that_is_asked_of_it(locale: str, kind: str) -> None:
    page = seen(INVOICE if kind == "invoice" else NOTE, locale=locale)
    for part in re.split(r"[|\n]", f"{PARTIES}\n{SAYS[locale, kind]}"):
        assert unicodedata.normalize("NFKC", part) in page


def test_a_credit_note_asks_for_no_payment_and_nobody_pays_nothing() -> None:
    for absent in ("IBAN", "Please pay", "late payment", "due"):
        assert absent not in seen(NOTE)
    settled = seen(INVOICE, prepaid=INVOICE.total)
    assert "Nothing to pay" in settled
    assert "IBAN" not in settled
    assert "IBAN" not in seen(INVOICE, iban=None)


def test_outside_the_scope_of_vat_no_vat_number_is_shown() -> None:
    for treated, shown in ((OUTSIDE, False), (REVERSE, True), (EXEMPT, True), (ZERO, True)):
        made = document([line("20.00", treated)], tax.groups([(Decimal(20), treated)], "EUR"))
        assert ("FR40303265045" in seen(made)) is shown
        assert ("DE136695976" in seen(made)) is shown


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_reason_for_no_tax_has_words(language: str) -> None:
    said = words(language, 1)
    assert NOTES.keys() <= said["notes"].keys()
    assert said.said.keys() == words("en", 1).said.keys()
    for table in ("tax", "notes", "legal", "lines"):
        assert said[table].keys() == words("en", 1)[table].keys()
    assert "293 B du CGI" in seen(
        document([line("20.00", EXEMPT)], tax.groups([(Decimal(20), EXEMPT)], "EUR"), locale=language)
    )
    assert not re.search(r'["<&\\]', f"{said['page']}{said['of']}")  # they stand in the style


FORMATS = {
    "de": ("en", "1.234,56", "1 April 2026"),
    "de-CH": ("en", "1’234.56", "1 April 2026"),
    "it": ("en", "1.234,56", "1 April 2026"),
    "ja": ("en", "1,234.56", "1 April 2026"),
    "en-GB": ("en", "€1,234.56", "1 April 2026"),
    "fr-CA": ("fr", "1 234,56", "1er avril 2026"),
    "xx-nonsense": ("en", "€1,234.56", "April 1, 2026"),
}


@pytest.mark.parametrize("locale", FORMATS)
def test_another_language_is_english_with_the_formats_of_its_country(locale: str) -> None:
    language, amount, day = FORMATS[locale]
    page = html(replace(INVOICE, locale=locale))
    assert f'<html lang="{language}">' in page
    assert unicodedata.normalize("NFKC", amount) in Text(page).seen
    assert day in Text(page).seen


def test_amounts_have_our_digits_and_no_others() -> None:
    afghani = document([line("10.50")], currency="AFN")
    dinar = document([line("5.500")], currency="KWD")
    yen = document([line("1980")], currency="JPY")
    unit = document([line("10.50", quantity=3, unit_price="3.500000000001")])
    assert "AFN 12.60" in seen(afghani)  # which CLDR writes without decimals
    assert "KWD 6.600" in seen(dinar)
    assert "¥1,980 " in seen(yen)
    assert "¥2,376" in seen(yen)
    assert "€3.500000000001" in seen(unit)


def test_the_sellers_own_legal_note_goes_before_its_countrys() -> None:
    notes = {"fr": "RCS Paris 1", "fr-CA": "NEQ 2", "en": "Registered"}
    assert "RCS Paris 1" in seen(INVOICE, locale="fr", legal_notes=notes)
    assert "NEQ 2" in seen(INVOICE, locale="fr-CA", legal_notes=notes)
    assert "Registered" in seen(INVOICE, locale="de-AT", legal_notes=notes)
    assert "penalties" not in seen(INVOICE, locale="en", legal_notes=notes)
    assert "Registered" in seen(NOTE, legal_notes=notes)
    abroad = replace(INVOICE.seller, country="DE")
    assert "penalties" not in seen(INVOICE, seller=abroad)


@pytest.mark.parametrize(
    ("country", "town"),
    [
        ("FR", ["10001 Albany", "NY", "France"]),
        ("US", ["Albany NY 10001", "United States"]),
        ("CA", ["Albany NY 10001", "Canada"]),
        ("AU", ["Albany NY 10001", "Australia"]),
        ("GB", ["Albany", "NY", "10001", "United Kingdom"]),
    ],
)
def test_a_town_is_written_as_its_country_writes_it(country: str, town: list[str]) -> None:
    customer = Party(name="Bob", city="Albany", region="NY", postcode="10001", country=country)
    page = html(replace(INVOICE, customer=customer, locale="en"))
    assert "".join(f'<div dir="auto">{line}</div>' for line in town) in re.sub(r">\s+<", "><", page)


def test_what_people_wrote_is_text_and_keeps_its_direction() -> None:
    strange = Party(name="شركة <b>المكتبة</b>", address="</style>\n12 rue & \"co\" 'x'", city="{{ 7 * 7 }}")
    page = html(replace(INVOICE, customer=strange, note="🎉 <script>alert(1)</script>", reference="R" * 200))
    assert "<script" not in page
    assert "<b>المكتبة" not in page
    assert page.count("</style>") == 1
    assert '<div dir="rtl" class="name">' in page
    assert '<div dir="auto" class="name">Lectern SAS' in page
    assert "{{ 7 * 7 }}" in page
    assert "🎉" in page


@pytest.mark.slow
def test_many_lines_carry_their_sum_from_page_to_page() -> None:
    lines = [line(f"{number}.10", description=f"Seat {number}") for number in range(1, 401)]
    made = pdf(html(document(lines)))
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(made)).pages]
    assert len(pages) > 10
    reached, carried = Decimal(0), ""
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in page
        assert "INV-2026-0001" in page
        if not (rows := re.findall(r"Seat \d+ 1 €(\d+\.10) 20%", page)):
            assert number == len(pages)
            continue
        assert "Description Quantity Unit price VAT Amount" in page
        if number > 1:
            assert f"Brought forward €{carried}" in page
        reached += sum(map(Decimal, rows))
        carried = f"{reached:,}"
        assert (f"Carried forward €{carried}" in page) is (reached < 80240)
        assert "Carried forward" not in pages[-1]
    assert reached == Decimal("80240.00")
    assert "Brought forward" not in pages[0]


def test_nothing_is_carried_to_a_page_without_lines() -> None:
    lines = [line("10.10", description=f"Seat {number}") for number in range(10)]
    [first, second] = PdfReader(BytesIO(pdf(html(document(lines))))).pages
    assert "Subtotal" in first.extract_text()
    assert "Payment" in second.extract_text()
    for page in (first, second):
        assert "forward" not in page.extract_text()


def test_a_document_fetches_nothing_and_is_the_same_bytes_at_any_time(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("body::before { content: 'FETCHED' }")
    address = (tmp_path / "style.css").as_uri()
    page = html(INVOICE).replace(
        "<style>", f"<link rel=stylesheet href='{address}'><style>@import '{address}';"
    )
    made = pdf(page)
    text = PdfReader(BytesIO(made)).pages[0].extract_text()
    assert "LECT-2026-000042" in text
    assert "FETCHED" not in text
    assert pdf(page) == made


def test_a_pdf_that_fails_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    import weasyprint

    def fails(*_: object, **more: object) -> bytes:
        raise ZeroDivisionError("in\nthe layout")

    monkeypatch.setattr(weasyprint.HTML, "write_pdf", fails)
    with pytest.raises(InvalidRequest, match=r"cannot be made \(ZeroDivisionError: in the layout\)"):
        pdf(html(INVOICE))


def test_a_template_that_is_not_there_is_one_line() -> None:
    with pytest.raises(InvalidRequest, match="cannot be rendered") as refused:
        html(replace(INVOICE, template_version=99))
    assert "\n" not in refused.value.line
