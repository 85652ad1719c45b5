"""Pure: what an invoice or a credit note says, in no language and no form yet.

It is made of rows that do not change once a document is sent, so it says the same at any time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from shared.billing.parties import tax_groups
from shared.billing.parties.tax import TaxGroup
from shared.billing.period import local_day

Kind = Literal["invoice", "credit_note"]

_ADVANCE: Final = ("fee", "proration", "adjustment")
"""Lines that are delivered on their first day; usage is on its last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Who bills, or is billed; `address` may have several lines, `country` is a code.

    `reference` is a seller's number in a register, and what a customer wants to be named.
    """

    name: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    vat_number: str | None = None
    email: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Amounts without tax, in the document's currency; a credit note's are what it gives back, above zero.

    `starts_on` to `ends_on` are whole days, the last one included. `metadata` is the item's own.
    """

    type: str
    description: str
    quantity: int
    unit_price: Decimal
    amount: Decimal
    starts_on: date
    ends_on: date
    category: str
    rate: Decimal
    metadata: Mapping[str, Any]

    @property
    def delivered_on(self) -> date:
        return self.starts_on if self.type in _ADVANCE else self.ends_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """Days are those of the seller's zone; `ends_on` is the period's last day.

    `prepaid` is what credits paid when it was sent. `corrects` is the invoice's number and day of issue, of a credit
    note; `note` is what the operator wrote: on a credit note its reason.
    """

    kind: Kind
    id: UUID
    number: str
    issued_on: date
    due_on: date | None
    delivered_on: date
    starts_on: date
    ends_on: date
    seller: Party
    customer: Party
    reference: str | None
    iban: str | None
    locale: str
    currency: str
    lines: tuple[Line, ...]
    groups: tuple[TaxGroup, ...]
    subtotal: Decimal
    tax: Decimal
    total: Decimal
    prepaid: Decimal
    corrects: tuple[str, date] | None
    note: str | None
    legal_notes: Mapping[str, str]
    template_version: int

    @property
    def payable(self) -> Decimal:
        return self.total - self.prepaid


def of_invoice(row: Mapping[str, Any]) -> Document:
    """Of a row as `invoices.find` has it, of an invoice that was sent."""
    return _of("invoice", row, row["seller"], row["metadata"]["customerInfo"], row["template_version"])


def of_credit_note(row: Mapping[str, Any]) -> Document:
    """Of a row as `credit_notes.find` has it."""
    metadata = row["metadata"]
    return _of("credit_note", row, metadata["seller"], metadata["customerInfo"], row["template_version"])


def _of(
    kind: Kind,
    row: Mapping[str, Any],
    seller: Mapping[str, Any],
    customer: Mapping[str, Any],
    template_version: int,
) -> Document:
    zone, invoice = seller.get("zone", "UTC"), kind == "invoice"
    lines = tuple(_line(item) for item in row["items"])
    starts_on, ends_on = (date.fromisoformat(row["period"][name]) for name in ("startDate", "endDate"))
    return Document(
        kind=kind,
        id=row["id"],
        number=row["number"],
        issued_on=local_day(row["issue_date"], zone),
        due_on=local_day(row["due_date"], zone) if invoice else None,
        delivered_on=max((line.delivered_on for line in lines), default=ends_on),
        starts_on=starts_on,
        ends_on=ends_on,
        seller=_party(seller),
        customer=_party(customer),
        reference=customer.get("reference"),
        iban=seller.get("iban"),
        locale=customer.get("locale", "en"),
        currency=row["currency"],
        lines=lines,
        groups=tuple(tax_groups.read(row["tax_groups"])),
        subtotal=row["subtotal"],
        tax=row["tax"],
        total=row["total"],
        prepaid=row["burnt"] if invoice else Decimal(0),
        corrects=None if invoice else (row["invoice"], local_day(row["invoice_issue_date"], zone)),
        note=row["metadata"].get("notes") if invoice else row["reason"],
        legal_notes=seller.get("legalNotes", {}),
        template_version=template_version,
    )


def _party(known: Mapping[str, Any]) -> Party:
    return Party(
        name=known.get("name"),
        address=known.get("address"),
        postcode=known.get("postcode"),
        city=known.get("city"),
        region=known.get("region"),
        country=known.get("country"),
        vat_number=known.get("vatNumber"),
        email=known.get("invoiceEmail"),
        reference=known.get("reference"),
    )


def _line(item: Mapping[str, Any]) -> Line:
    own = item["metadata"]
    return Line(
        type=item["type"],
        description=item["description"],
        quantity=item["quantity"],
        unit_price=Decimal(item["unitPrice"]),
        amount=Decimal(item["amount"]),
        starts_on=date.fromisoformat(own["period"]["startDate"]),
        ends_on=date.fromisoformat(own["period"]["endDate"]),
        category=own["taxCategory"],
        rate=Decimal(own["taxRate"]),
        metadata=own,
    )
