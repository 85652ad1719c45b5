"""`lectern-admin billing`: run them, and see where they stand."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.books import billing_export, billing_outbox, billing_reconcile, billing_run, report
from admin.commands.books.status_screen import draw
from admin.commands.people.user import AsJson
from admin.pages import status as status_page
from admin.rows import as_json, last_day
from shared.billing import status as books_status
from shared.billing.money import plain
from shared.billing.status import Books, Status
from shared.disk import write_whole
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.program import Program

app = Program(help="The books.\n\n$ lectern-admin billing run\n$ lectern-admin billing status")
app.command("run")(billing_run.run)
app.command("export")(billing_export.write_out)
app.command("reconcile")(billing_reconcile.compare)
app.add_typer(report.app, name="report")
app.add_typer(billing_outbox.app, name="outbox")


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
        draw(output(), found)


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
        "payments": {
            **{
                what: [asdict(one) | {"amount": plain(one.amount, one.currency)} for one in sums]
                for what, sums in found.payments.sums.items()
            },
            "not_attempted": [
                row | {"due": plain(row["due"], row["currency"])} for row in found.payments.not_attempted
            ],
            "events": found.payments.events,
        },
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
