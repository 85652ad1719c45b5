"""`lectern-admin usage`: what was asked, by whom, and what came of it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import typer

from admin.commands.people.user import AsJson, read_email
from admin.commands.session import session
from admin.rows import as_csv, as_json, minute, number, picked
from admin.when import instant
from shared.accounts.emails import Address
from shared.accounts.reports import FIELDS, By, Question, Report, Reports
from shared.accounts.store import Accounts
from shared.billing.status import unbilled_months
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.errors import InvalidRequest
from shared.model.library import parse_library_ref
from shared.stores.open import Stores
from shared.terminal.bar import bar
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program
from shared.terminal.table import Column, show_facts, show_table

app = Program(help="What was used.\n\n$ lectern-admin usage show\n$ lectern-admin usage show --by user")

BAR = 10
NOBODY = "(none)"


class Group(StrEnum):
    DAY = "day"
    HOUR = "hour"
    LIBRARY = "library"
    TOOL = "tool"
    KEY = "key"
    USER = "user"


class Tool(StrEnum):
    RESOLVE = "resolve-library-id"
    QUERY = "query-docs"
    READ = "resources/read"
    PROMPT = "prompts/get"
    COMPLETE = "completion/complete"


@app.command()
def show(
    user: Annotated[str | None, typer.Option(metavar="EMAIL", help="Only this user's calls.")] = None,
    key: Annotated[str | None, typer.Option(metavar="PREFIX", help="Only calls with this key.")] = None,
    library: Annotated[str | None, typer.Option(metavar="ID", help="Only calls about this library.")] = None,
    tool: Annotated[Tool | None, typer.Option(help="Only calls of this kind.")] = None,
    since: Annotated[str, typer.Option(metavar="WHEN", help="A date, an instant, or a duration.")] = "30d",
    by: Annotated[Group, typer.Option(help="What a row is.")] = Group.DAY,
    json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """Show calls, what came of them, tokens and times; days and hours are UTC.

    $ lectern-admin usage show --since 7d --by library
    $ lectern-admin usage show --user ada@example.org --csv
    """
    with ending():
        if json and csv:
            raise InvalidRequest("--json and --csv exclude each other", "name one of them")
        now = datetime.now(UTC)
        begun = instant(since, now, "back")
        if begun >= now:
            raise InvalidRequest(f"{since[:60]} is yet to come", "name a time that has passed")
        email = read_email(user) if user else None
    asked, report = run(_reported(begun, now, by.value, email, key, library, tool.value if tool else None))
    if json:
        rows = [picked(row, FIELDS) for row in report.rows]
        typer.echo(as_json({**picked_times(asked), "by": asked.by, "rows": rows, "total": report.total}))
    elif csv:
        typer.echo(as_csv(FIELDS, report.rows).encode(), nl=False)
    else:
        _draw(asked, report)


@app.command()
def prune(
    older_than: Annotated[
        str, typer.Option("--older-than", metavar="WHEN", help="A date, an instant, or a duration.")
    ],
) -> None:
    """Remove the whole months of usage that had ended by then; the others stay.

    $ lectern-admin usage prune --older-than 13mo
    """
    with ending():
        now = datetime.now(UTC)
        before = instant(older_than, now, "back")
        if before > now:
            raise InvalidRequest(f"{older_than[:60]} is yet to come", "name a time that has passed")
    gone = run(_pruned(before))
    month = before.astimezone(UTC).strftime("%Y-%m")
    output().print(f"[green]removed[/] {counted(gone, 'usage row')} of the months before {month}")


def picked_times(asked: Question) -> dict[str, datetime]:
    return {"since": asked.since, "until": asked.until}


def _draw(asked: Question, report: Report) -> None:
    console, total = output(), report.total
    if not report.rows:
        console.print(f"No calls since {minute(asked.since)}.")
        return
    outcomes = ", ".join(f"{total[name]:,} {name}" for name in ("answered", "missed", "refused", "failed"))
    facts = [
        ("since", minute(asked.since)),
        ("calls", f"{total['calls']:,}: {outcomes}"),
        ("cached", f"{total['cached']:,}"),
        ("tokens", f"{total['tokens']:,}"),
        ("time", f"p50 {number(total['p50_ms'])} ms, p95 {number(total['p95_ms'])} ms"),
    ]
    show_facts(console, facts)
    console.print()
    titles = ("Calls", "Missed", "Refused", "Failed", "Tokens", "p50", "p95")
    names = ("calls", "missed", "refused", "failed", "tokens", "p50_ms", "p95_ms")
    most = max(row["calls"] for row in report.rows)
    show_table(
        console,
        (Column(asked.by.title()),),
        (Column(""), *(Column(title, right=True) for title in titles)),
        [
            (
                exact(_called(row)),
                f"[cyan]{bar(row['calls'], most, BAR)}[/]",
                *(number(row[name]) for name in names),
            )
            for row in report.rows
        ],
    )


def _called(row: dict[str, Any]) -> str:
    return str(row["key_prefix"] or row["group"] or NOBODY)


async def _reported(
    since: datetime,
    until: datetime,
    by: By,
    email: Address | None,
    key: str | None,
    library: str | None,
    tool: str | None,
) -> tuple[Question, Report]:
    async with session("usage show") as stores:
        database = await stores.database()
        people = Accounts(database)
        asked = Question(
            since,
            until,
            by,
            user_id=(await people.user(email))["id"] if email else None,
            key_id=(await people.key(key))["id"] if key else None,
            library_id=await _library(stores, library) if library else None,
            tool=tool,
        )
        return asked, await Reports(database).report(asked)


async def _library(stores: Stores[Any], typed: str) -> str:
    """As the catalogue has it. One that was removed has usage too."""
    wanted: str = parse_library_ref(typed).id
    found = await Catalogue(await stores.database()).library(wanted)
    return found.id if found else wanted


async def _pruned(before: datetime) -> int:
    async with session("usage prune") as stores:
        database = await stores.database()
        async with database.transaction() as connection:
            months = await unbilled_months(connection, before)
        if months:
            whole = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
            raise InvalidRequest(
                f"usage of {whole} may still be billed",
                "`lectern-admin billing run` closes a month once LECTERN_BILLING_GRACE_HOURS have passed "
                "since its end; or name an earlier time",
            )
        return await Reports(database).prune(before)
