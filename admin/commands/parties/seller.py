"""`lectern-admin seller`: who makes the invoices out."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.parties import profile
from admin.commands.people.user import AsJson
from admin.rows import NONE, as_json
from shared.billing.parties import profiles, rates
from shared.billing.parties.profile import Seller, legal_note
from shared.stores.audit import audit
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import words
from shared.terminal.program import Program
from shared.terminal.table import show_facts

app = Program(
    help="Who makes the invoices out.\n\n"
    "$ lectern-admin seller set --name 'Lectern SARL' --country FR --postcode 75001\n"
    "$ lectern-admin seller show"
)


class Switch(StrEnum):
    ON = "on"
    OFF = "off"


@app.command("set")
def set_seller(
    name: profile.Name = None,
    address: profile.Address = None,
    postcode: profile.Postcode = None,
    city: profile.City = None,
    region: profile.Region = None,
    country: profile.Country = None,
    vat_number: profile.VatNumber = None,
    vat_number_abroad: profile.Abroad = False,
    invoice_email: Annotated[
        str | None, typer.Option("--invoice-email", metavar="EMAIL", help="Where invoices come from.")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(help="To be named on invoices: a number in a trade register.")
    ] = None,
    locale: Annotated[
        str | None, typer.Option(metavar="TAG", help="The language for customers without one.")
    ] = None,
    zone: Annotated[
        str | None, typer.Option(help="The days of due dates, and of customers without a zone.")
    ] = None,
    term: Annotated[
        str | None, typer.Option(metavar="DAYS", help="To pay an invoice in, for customers without one.")
    ] = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="Of new subscriptions.")] = None,
    iban: Annotated[str | None, typer.Option("--iban", help="The account that invoices name.")] = None,
    oss: Annotated[
        Switch | None,
        typer.Option(
            "--oss",
            metavar="on|off",
            help="Charge consumers in the Union their country's VAT, by the One-Stop Shop.",
        ),
    ] = None,
    small_business: Annotated[
        bool | None,
        typer.Option(
            "--small-business/--no-small-business",
            help="Exempt from VAT at home; --no-small-business ends that.",
        ),
    ] = None,
    note: Annotated[
        tuple[str, str] | None,
        typer.Option("--legal-note", metavar="LOCALE TEXT", help="At the foot of invoices in a language."),
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Set what invoices say of the seller; an empty value takes one away. Invoices that were sent stay as they are.

    $ lectern-admin seller set --name 'Lectern SARL' --country FR --postcode 75001 --zone Europe/Paris
    $ lectern-admin seller set --vat-number FR40303265045 --oss on
    $ lectern-admin seller set --legal-note fr 'RCS Paris 303 265 045'
    """
    with ending():
        given = profile.read(
            {
                "name": name,
                "address": address,
                "postcode": postcode,
                "city": city,
                "region": region,
                "country": country,
                "vat_number": vat_number,
                "invoice_email": invoice_email,
                "reference": reference,
                "locale": locale,
                "zone": zone,
                "term_days": term,
                "currency": currency,
                "iban": iban,
            }
        )
        if oss is not None:
            given["oss"] = oss is Switch.ON
        if small_business is not None:
            given["small_business"] = small_business
        if note is not None:
            given["legal_notes"] = dict([legal_note(*note)])
        profile.wanted(given)
    seller = run(_set(given, now, abroad=vat_number_abroad))
    if json:
        typer.echo(as_json(asdict(seller)))
    else:
        output().print("[green]changed[/] the seller")


@app.command()
def show(now: Now = None, json: AsJson = False) -> None:
    """Show who makes the invoices out.

    $ lectern-admin seller show
    """
    seller = run(_show(now))
    if json:
        typer.echo(as_json(asdict(seller)))
        return
    facts = [(label, profile.told(name, getattr(seller, name))) for name, label in profile.LABELS.items()]
    facts += [
        ("currency", seller.currency),
        ("IBAN", _in_fours(seller.iban) if seller.iban else NONE),
        ("One-Stop Shop", _on(seller.oss)),
        ("small business", _on(seller.small_business)),
        *((f"note in {locale}", words(text)) for locale, text in seller.legal_notes.items()),
    ]
    show_facts(output(), facts)


def _on(value: bool) -> str:
    return "on" if value else "off"


def _in_fours(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))


async def _set(given: dict[str, Any], now: str | None, *, abroad: bool) -> Seller:
    async with billing("seller set", now) as books:
        before, after = await profiles.set_seller(
            books.connection, given, books.now, rates.known(), abroad=abroad
        )
        await audit(books.connection, profile.change("seller set", asdict(before), asdict(after)))
        return after


async def _show(now: str | None) -> Seller:
    async with billing("seller show", now) as books:
        return await profiles.seller(books.connection)
