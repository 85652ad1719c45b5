"""Reports in a terminal, a table a currency."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from rich.console import Console

from admin.rows import NONE, sum_of
from shared.billing.money import trimmed
from shared.billing.reports import vat
from shared.billing.reports.vat import Sum
from shared.counted import counted
from shared.terminal.bar import bar
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_facts, show_table

NOTHING: Final = "\nNo document was issued in these days."
BAR: Final = 16
_KINDS: Final = {"invoice": "invoice", "credit_note": "credit note"}


class By(StrEnum):
    MONTH = "month"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class Vat:
    """The sums of a period, each beside what it comes to `into` the seller's currency, where there is a rate."""

    first: date
    last: date
    zone: str
    over: bool
    into: str
    rates: Mapping[str, Decimal]
    sums: Sequence[Sum]
    converted: Sequence[Sum | None]


@dataclass(frozen=True, slots=True)
class Revenue:
    """Rows have `currency`, `invoiced`, `credited`, `revenue` and the month or plan that they are of."""

    first: date
    last: date
    zone: str
    rows: Sequence[Mapping[str, Any]]


def draw_vat(console: Console, found: Vat) -> None:
    _draw_days(console, found, "" if found.over else ", not over yet")
    if not found.sums:
        console.print(NOTHING)
        return
    for code in sorted({one.currency for one in found.sums}):
        console.print()
        _draw_sums(console, code, [one for one in found.sums if one.currency == code])
    if not found.rates:
        return
    worth = ", ".join(f"{rate:f} {code}" for code, rate in sorted(found.rates.items()))
    console.print(f"\n[bold]All in {found.into}[/] (1 {found.into} = {worth})")
    _draw_sums(console, found.into, vat.added(one for one in found.converted if one))
    left = {one.currency for one, other in zip(found.sums, found.converted, strict=True) if other is None}
    if left:
        console.print(f"[yellow]without {', '.join(sorted(left))}: add --rate {min(left)}=X[/]")


def draw_revenue(console: Console, found: Revenue, by: By) -> None:
    _draw_days(console, found)
    if not found.rows:
        console.print(NOTHING)
    for code in sorted({row["currency"] for row in found.rows}):
        rows = [row for row in found.rows if row["currency"] == code]
        most = max(row["revenue"] for row in rows)
        console.print()
        show_table(
            console,
            (Column(by.value.title()),),
            (
                *(Column(title, right=True) for title in ("Invoiced", "Credited", f"Revenue {code}")),
                Column(""),
            ),
            [
                (
                    exact(row[by.value]) if row[by.value] else NONE,
                    *(sum_of(row[name], code) for name in ("invoiced", "credited", "revenue")),
                    f"[cyan]{bar(row['revenue'], most, BAR)}[/]",
                )
                for row in rows
            ],
        )


def _draw_days(console: Console, found: Vat | Revenue, more: str = "") -> None:
    show_facts(console, [("days", f"{found.first} to {found.last} of {exact(found.zone)}{more}")])


def _draw_sums(console: Console, code: str, sums: Sequence[Sum]) -> None:
    """A table of one currency, with what it comes to."""
    told = [
        (
            one.country or NONE,
            one.category,
            f"{trimmed(one.rate)} %",
            counted(one.documents, _KINDS[one.kind]),
            *(sum_of(amount, code) for amount in (one.base, one.tax, one.gross)),
        )
        for one in sums
    ]
    base = sum((one.base for one in sums), Decimal(0))
    tax = sum((one.tax for one in sums), Decimal(0))
    all_of_it = (f"[bold]{sum_of(amount, code)}[/]" for amount in (base, tax, base + tax))
    show_table(
        console,
        (Column(code), Column("VAT"), Column("Rate", right=True), Column("Of")),
        tuple(Column(title, right=True) for title in ("Base", "Tax", "Gross")),
        [*told, ("all", "", "", "", *all_of_it)],
    )
