"""`lectern-admin billing`: run them, and see where they stand."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import dropwhile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from admin.commands import billing_export, billing_outbox, billing_reconcile, billing_run, report
from admin.commands.billing_session import Now, billing
from admin.commands.user import AsJson
from admin.figures import figures, over
from admin.pages import status as status_page
from admin.rows import NONE, as_json, last_day, minute, money, sum_of
from shared.billing import status as books_status
from shared.billing.money import plain
from shared.billing.status import Books, Status
from shared.counted import counted
from shared.disk import write_whole
from shared.errors import InvalidRequest
from shared.terminal.bar import bar
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact, words
from shared.terminal.program import Program
from shared.terminal.table import Column, show_beside, show_facts, show_table

app = Program(help="The books.\n\n$ lectern-admin billing run\n$ lectern-admin billing status")
app.command("run")(billing_run.run)
app.command("export")(billing_export.write_out)
app.command("reconcile")(billing_reconcile.compare)
app.add_typer(report.app, name="report")
app.add_typer(billing_outbox.app, name="outbox")

MOST_CELLS = 48
BESIDE_BAR = 32
"""Columns of a chart that are not its bars."""
MOST_LISTED = 20
"""Drafts and late months that are shown in a terminal; JSON has all."""


@app.command()
def status(
    now: Now = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a page for a browser.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show revenue, what is owed, credits that are left, what waits, and what is still to be earned.

    $ lectern-admin billing status
    $ lectern-admin billing status --html status.html
    $ lectern-admin billing status --json
    """
    with ending():
        if html and json:
            raise InvalidRequest("--html and --json exclude each other", "name one of them")
        if html and html.is_dir():
            raise InvalidRequest(f"{html} is a directory", f"name a file, such as {html / 'status.html'}")
    found = run(_status(now))
    if html:
        with ending():
            write_whole(html, status_page.page(found).encode())
        output().print(f"[green]written[/] {exact(str(html))}")
    elif json:
        typer.echo(as_json(_as_json(found)))
    else:
        _draw(output(), found)


def _draw(console: Console, found: Status) -> None:
    show_facts(
        console,
        [
            ("at", f"{minute(found.at)} UTC, days and months of {exact(found.zone)}"),
            ("last run", f"{minute(found.last_run)} UTC" if found.last_run else "[yellow]never[/]"),
            ("messages", _undelivered(found.messages)),
        ],
    )
    for books in found.books:
        console.print()
        _draw_books(console, books)
    if not found.books:
        console.print("\nNothing was invoiced yet.")
    if found.abroad:
        console.print("\n[bold]Sold to consumers elsewhere in the Union[/]")
        years = [
            (str(year), money(amount, "EUR"), f"[red]{over(amount)}[/]")
            for year, amount in found.abroad.items()
        ]
        show_table(console, (Column("Year"),), (Column("Without tax", right=True), Column("")), years)
    if found.drafts:
        console.print(f"\n[bold]{counted(len(found.drafts), 'draft')}[/]")
        _draw_drafts(console, found.drafts)
        _more(console, found.drafts)
    if found.late:
        rows = sum(row["late_rows"] for row in found.late)
        console.print(f"\n[bold]Not billed[/]: {counted(rows, 'call')} recorded after the grace")
        show_table(
            console,
            [Column("User"), Column("Month")],
            [Column("Calls", right=True)],
            [
                (
                    exact(row["user"]),
                    f"{row['starts_on']} to {last_day(row['ends_on'])}",
                    f"{row['late_rows']:,}",
                )
                for row in _first(console, found.late)
            ],
        )
        _more(console, found.late)


def _undelivered(messages: Mapping[str, int]) -> str:
    said = [
        f"[{style}]{messages[name]:,} {name}[/]"
        for name, style in (("waiting", "yellow"), ("failed", "red"))
        if messages[name]
    ]
    return f"{', '.join(said)}: lectern-admin billing outbox list" if said else NONE


def _draw_books(console: Console, books: Books) -> None:
    code = books.currency
    show_table(
        console,
        (Column(code),),
        (Column("Amount", right=True), Column("")),
        [
            (one.name, f"[red]{one.amount}[/]" if one.bad else one.amount, f"[dim]{one.note}[/]")
            for one in figures(books)
        ],
    )
    cells = max(8, min(MOST_CELLS, console.width - BESIDE_BAR))
    if months := list(dropwhile(lambda month: not month[1], books.revenue.items())):
        console.print()
        bars = [(f"{month:%Y-%m}", amount, "cyan") for month, amount in months]
        _chart(console, ("Month", "Revenue"), bars, code, cells)
    if books.open:
        console.print()
        ages = [
            (age, due, "green" if age == books_status.NOT_DUE else "red")
            for age, due in books.receivables.items()
        ]
        _chart(console, ("Days overdue", "Receivable"), ages, code, cells)


def _chart(
    console: Console,
    titles: tuple[str, str],
    rows: list[tuple[str, Decimal, str]],
    code: str,
    cells: int,
) -> None:
    most = max(amount for _, amount, _ in rows)
    show_table(
        console,
        (Column(titles[0]),),
        (Column(titles[1], right=True), Column("")),
        [
            (name, sum_of(amount, code), f"[{style}]{bar(amount, most, cells)}[/]")
            for name, amount, style in rows
        ],
    )


def _draw_drafts(console: Console, drafts: list[dict[str, Any]]) -> None:
    told = [
        (
            exact(row["number"]),
            exact(row["user"]),
            money(row["total"], row["currency"]),
            words(row["draft_reason"] or "the next run sends it"),
        )
        for row in drafts
    ]
    if not console.is_terminal:
        columns = [Column(title) for title in ("Draft", "User", "Total", "Why it waits")]
        show_table(console, columns, (), told)
        return
    for number, user, total, reason in told[:MOST_LISTED]:
        console.print(f"{user}  {total}  [dim]{number}[/]", soft_wrap=True)
        show_beside(console, Text("  "), Text.from_markup(reason))


def _first(console: Console, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows[:MOST_LISTED] if console.is_terminal else rows


def _more(console: Console, rows: list[dict[str, Any]]) -> None:
    if console.is_terminal and len(rows) > MOST_LISTED:
        console.print(f"[dim]and {len(rows) - MOST_LISTED:,} more: lectern-admin billing status --json[/]")


def _as_json(found: Status) -> dict[str, Any]:
    return {
        "at": found.at,
        "zone": found.zone,
        "last_run": found.last_run,
        "currencies": [_books_as_json(books) for books in found.books],
        "drafts": [row | {"total": plain(row["total"], row["currency"])} for row in found.drafts],
        "consumers_abroad": [
            {"year": year, "amount": plain(amount, "EUR"), "currency": "EUR"}
            for year, amount in found.abroad.items()
        ],
        "late": [
            {
                "user": row["user"],
                "startDate": str(row["starts_on"]),
                "endDate": str(last_day(row["ends_on"])),
                "late_rows": row["late_rows"],
            }
            for row in found.late
        ],
        "messages": found.messages,
    }


def _books_as_json(books: Books) -> dict[str, Any]:
    code = books.currency
    *_, last, this = books.revenue.values()
    return {
        "currency": code,
        "revenue_this_month": plain(this, code),
        "revenue_last_month": plain(last, code),
        "revenue": [
            {"month": f"{month:%Y-%m}", "amount": plain(amount, code)}
            for month, amount in books.revenue.items()
        ],
        "open": plain(books.open, code),
        "overdue": plain(books.overdue, code),
        "receivables": [
            {"days": age, "invoices": books.invoices[age], "due": plain(due, code)}
            for age, due in books.receivables.items()
        ],
        "credits": {kind: plain(amount, code) for kind, amount in books.credits.items()},
        "deferred_revenue": plain(books.deferred, code),
    }


async def _status(now: str | None) -> Status:
    async with billing("billing status", now) as books:
        return await books_status.status(books.connection, books.now)
