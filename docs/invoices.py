"""`.venv/bin/python -P docs/invoices.py`: the pictures on docs/pages/invoices.md. It needs pdftoppm and pngquant."""

import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from shared.billing.documents.document import Document, Line, Party
from shared.billing.documents.html import html
from shared.billing.documents.pdf import pdf
from shared.billing.parties import tax
from shared.billing.parties.tax import Treatment
from tests.made_documents import credit_note, document, line

IMAGES = Path(__file__).parent / "pages" / "images"
DOTS = "110"
"""An inch."""

SELLER = Party(
    name="Lectern SAS",
    address="12 quai de la Loire",
    postcode="75019",
    city="Paris",
    country="FR",
    vat_number="FR40303265045",
    email="billing@lectern.example",
)
CUSTOMER = Party(
    name="Atelier Lovelace",
    address="3 rue des Machines",
    postcode="69003",
    city="Lyon",
    country="FR",
    vat_number="FR83404833048",
    email="ap@lovelace.example",
)
STANDARD = Treatment("S", Decimal(20))


def used(key: str, units: int, quantity: int, price: str) -> Line:
    return line(
        (quantity * Decimal(price)).quantize(Decimal("0.01")),
        quantity=quantity,
        unit_price=price,
        type="usage",
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 30),
        metadata={"wording": {"key": key, "units": units}},
    )


LINES = [
    line("49.00", description="Premium", starts_on=date(2026, 12, 1), ends_on=date(2026, 12, 31)),
    used("requests_beyond", 50_000, 183_421, "0.0008"),
    used("tokens_beyond", 100_000_000, 24_000_000, "0.0000004"),
    line(
        "-4.35",
        type="proration",
        starts_on=date(2026, 11, 16),
        ends_on=date(2026, 11, 30),
        metadata={"wording": {"key": "unused_time", "plan": "Basic"}},
    ),
]
SEATS = [
    line(
        Decimal("12.50") * (1 + number % 5),
        quantity=1 + number % 5,
        unit_price="12.50",
        type="adjustment",
        description=f"Workshop, group {number}",
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 30),
    )
    for number in range(1, 25)
]


def invoice(lines: list[Line], locale: str) -> Document:
    return document(
        lines,
        seller=SELLER,
        customer=CUSTOMER,
        number="LECT-2026-000042",
        issued_on=date(2026, 12, 1),
        due_on=date(2026, 12, 15),
        delivered_on=date(2026, 12, 1),
        starts_on=date(2026, 11, 1),
        ends_on=date(2026, 11, 30),
        reference="PO 4711",
        prepaid=Decimal("10.00"),
        locale=locale,
    )


def note(locale: str) -> Document:
    made = credit_note(
        tax.groups([(Decimal("31.61"), STANDARD)], "EUR"),
        ("LECT-2026-000042", date(2026, 12, 1)),
        seller=SELLER,
        customer=CUSTOMER,
        number="LECT-CN-2026-000003",
        issued_on=date(2026, 12, 11),
        delivered_on=date(2026, 12, 31),
        starts_on=date(2026, 12, 1),
        ends_on=date(2026, 12, 31),
        reference="PO 4711",
        locale=locale,
        note="Unused time of Premium",
    )
    wording = {"wording": {"key": "unused_time", "plan": "Premium"}}
    [one] = made.lines
    first, last = date(2026, 12, 12), date(2026, 12, 31)
    return replace(made, lines=(replace(one, metadata=wording, starts_on=first, ends_on=last),))


DRAWN = {
    "invoice-en": invoice(LINES, "en-GB"),
    "invoice-fr": invoice(LINES, "fr"),
    "credit-note-en": note("en-GB"),
    "credit-note-fr": note("fr"),
    "invoice-pages": invoice(LINES + SEATS, "en-GB"),
}


def main() -> None:
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as aside:
        for name, drawn in DRAWN.items():
            file = Path(aside) / f"{name}.pdf"
            file.write_bytes(pdf(html(drawn)))
            subprocess.run(["pdftoppm", "-r", DOTS, "-png", str(file), f"{aside}/{name}"], check=True)
            pages = sorted(Path(aside).glob(f"{name}-*.png"))
            for number, page in enumerate(pages, 1):
                picture = IMAGES / (f"{name}-{number}.png" if len(pages) > 1 else f"{name}.png")
                command = ["pngquant", "--force", "--strip", "--output", str(picture), "16", str(page)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
