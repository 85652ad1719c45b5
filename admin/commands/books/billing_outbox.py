"""`lectern-admin billing outbox`: what waits to be delivered, what failed, and what becomes of it."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.text import Text

from admin.commands.billing_session import Now, billing
from admin.commands.people.user import AsJson
from admin.rows import NONE, as_json, minute_alone
from shared.billing.delivery import queue
from shared.counted import counted
from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_beside, show_table

app = Program(
    help="Messages to people, sent by lectern-admin billing run.\n\n"
    "$ lectern-admin billing outbox list --status failed\n$ lectern-admin billing outbox retry --all-failed"
)

MOST_REASON = 200

Named = Annotated[
    list[str], typer.Argument(metavar="ID...", help="As listed; or numbers of documents.", show_default=False)
]


class Status(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@app.command("list")
def list_messages(
    status: Annotated[Status | None, typer.Option(help="Only these.", show_default="all")] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List messages, the newest first.

    $ lectern-admin billing outbox list
    $ lectern-admin billing outbox list --status failed --json
    """
    rows = run(_list(status, now))
    if json:
        typer.echo(as_json(rows))
        return
    console = output()
    if not rows:
        console.print(f"There are no {status.value} messages." if status else "There are no messages.")
        return
    if not console.is_terminal:
        titles = ("Created (UTC)", "User", "What", "Status", "Attempts", "Next (UTC)", "To", "Why", "Id")
        show_table(console, [Column(title) for title in titles], (), [_told(row) for row in rows])
        return
    for row in rows:
        when, user, what, stands, attempts, following, to, why, key = _told(row)
        style = {"failed": "red", "waiting": "yellow", "delivered": "green"}.get(stands, "dim")
        console.print(f"[{style}]{stands}[/] {what}  {user}", soft_wrap=True)
        tried = f", {counted(int(attempts), 'attempt')}" if attempts != "0" else ""
        then = f", next {following} UTC" if stands == "waiting" else ""
        sent = f", to {to}" if to != NONE else ""
        show_beside(console, Text("  "), Text.from_markup(f"{when} UTC{tried}{then}{sent}"))
        if why != NONE:
            show_beside(console, Text("  "), Text.from_markup(why))
        console.print(f"  [dim]{key}[/]", soft_wrap=True)


@app.command()
def retry(
    ids: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ID]...", help="As listed; or numbers of documents.", show_default=False),
    ] = None,
    all_failed: Annotated[bool, typer.Option("--all-failed", help="All that failed.")] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Have messages sent by the next run, to where their users' invoices go by then.

    $ lectern-admin billing outbox retry LECT-2026-000001
    $ lectern-admin billing outbox retry --all-failed
    """
    with ending():
        if bool(ids) == all_failed:
            raise InvalidRequest(
                "name messages by their ids or numbers, or all that failed",
                "lectern-admin billing outbox retry ID... or --all-failed",
            )
    rows = run(_retry(ids, now))
    if json:
        typer.echo(as_json([{**_shown(row), "status": "waiting"} for row in rows]))
    elif rows:
        output().print(f"[green]waiting[/] {counted(len(rows), 'message')} for lectern-admin billing run")
    else:
        output().print("Nothing failed.")


@app.command()
def drop(
    ids: Named,
    reason: Annotated[str, typer.Option(help="Why it is not to be sent.")],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Send messages to nobody. `retry` brings them back.

    $ lectern-admin billing outbox drop LECT-2026-000001 --reason 'handed over in person'
    """
    with ending():
        why = one_line(reason)
        if not why or len(why) > MOST_REASON:
            raise InvalidRequest(f"a reason has 1 to {MOST_REASON} characters", "say why in --reason")
    rows = run(_drop(ids, why, now))
    if json:
        typer.echo(as_json([{**_shown(row), "status": "dropped"} for row in rows]))
    else:
        output().print(f"[green]dropped[/] {counted(len(rows), 'message')}")


def _shown(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "topic", "user", "number")}


def _told(row: Row) -> tuple[str, ...]:
    what = (row["type"] or row["topic"].partition(".")[0]).replace("_", " ")
    return (
        minute_alone(row["created_at"]),
        exact(row["user"]),
        exact(f"{what} {row['number'] or ''}".strip()),
        row["status"],
        str(row["attempts"]),
        minute_alone(row["next_attempt_at"]) if row["status"] == "waiting" else NONE,
        exact(row["recipient"]) if row["recipient"] else NONE,
        words(row["last_error"]) if row["last_error"] else NONE,
        str(row["id"]),
    )


async def _list(status: Status | None, now: str | None) -> list[Row]:
    async with billing("billing outbox list", now) as books:
        return await queue.listed(books.connection, status.value if status else None)


async def _retry(ids: list[str] | None, now: str | None) -> list[Row]:
    async with billing("billing outbox retry", now) as books:
        rows = await queue.retry(books.connection, ids, books.now)
        for row in rows:
            after = {"message": row["id"], "number": row["number"], "status": "waiting"}
            before = {"status": row["status"]}
            change = Change("billing outbox retry", user_id=row["user_id"], before=before, after=after)
            await audit(books.connection, change)
        return rows


async def _drop(ids: list[str], reason: str, now: str | None) -> list[Row]:
    async with billing("billing outbox drop", now) as books:
        rows = await queue.drop(books.connection, ids, reason, books.now)
        for row in rows:
            after = {"message": row["id"], "number": row["number"], "status": "dropped", "reason": reason}
            before = {"status": row["status"]}
            change = Change("billing outbox drop", user_id=row["user_id"], before=before, after=after)
            await audit(books.connection, change)
        return rows
