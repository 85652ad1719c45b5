"""`lectern-admin subscription`: who is on which plan, from when until when."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer

from admin.commands.billing_session import Books, Now, billing
from admin.commands.people.user import AsJson, Email, read_email
from admin.commands.plans.subscription_screen import Told, ends, every, fee, plain, state, tell
from admin.rows import as_json
from admin.when import day, duration
from shared.accounts.emails import Address
from shared.billing import money as amounts
from shared.billing import placing
from shared.billing.invoices import credit_notes
from shared.billing.subscriptions.subscription import Cadence
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program
from shared.terminal.table import Column, show_table

app = Program(
    help="Who is on which plan.\n\n"
    "$ lectern-admin subscription start ada@example.org basic\n"
    "$ lectern-admin subscription show ada@example.org"
)


class Interval(StrEnum):
    MONTH = "month"
    YEAR = "year"


class When(StrEnum):
    END = "period-end"
    NOW = "now"


class Status(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


Plan = Annotated[str, typer.Argument(metavar="PLAN", help="As `plan list` has it.")]
Count = Annotated[
    int, typer.Option("--interval-count", min=1, max=120, metavar="N", help="Every so many of them.")
]
At = Annotated[When, typer.Option("--at", help="When it takes effect.")]


@app.command()
def start(
    email: Email,
    plan: Plan,
    interval: Annotated[Interval, typer.Option(help="How often the fee is due.")] = Interval.MONTH,
    interval_count: Count = 1,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="The seller's, where unset.")] = None,
    at: Annotated[str | None, typer.Option("--at", metavar="DATE", help="The first day.")] = None,
    trial: Annotated[str | None, typer.Option(metavar="14d", help="Free days before the first fee.")] = None,
    periods: Annotated[
        int | None, typer.Option(min=1, max=1200, metavar="N", help="End after so many fees.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Start a subscription. The fee is due in advance, usage beyond it in arrears.

    $ lectern-admin subscription start ada@example.org basic
    $ lectern-admin subscription start ada@example.org premium --interval year --trial 14d
    """
    with ending():
        wanted = read_email(email)
        code = amounts.currency(currency) if currency else None
        days = _days(trial) if trial else 0
        first = day(at) if at else None
    cadence = Cadence(interval.value, interval_count)
    told = run(_start(wanted, plan, cadence, code, first, days, periods, now))
    tell(told, json, "started")


@app.command()
def change(
    email: Email,
    plan: Plan,
    interval: Annotated[Interval | None, typer.Option(help="Another interval.")] = None,
    interval_count: Annotated[
        int | None, typer.Option("--interval-count", min=1, max=120, metavar="N")
    ] = None,
    at: At = When.END,
    preview: Annotated[
        bool, typer.Option("--preview", help="Show the lines it would make, and keep nothing.")
    ] = False,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Change the plan or the interval: at the period's end, or now, with the days left charged and given back.

    $ lectern-admin subscription change ada@example.org premium
    $ lectern-admin subscription change ada@example.org premium --at now --preview
    """
    told = run(_change(read_email(email), plan, interval, interval_count, at, preview, now))
    if preview and not json:
        output().print("[yellow]preview[/]: nothing of this is kept")
    tell(told, json, "" if preview else "changed")


@app.command()
def cancel(email: Email, at: At = When.END, now: Now = None, json: AsJson = False) -> None:
    """Cancel a subscription: at the period's end, or now, with what is not used of the fee given back.

    $ lectern-admin subscription cancel ada@example.org
    $ lectern-admin subscription cancel ada@example.org --at now
    """
    told = run(_order(read_email(email), "cancel", now, at=at.value))
    tell(told, json, "cancelled")


@app.command()
def pause(email: Email, now: Now = None, json: AsJson = False) -> None:
    """Pause a subscription: no usage is billed, no further fee is due, and the free plan's limits hold.

    $ lectern-admin subscription pause ada@example.org
    """
    tell(run(_order(read_email(email), "pause", now)), json, "paused")


@app.command()
def resume(email: Email, now: Now = None, json: AsJson = False) -> None:
    """Go on with a paused subscription, or take back a cancellation that waits.

    $ lectern-admin subscription resume ada@example.org
    """
    tell(run(_order(read_email(email), "resume", now)), json, "resumed")


@app.command(context_settings={"ignore_unknown_options": True})
def adjust(
    email: Email,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="Below zero lowers the next invoice.")],
    description: Annotated[str, typer.Option(metavar="TEXT", help="What the invoice says of it.")],
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Add a line to the next invoice.

    $ lectern-admin subscription adjust ada@example.org 25.00 --description "Set-up"
    $ lectern-admin subscription adjust ada@example.org -5.00 --description "Agreed by phone"
    """
    with ending():
        said = " ".join(description.split())
        if not said or len(said) > 500:
            raise InvalidRequest("a description has 1 to 500 characters", "say what it is for")
    tell(run(_adjust(read_email(email), amount, said, now)), json, "adjusted")


@app.command()
def show(email: Email, now: Now = None, json: AsJson = False) -> None:
    """Show a user's subscription, and what waits for the next invoice.

    $ lectern-admin subscription show ada@example.org
    """
    tell(run(_show(read_email(email), now)), json, "")


@app.command("list")
def list_subscriptions(
    status: Annotated[Status | None, typer.Option(help="Only these.")] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """List subscriptions, those that run first.

    $ lectern-admin subscription list --status active
    """
    rows, at = run(_list(status.value if status else None, now))
    if json:
        typer.echo(as_json([plain(row) for row in rows]))
    elif not rows:
        output().print("There are no subscriptions. [dim]lectern-admin subscription start EMAIL PLAN[/]")
    else:
        told = [
            (
                exact(row["user"]),
                exact(row["plan"]),
                state(row, at),
                f"{fee(row)} {every(row)}",
                ends(row),
            )
            for row in rows
        ]
        columns = (Column("Plan"), Column("State"), Column("Fee", right=True), Column("Period ends"))
        show_table(output(), (Column("User"),), columns, told)


def _days(text: str) -> int:
    found = duration(text)
    if found % timedelta(days=1) or not 1 <= found.days <= 730:
        raise InvalidRequest(f"a trial is 1 to 730 whole days, not {text[:40]}", "write it as 14d")
    return found.days


async def _told(books: Books, user_id: UUID, before: Collection[UUID] | None = None) -> Told:
    """`before` are the credit notes that there were before an order."""
    own = await placing.newest_id(books.connection, user_id)
    if own is None:
        raise InvalidRequest("there is no subscription", "`subscription start` makes one")
    [row] = await placing.shown(books.connection, own)
    waiting = await placing.waiting(books.connection, own)
    if before is None:
        return Told(row, waiting, books.now)
    notes = await credit_notes.listed(books.connection, user_id)
    return Told(row, waiting, books.now, [note for note in notes if note["id"] not in before])


async def _notes(books: Books, user_id: UUID) -> set[UUID]:
    return {note["id"] for note in await credit_notes.listed(books.connection, user_id)}


async def _start(
    wanted: Address,
    plan: str,
    cadence: Cadence,
    code: str | None,
    first: date | None,
    trial_days: int,
    periods: int | None,
    now: str | None,
) -> Told:
    async with billing("subscription start", now) as books:
        user = await books.user(wanted)
        made = await placing.start(
            books.connection, user["id"], plan, cadence, code, first, books.now,
            trial_days=trial_days, term_periods=periods,
        )  # fmt: skip
        after = {
            "subscription": made,
            "plan": plan,
            "interval": cadence.interval,
            "interval_count": cadence.count,
        }
        await audit(books.connection, Change("subscription start", user_id=user["id"], after=after))
        return await _told(books, user["id"])


async def _change(
    wanted: Address,
    plan: str,
    interval: Interval | None,
    count: int | None,
    at: When,
    preview: bool,
    now: str | None,
) -> Told:
    async with billing("subscription change", now) as books:
        user = await books.user(wanted)
        async with books.connection.transaction(force_rollback=preview):
            cadence = await placing.cadence(
                books.connection, user["id"], interval.value if interval else None, count
            )
            before = await _notes(books, user["id"])
            await placing.change(books.connection, user["id"], plan, cadence, at.value, books.now)
            if not preview:
                after = {
                    "plan": plan,
                    "interval": cadence.interval,
                    "interval_count": cadence.count,
                    "at": at.value,
                }
                await audit(books.connection, Change("subscription change", user_id=user["id"], after=after))
            told = await _told(books, user["id"], before)
            return (
                replace(told, notes=[note | {"number": None} for note in told.notes or ()])
                if preview
                else told
            )


async def _order(wanted: Address, name: str, now: str | None, *, at: str | None = None) -> Told:
    async with billing(f"subscription {name}", now) as books:
        user = await books.user(wanted)
        before = await _notes(books, user["id"])
        if name == "cancel":
            outcome = await placing.cancel(books.connection, user["id"], at or "period-end", books.now)  # type: ignore[arg-type]
        else:
            place = placing.pause if name == "pause" else placing.resume
            outcome = await place(books.connection, user["id"], books.now)
        after = {"status": outcome.after.status, **({"at": at} if at else {})}
        await audit(books.connection, Change(f"subscription {name}", user_id=user["id"], after=after))
        return await _told(books, user["id"], before)


async def _adjust(wanted: Address, amount: str, description: str, now: str | None) -> Told:
    async with billing("subscription adjust", now) as books:
        user = await books.user(wanted)
        code = await placing.currency_of(books.connection, user["id"], books.now)
        value = amounts.plain(amounts.read(amount, code, signed=True), code)
        line = await placing.adjust(books.connection, user["id"], value, description, books.now)
        after = {"line": line["id"], "amount": value, "currency": code}
        await audit(books.connection, Change("subscription adjust", user_id=user["id"], after=after))
        return await _told(books, user["id"])


async def _show(wanted: Address, now: str | None) -> Told:
    async with billing("subscription show", now) as books:
        return await _told(books, (await books.accounts.user(wanted))["id"])


async def _list(status: str | None, now: str | None) -> tuple[list[Row], datetime]:
    async with billing("subscription list", now) as books:
        return await placing.shown(books.connection, status=status), books.now
