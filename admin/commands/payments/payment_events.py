"""What providers told us, and what came of it."""

from typing import Annotated, Final

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.people.user import AsJson
from admin.rows import NONE, as_json, minute_alone, picked
from shared.billing.payments import events as told
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import run
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_table

SHOWN: Final = (
    *(
        "id",
        "provider",
        "event_id",
        "type",
        "object_id",
        "account",
        "status",
        "reason",
        "payment_id",
        "attempts",
    ),
    *("happened_at", "received_at", "handled_at"),
)
_STATES = {"waiting": "[yellow]waiting[/]", "handled": "[green]handled[/]", "unmatched": "[red]unmatched[/]"}


def events(
    unmatched: Annotated[
        bool, typer.Option("--unmatched", help="Only those of nothing that is ours.")
    ] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List what providers told us, the newest first. The next billing run fetches what waits.

    $ lectern-admin payment events
    $ lectern-admin payment events --unmatched --json
    """
    rows = run(_events("unmatched" if unmatched else None, now))
    if json:
        typer.echo(as_json([picked(row, SHOWN) for row in rows]))
    elif not rows:
        output().print("No such event." if unmatched else "No provider told us anything.")
    else:
        called = (Column("Provider"), Column("Event"))
        said = (Column("Type"), Column("State"), Column("Received (UTC)"), Column("Why", prose=True))
        show_table(output(), called, said, [_told(row) for row in rows])


def _told(row: Row) -> tuple[str, ...]:
    return (
        row["provider"],
        exact(row["event_id"]),
        exact(row["type"]),
        _STATES[row["status"]],
        minute_alone(row["received_at"]),
        words(row["reason"]) if row["reason"] else NONE,
    )


async def _events(status: str | None, now: str | None) -> list[Row]:
    async with billing("payment events", now) as books:
        return await told.listed(books.connection, status)
