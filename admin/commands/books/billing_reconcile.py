"""`lectern-admin billing reconcile`: our payments beside a provider's own list."""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from admin import when
from admin.commands.billing_session import Now, read_now
from admin.commands.people.user import AsJson
from admin.commands.session import session
from admin.rows import NONE, as_json, minute_alone
from shared.billing import clock
from shared.billing.books.differences import Difference
from shared.billing.books.reconcile import reconcile
from shared.billing.parties import profiles
from shared.billing.payments.providers.configured import configured
from shared.billing.period import first_instant, local_day
from shared.counted import counted
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_table

_CALLED: Final = {
    "missing_here": "missing here",
    "missing_there": "missing there",
    "amount": "amount",
    "currency": "currency",
    "state": "state",
}


class From(StrEnum):
    STRIPE = "stripe"
    PAYPAL = "paypal"
    WISE = "wise"


def compare(
    provider: Annotated[From, typer.Option(help="Whose list.")],
    since: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Payments that began on that day or later.", show_default="all"),
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Compare our payments with the provider's own list, and name each difference. It ends with 1 if there is any.

    A payment is missing here or there, or its amount, what was refunded of it, its currency or its state is not the
    same. Nothing is changed: `billing run` records what a provider tells.

    $ lectern-admin billing reconcile --provider stripe
    $ lectern-admin billing reconcile --provider stripe --since 2026-11-01 --json
    """
    with ending():
        day = when.day(since) if since else None
    found = run(_compared(provider.value, day, now))
    if json:
        typer.echo(as_json([_as_json(one) for one in found]))
    else:
        _draw(output(), provider.value, found)
    if found:
        raise typer.Exit(ExitCode.FAILED)


def _draw(console: Console, provider: str, found: list[Difference]) -> None:
    if not found:
        console.print(f"[green]no difference[/] between our payments and those of {provider}")
        return
    listed = [
        (
            _CALLED[one.kind],
            exact(one.id),
            exact(", ".join(one.ours.invoices)) if one.ours and one.ours.invoices else NONE,
            minute_alone(one.at),
            exact(one.here) if one.here else NONE,
            exact(one.there) if one.there else NONE,
        )
        for one in found
    ]
    said = (Column("Begun (UTC)"), Column("Here"), Column(f"At {provider}"))
    show_table(console, (Column("Differs"), Column("Transaction"), Column("Invoice")), said, listed)
    console.print(f"\n[red]{counted(len(found), 'difference')}[/]")


def _as_json(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "transaction": one.id,
        "payments": list(one.ours.payments) if one.ours else [],
        "invoices": list(one.ours.invoices) if one.ours else [],
        "begun_at": one.at,
        "here": one.here,
        "there": one.there,
    }


async def _compared(provider: str, since: date | None, now: str | None) -> list[Difference]:
    typed = read_now(now)
    async with session("billing reconcile") as stores:
        database = await stores.database()
        async with configured(stores.settings) as providers, database.connection() as connection:
            asked = providers[provider]
            at = await clock.now(connection, typed, datetime.now(UTC))
            zone = (await profiles.seller(connection)).zone
            today = local_day(at, zone)
            if since and since > today:
                raise InvalidRequest(f"{since} is yet to come", f"today is {today}: name an earlier day")
            return await reconcile(connection, asked, first_instant(since, zone) if since else None)
