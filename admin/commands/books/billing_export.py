"""`lectern-admin billing export`: the books as double entries, for an accountant or a ledger."""

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import IO, Annotated, Final

import typer

from admin import when
from admin.commands.billing_session import Now, billing
from admin.rows import as_csv
from shared.billing.books import books, export
from shared.billing.books.ledger import Entry
from shared.billing.parties import profiles
from shared.billing.period import local_day
from shared.counted import counted
from shared.disk import whole
from shared.errors import InvalidRequest
from shared.terminal.console import output
from shared.terminal.ending import ending
from shared.terminal.ending import run as ran_by
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact
from shared.terminal.streams import unwritten

_PIPE: Final = "-"
_AT_ONCE: Final = 500
"""Entries of which the text is written together."""

Sink = Callable[[bytes], object]


class Form(StrEnum):
    CSV = "csv"
    BEANCOUNT = "beancount"


def write_out(
    form: Annotated[Form, typer.Option("--format", help="CSV, a row a posting; or a file of beancount.")],
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="The first day.", show_default="of the books")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="The last day.", show_default="today")
    ] = None,
    to: Annotated[
        str,
        typer.Option("-o", "--output", metavar="FILE", help="Where to; - is standard output."),
    ] = _PIPE,
    now: Now = None,
) -> None:
    """Write the books as double entries: what was invoiced, earned, paid, credited, refunded, and what it cost.

    Each entry balances in its currency. Fees are earned day by day, and booked at the end of each month and on the last
    day. Days are the seller's; what was before the first one is not brought forward.

    $ lectern-admin billing export --format csv --since 2026-01-01 --until 2026-12-31 -o 2026.csv
    $ lectern-admin billing export --format beancount | bean-check /dev/stdin
    """
    with ending():
        first = when.day(since) if since else books.FIRST
        last = when.day(until) if until else None
    if to == _PIPE:
        ran_by(_export(form, first, last, now, _print))
        return
    with ending(), whole(Path(to)) as file:
        count, last = ran_by(_export(form, first, last, now, _into(file, to)))
    output().print(f"[green]written[/] {exact(to)}: {counted(count, 'entry')} until {last}", soft_wrap=True)


async def _export(
    form: Form, first: date, until: date | None, now: str | None, sink: Sink
) -> tuple[int, date]:
    """How many entries were written, and until which day."""
    count = 0
    async with billing("billing export", now) as session:
        seller = await profiles.seller(session.connection)
        today = local_day(session.now, seller.zone)
        last = until or today
        if last > today:
            raise InvalidRequest(
                f"{last} is yet to come", f"the books end today, {today}: name a day until then"
            )
        if first > last:
            raise InvalidRequest(
                f"{first} is after {last}", "name a first day that is not after the last one"
            )
        title = seller.name or "Lectern"
        if form is Form.CSV:
            sink(as_csv(export.COLUMNS, ()).encode())
        async with aclosing(books.entries(session.connection, last, session.now, since=first)) as entries:
            async for some in _together(entries):
                if form is Form.BEANCOUNT and not count:
                    sink(export.opening(some[0].day, title).encode())
                sink(_text(form, some).encode())
                count += len(some)
        if form is Form.BEANCOUNT and not count:
            sink(export.opening(last, title).encode())
    return count, last


def _print(text: bytes) -> None:
    try:
        typer.echo(text, nl=False)
    except OSError as error:
        if told := unwritten(error):
            raise told from None
        raise typer.Exit(ExitCode.FAILED) from None  # nobody reads it any more


def _into(file: IO[bytes], name: str) -> Sink:
    def write(text: bytes) -> None:
        try:
            file.write(text)
        except OSError as error:
            error.filename = name
            raise

    return write


def _text(form: Form, entries: list[Entry]) -> str:
    if form is Form.BEANCOUNT:
        return "".join(map(export.transaction, entries))
    rows = (row for entry in entries for row in export.postings(entry))
    return as_csv(export.COLUMNS, rows, named=False)


async def _together(entries: AsyncIterator[Entry]) -> AsyncIterator[list[Entry]]:
    some: list[Entry] = []
    async for entry in entries:
        some.append(entry)
        if len(some) == _AT_ONCE:
            yield some
            some = []
    if some:
        yield some
