"""`lectern-admin customer`: whom a user's invoices are made out to."""

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from admin.commands.billing_session import Books, Now, billing
from admin.commands.parties import profile, statement
from admin.commands.payments.method_rows import LISTED, by
from admin.commands.people.user import AsJson, Email, read_email
from admin.rows import as_json, picked
from shared.accounts.emails import Address
from shared.billing.parties import profiles, rates
from shared.billing.parties.profile import Profile
from shared.billing.parties.tax import NOTES, Treatment, Undecided, treatment
from shared.billing.payments.methods import methods
from shared.stores.audit import audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, sentence
from shared.terminal.program import Program
from shared.terminal.table import show_facts

app = Program(
    help="Whom invoices are made out to.\n\n"
    "$ lectern-admin customer set ada@example.org --name 'Ada Ltd' --country IE\n"
    "$ lectern-admin customer show ada@example.org"
)
app.command("statement")(statement.statement)

Taxed = Treatment | Undecided


@app.command("set")
def set_customer(
    email: Email,
    name: profile.Name = None,
    address: profile.Address = None,
    postcode: profile.Postcode = None,
    city: profile.City = None,
    region: profile.Region = None,
    country: profile.Country = None,
    vat_number: profile.VatNumber = None,
    vat_number_abroad: profile.Abroad = False,
    invoice_email: profile.InvoiceEmail = None,
    reference: profile.Reference = None,
    locale: profile.Locale = None,
    zone: profile.Zone = None,
    term: profile.Term = None,
    pause: Annotated[
        bool | None,
        typer.Option(
            "--pause/--no-pause",
            help="Pause the subscription while an invoice stays unpaid; --no-pause ends that.",
        ),
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Set what a user's invoices say; an empty value takes one away. Invoices that were sent stay as they are.

    $ lectern-admin customer set ada@example.org --name 'Ada Lovelace' --country FR --postcode 75001
    $ lectern-admin customer set ada@example.org --vat-number FR40303265045 --term 30
    $ lectern-admin customer set ada@example.org --reference ''
    $ lectern-admin customer set ada@example.org --no-pause
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
            }
        )
        if pause is not None:
            given["pauses"] = pause
        profile.wanted(given)
    user, kept, whole, taxed = run(_set(read_email(email), given, now, abroad=vat_number_abroad))
    if json:
        typer.echo(as_json(_row(user, kept, whole, taxed)))
        return
    output().print(f"[green]changed[/] {exact(user['email'])}")
    show_facts(output(), [("tax", _told(taxed))])


@app.command()
def show(email: Email, now: Now = None, json: AsJson = False) -> None:
    """Show whom a user's invoices are made out to, by which method they are paid, and which tax applies today.

    $ lectern-admin customer show ada@example.org
    """
    user, kept, whole, taxed, method, today = run(_show(read_email(email), now))
    if json:
        told = method and picked(method, LISTED)
        typer.echo(as_json(_row(user, kept, whole, taxed) | {"method": told}))
        return
    console = output()
    console.print(f"[bold]{exact(user['email'])}[/]", soft_wrap=True)
    facts = []
    for name, value in asdict(whole).items():
        source = "" if kept[name] is not None or value is None else f" [dim](the {_source(name)}'s)[/]"
        facts.append((profile.LABELS[name], profile.told(name, value) + source))
    unpaid = "the subscription is paused" if kept["pauses"] else "the subscription goes on"
    facts += [("pays by", by(method, today)), ("if not paid", unpaid), ("tax", _told(taxed))]
    show_facts(console, facts)


def _source(name: str) -> str:
    return "user" if name == "invoice_email" else "seller"


def _row(user: Row, kept: Row, whole: Profile, taxed: Taxed) -> dict[str, Any]:
    """The columns as they were set, what holds where one is null, and today's tax."""
    holds = {name: value for name, value in asdict(whole).items() if kept[name] is None and value is not None}
    if isinstance(taxed, Undecided):
        tax = {"category": None, "rate": None, "note": None, "reason": str(taxed)}
    else:
        tax = {**asdict(taxed), "reason": None}
    return {"user": user["email"], **kept, "by_default": holds, "tax": tax}


def _told(taxed: Taxed) -> str:
    if isinstance(taxed, Undecided):
        return f"[yellow]{sentence(str(taxed))}[/]"
    note = f" [dim]{sentence(NOTES[taxed.note])}[/]" if taxed.note else ""
    return f"{taxed.rate} % ({taxed.category}){note}"


async def _set(
    wanted: Address, given: dict[str, Any], now: str | None, *, abroad: bool
) -> tuple[Row, Row, Profile, Taxed]:
    async with billing("customer set", now) as books:
        user = await books.user(wanted)
        before = await profiles.customer_kept(books.connection, user["id"])
        await profiles.set_customer(
            books.connection, user["id"], given, books.now, rates.known(), abroad=abroad
        )
        after = await profiles.customer_kept(books.connection, user["id"])
        await audit(books.connection, profile.change("customer set", before, after, user["id"]))
        return user, after, *await _taxed(books, user)


async def _show(wanted: Address, now: str | None) -> tuple[Row, Row, Profile, Taxed, Row | None, date]:
    async with billing("customer show", now) as books:
        user = await books.accounts.user(wanted)
        kept = await profiles.customer_kept(books.connection, user["id"])
        method = await methods.default_of(books.connection, user["id"])
        return user, kept, *await _taxed(books, user), method, books.now.date()


async def _taxed(books: Books, user: Row) -> tuple[Profile, Taxed]:
    seller = await profiles.seller(books.connection)
    customer = await profiles.customer(books.connection, user["id"])
    today = books.now.astimezone(ZoneInfo(customer.zone)).date()
    try:
        return customer, treatment(seller, customer, today, rates.known())
    except Undecided as undecided:
        return customer, undecided
