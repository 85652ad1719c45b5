"""Where the books stand, in a terminal: figures and charts of each currency, payments, and what waits."""

from collections.abc import Mapping
from decimal import Decimal
from itertools import dropwhile
from typing import Any

from rich.console import Console
from rich.text import Text

from admin.figures import Figure, figures, over, payments
from admin.rows import NONE, last_day, minute, money, sum_of
from shared.billing import status as books_status
from shared.billing.status import Books, Status
from shared.counted import counted
from shared.terminal.bar import bar
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_beside, show_facts, show_table

MOST_CELLS = 48
BESIDE_BAR = 32
"""Columns of a chart that are not its bars."""
MOST_LISTED = 20
"""Drafts and late months that are shown in a terminal; JSON has all."""


def draw(console: Console, found: Status) -> None:
    show_facts(
        console,
        [
            ("at", f"{minute(found.at)}, days and months of {exact(found.zone)}"),
            ("last run", minute(found.last_run) if found.last_run else "[yellow]never[/]"),
            ("messages", _undelivered(found.messages)),
        ],
    )
    for books in found.books:
        console.print()
        _draw_books(console, books)
    if not found.books:
        console.print("\nNothing was invoiced yet.")
    if told := payments(found.payments):
        console.print()
        _draw_figures(console, "Payments", told)
    if found.payments.not_attempted:
        console.print("\n[bold]Not attempted[/]: no provider takes these payments")
        _draw_not_attempted(console, found.payments.not_attempted)
        _more(console, found.payments.not_attempted)
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
    _draw_figures(console, code, figures(books))
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


def _draw_figures(console: Console, title: str, told: tuple[Figure, ...]) -> None:
    show_table(
        console,
        (Column(title),),
        (Column("Amount", right=True), Column("")),
        [
            (one.name, f"[red]{one.amount}[/]" if one.bad else one.amount, f"[dim]{one.note}[/]")
            for one in told
        ],
    )


def _draw_not_attempted(console: Console, rows: list[dict[str, Any]]) -> None:
    show_table(
        console,
        (Column("Invoice"), Column("User")),
        (Column("Due", right=True), Column("Why", prose=True)),
        [
            (
                exact(row["number"]),
                exact(row["user"]),
                money(row["due"], row["currency"]),
                words(row["reason"] or NONE),
            )
            for row in _first(console, rows)
        ],
    )


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
