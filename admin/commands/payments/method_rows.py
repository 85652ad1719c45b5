"""Methods in a terminal and as JSON: what each is called, how long it lasts, and which is charged."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from rich.console import Console

from admin.rows import NONE
from shared.billing.payments.methods import method
from shared.stores.postgres import Row
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_table

SHORT: Final = 8
"""Characters of an id that a table shows; a command takes them."""
LISTED: Final = (
    *("id", "user", "type", "provider", "brand", "last_four", "expiry_month", "expiry_year", "is_default"),
    *("charging", "created_at", "removed_at", "detached_at"),
)
_LASTS: Final = {"past": "[red]{}[/]", "soon": "[yellow]{}[/]", "ahead": "{}"}


def show_methods(console: Console, rows: Sequence[Row], today: date, *, whose: bool) -> None:
    called = (Column("Method"), *((Column("User"),) if whose else ()), Column("Name"))
    said = [Column("By"), Column("Expires"), Column("State")]
    charging = any(row["charging"] for row in rows)
    if charging:
        said.append(Column("Being charged", prose=True))
    show_table(console, called, said, [_told(row, today, whose=whose, charging=charging) for row in rows])


def name(row: Row) -> str:
    """`visa ...4242`."""
    return exact(method.called(row["type"], row["brand"], row["last_four"]))


def expires(row: Row, today: date) -> str:
    """`12/2028`, marked where that is past or soon."""
    month, year = row["expiry_month"], row["expiry_year"]
    if month is None or year is None:
        return NONE
    return _LASTS[method.lasts(month, year, today)].format(f"{month:02}/{year}")


def by(row: Row | None, today: date) -> str:
    """`visa ...4242, expires 12/2028`, of a default."""
    if row is None:
        return "[dim]no method: by transfer, or on a page[/]"
    until = expires(row, today)
    return name(row) + (f", expires {until}" if until != NONE else "")


def _told(row: Row, today: date, *, whose: bool, charging: bool) -> tuple[str, ...]:
    return (
        str(row["id"])[:SHORT],
        *((exact(row["user"]),) if whose else ()),
        name(row),
        row["provider"],
        expires(row, today),
        _state(row),
        *((", ".join(map(exact, row["charging"])) or NONE,) if charging else ()),
    )


def _state(row: Row) -> str:
    if row["removed_at"]:
        return "[dim]removed[/]" if row["detached_at"] else "[yellow]removed here[/]"
    return "[green]default[/]" if row["is_default"] else NONE
