"""`lectern-admin alert`: at which usage people are alerted, and what they were alerted of."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.text import Text

from admin.commands.billing_session import Now, billing
from admin.commands.people.user import AsJson, Email, read_email
from admin.rows import as_json, minute_alone, picked
from shared.accounts.emails import Address
from shared.billing import money
from shared.billing.alerts import alerts
from shared.counted import counted
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_beside, show_table

app = Program(
    help="What people are alerted of.\n\n"
    "$ lectern-admin alert set ada@example.org --meter requests --percent 80,100\n$ lectern-admin alert list --unread"
)

SHOWN = (
    "id", "user", "type", "threshold", "current_value", "message", "is_read", "created_at", "read_at", "metadata"
)  # fmt: skip
NOBODY = "none"
MOST_PERCENT, MOST_THRESHOLDS = 1000, 20


class Meter(StrEnum):
    REQUESTS = "requests"
    TOKENS = "tokens"


@app.command("set")
def set_thresholds(
    email: Email,
    meter: Annotated[Meter, typer.Option(help="What is measured.")],
    percent: Annotated[
        str, typer.Option(metavar="LIST", help="Of what the fee includes, or else of the limit; or none.")
    ],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Choose at which usage of a month a user is alerted; what was chosen before ends.

    $ lectern-admin alert set ada@example.org --meter requests --percent 50,80,100
    $ lectern-admin alert set ada@example.org --meter tokens --percent none
    """
    with ending():
        percents = read_percents(percent)
        wanted = read_email(email)
    row = run(_set(wanted, meter, percents, now))
    if json:
        typer.echo(as_json(row))
    elif percents:
        output().print(
            f"[green]set[/] {exact(row['user'])} is alerted at {_listed(percents)} of a month's {meter.value}"
        )
    else:
        output().print(f"[green]set[/] {exact(row['user'])} is not alerted of {meter.value}")


@app.command("list")
def list_alerts(
    email: Annotated[
        str | None, typer.Argument(metavar="EMAIL", help="Only this user's.", show_default="all")
    ] = None,
    unread: Annotated[bool, typer.Option("--unread", help="Only those that were not read.")] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List alerts, the newest first; of one user, with what is set.

    $ lectern-admin alert list --unread
    $ lectern-admin alert list ada@example.org
    """
    thresholds, rows = run(_list(read_email(email) if email else None, unread, now))
    if json:
        typer.echo(as_json(rows))
        return
    console = output()
    for meter, percents in thresholds.items():
        console.print(f"[dim]{meter}[/] at {_listed(percents)}")
    if not rows:
        console.print("There are no unread alerts." if unread else "There are no alerts.")
        return
    if not console.is_terminal:
        columns = [Column(title) for title in ("When (UTC)", "User", "Type", "Read", "Message", "Id")]
        show_table(console, columns, (), [_told(row) for row in rows])
        return
    for row in rows:
        when, user, kind, is_read, message, key = _told(row)
        style = "dim" if is_read == "yes" else "bold"
        console.print(f"[{style}]{when}  {user}  {kind.replace('_', ' ')}[/]", soft_wrap=True)
        show_beside(console, Text("  "), Text.from_markup(message))
        console.print(f"  [dim]{key}[/]", soft_wrap=True)


@app.command()
def read(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="As listed.", show_default=False)
    ] = None,
    everything: Annotated[
        str | None, typer.Option("--all", metavar="EMAIL", help="All alerts of this user.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Mark alerts as read.

    $ lectern-admin alert read 6f1c1f0e-6a3e-4a53-8c43-2c9f7a3d1b52
    $ lectern-admin alert read --all ada@example.org
    """
    with ending():
        if bool(ids) == bool(everything):
            raise InvalidRequest(
                "name alerts by their ids, or all of a user",
                "lectern-admin alert read ID... or lectern-admin alert read --all EMAIL",
            )
        wanted = [read_id(one) for one in ids or ()]
    rows = run(_read(wanted, read_email(everything) if everything else None, now))
    if json:
        typer.echo(as_json(rows))
    elif rows:
        output().print(f"[green]read[/] {counted(len(rows), 'alert')}")
    else:
        output().print("They are read already." if ids else "There are no unread alerts.")


def read_percents(text: str) -> list[int]:
    """Ascending, each once. Raises InvalidRequest."""
    if text.strip().casefold() == NOBODY:
        return []
    found = [part.strip().removesuffix("%").strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdecimal() and len(part) <= 4 for part in found) or not all(
        1 <= int(part) <= MOST_PERCENT for part in found
    ):
        raise InvalidRequest(
            f"{text[:60]!r} are no percents from 1 to {MOST_PERCENT:,}", "write them as 50,80,100, or none"
        )
    percents = sorted({int(part) for part in found})
    if len(percents) > MOST_THRESHOLDS:
        raise InvalidRequest(f"these are {len(percents)} thresholds", f"name {MOST_THRESHOLDS} at most")
    return percents


def read_id(text: str) -> UUID:
    """Raises InvalidRequest."""
    try:
        return UUID(text.strip())
    except ValueError:
        raise InvalidRequest(
            f"{text[:60]!r} is no alert's id", "lectern-admin alert list shows them"
        ) from None


def _listed(percents: list[int]) -> str:
    return ", ".join(f"{percent}%" for percent in percents)


def _told(row: Row) -> tuple[str, ...]:
    return (
        minute_alone(row["created_at"]),
        exact(row["user"]),
        row["type"],
        "yes" if row["is_read"] else "no",
        words(row["message"]),
        str(row["id"]),
    )


def _shown(row: Row) -> dict[str, Any]:
    """Money has its currency's digits, a percent only those that say something."""
    currency = row["metadata"].get("currency")
    values = {
        name: value if value is None else money.plain(value, currency) if currency else money.trimmed(value)
        for name in ("threshold", "current_value")
        for value in (row[name],)
    }
    return picked(row, SHOWN) | values


async def _set(wanted: Address, meter: Meter, percents: list[int], now: str | None) -> Row:
    async with billing("alert set", now) as books:
        user = await books.user(wanted)
        before = (await alerts.thresholds(books.connection, user["id"])).get(meter.value, [])
        await alerts.set_thresholds(books.connection, user["id"], meter.value, percents, books.now)
        change = Change(
            "alert set",
            user_id=user["id"],
            before={meter.value: before},
            after={meter.value: percents},
        )
        await audit(books.connection, change)
        return {"user": user["email"], "meter": meter.value, "percent": percents}


async def _list(
    wanted: Address | None, unread: bool, now: str | None
) -> tuple[dict[str, list[int]], list[dict[str, Any]]]:
    async with billing("alert list", now) as books:
        user = (await books.accounts.user(wanted))["id"] if wanted else None
        thresholds = await alerts.thresholds(books.connection, user) if user else {}
        rows = await alerts.listed(books.connection, user, unread=unread)
        return thresholds, [_shown(row) for row in rows]


async def _read(ids: list[UUID], wanted: Address | None, now: str | None) -> list[dict[str, Any]]:
    async with billing("alert read", now) as books:
        user = (await books.accounts.user(wanted))["id"] if wanted else None
        if unknown := await alerts.unknown(books.connection, ids):
            raise InvalidRequest(
                f"there is no alert {', '.join(map(str, unknown))}", "lectern-admin alert list shows them"
            )
        rows = await alerts.mark_read(books.connection, books.now, ids=ids, user=user)
        if rows:
            change = Change("alert read", user_id=user, after={"alerts": [str(row["id"]) for row in rows]})
            await audit(books.connection, change)
        return [_shown(row) for row in rows]
