"""What `customer` and `seller` have in common: the options of a profile, and how it is shown."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import typer

from admin.rows import NONE
from shared.billing.parties import profile
from shared.errors import InvalidRequest
from shared.stores.audit import Change
from shared.terminal.legible import exact

Name = Annotated[str | None, typer.Option(help="A person's or a company's.")]
Address = Annotated[str | None, typer.Option(help="Street and number.")]
Postcode = Annotated[str | None, typer.Option(metavar="CODE", help="It can decide which VAT applies.")]
City = Annotated[str | None, typer.Option()]
Region = Annotated[str | None, typer.Option(help="A state or province.")]
Country = Annotated[str | None, typer.Option(metavar="CC", help="By ISO 3166, such as FR.")]
VatNumber = Annotated[
    str | None, typer.Option("--vat-number", metavar="NUMBER", help="With its prefix, such as FR40303265045.")
]
Abroad = Annotated[
    bool, typer.Option("--vat-number-abroad", help="It is of another country than the address.")
]
InvoiceEmail = Annotated[
    str | None, typer.Option("--invoice-email", metavar="EMAIL", help="Where invoices go.")
]
Reference = Annotated[str | None, typer.Option(help="To be named on invoices: an order, a cost centre.")]
Locale = Annotated[str | None, typer.Option(metavar="TAG", help="The language of invoices, such as de-AT.")]
Zone = Annotated[str | None, typer.Option(help="Whose days count, such as Europe/Paris.")]
Term = Annotated[str | None, typer.Option(metavar="DAYS", help="To pay an invoice in.")]

LABELS = {
    "name": "name",
    "address": "address",
    "postcode": "postcode",
    "city": "city",
    "region": "region",
    "country": "country",
    "vat_number": "VAT number",
    "invoice_email": "invoices to",
    "reference": "reference",
    "locale": "locale",
    "zone": "time zone",
    "term_days": "term",
}
_AUDITED = ("country", "locale", "zone", "term_days", "pauses", "currency", "oss", "small_business")
"""What says nothing of a person; of other fields the audit log has the names."""


def read(typed: Mapping[str, str | None]) -> dict[str, Any]:
    """Fields that were named, as they are kept. Raises InvalidRequest."""
    return profile.read({name: text for name, text in typed.items() if text is not None})


def wanted(given: Mapping[str, Any]) -> None:
    """Raises InvalidRequest where nothing was named."""
    if not given:
        raise InvalidRequest("nothing is to be changed", "name an option; --help shows them")


def told(name: str, value: Any) -> str:
    """A field's value as markup."""
    if value is None:
        return NONE
    return f"{value} days" if name == "term_days" else exact(str(value))


def change(
    action: str, before: Mapping[str, Any], after: Mapping[str, Any], user_id: UUID | None = None
) -> Change:
    """What the audit log says of it: which fields changed, and the values of those that name nobody."""
    changed = [name for name in after if before[name] != after[name]]
    shown = [name for name in _AUDITED if name in changed]
    return Change(
        action,
        user_id=user_id,
        before={name: before[name] for name in shown},
        after={"changed": changed, **{name: after[name] for name in shown}},
    )
