"""Bank transfers in a terminal and as JSON: who sent how much, what they wrote, what it pays or why it waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from rich.console import Console

from admin.commands.payments.payment_rows import SHORT
from admin.rows import NONE, day, money, priced, sum_of
from shared.billing.money import plain
from shared.billing.payments.transfers.matching import Bill, Part
from shared.billing.payments.transfers.statements.statement import Statement
from shared.billing.payments.transfers.transfers import UNMATCHED, Kept
from shared.counted import counted
from shared.stores.postgres import Row
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_table

SHOWN: Final = (
    *(
        "id",
        "provider",
        "provider_transaction_id",
        "amount",
        "currency",
        "reference",
        "payer",
        "status",
        "reason",
    ),
    *("booked_at", "created_at"),
)
MOST_SHOWN: Final = 40
"""Characters of what a payer is called and wrote, in a table; JSON has all."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file. `rows` are its transfers as they stand, and others that were matched with them."""

    file: str
    statement: Statement
    provider: str
    kept: Kept
    rows: Sequence[Row]
    matched: Mapping[UUID, tuple[Part, ...]]
    notes: Sequence[str]

    @property
    def waiting(self) -> list[Row]:
        return [row for row in self.rows if row["status"] == UNMATCHED]


def transfer_json(row: Row, maybe: Sequence[Bill] = ()) -> dict[str, Any]:
    told = priced(row, SHOWN)
    return told | {"suggestions": [bill.number for bill in maybe]} if maybe else told


def matched_json(row: Row, parts: Sequence[Part]) -> dict[str, Any]:
    code = row["currency"]
    paid = [
        {"invoice": part.bill.number, "amount": plain(part.amount, code), "credit": plain(part.excess, code)}
        for part in parts
    ]
    return transfer_json(row) | {"invoices": paid}


def imported_json(found: Imported) -> dict[str, Any]:
    return {
        "file": found.file,
        "kind": found.statement.kind,
        "provider": found.provider,
        "read": len(found.statement.transfers),
        "new": found.kept.new,
        "passed_over": found.statement.passed_over,
        "matched": [
            matched_json(row, found.matched[row["id"]]) for row in found.rows if row["id"] in found.matched
        ],
        "unmatched": [transfer_json(row) for row in found.waiting],
        "bad": [one._asdict() for one in found.statement.bad],
        "notes": list(found.notes),
    }


def show_imported(console: Console, found: Imported) -> None:
    statement = found.statement
    passed = f", {counted(statement.passed_over, 'row')} passed over" if statement.passed_over else ""
    console.print(
        f"[green]read[/] {exact(found.file)}, {statement.kind}: {counted(len(statement.transfers), 'transfer')}, "
        f"{found.kept.new:,} new{passed}",
        soft_wrap=True,
    )
    for row in found.rows:
        if parts := found.matched.get(row["id"]):
            console.print(f"[green]matched[/] {told_parts(row, parts)}", soft_wrap=True)
    for note in found.notes:
        console.print(f"[yellow]odd[/] {exact(note)}", soft_wrap=True)
    if found.waiting:
        console.print()
        _show(console, found.waiting, {})
        console.print(
            "\n[dim]lectern-admin payment match TRANSFER --invoice NUMBER, or --ignore TRANSFER --reason TEXT[/]",
            soft_wrap=True,
        )


def show_waiting(console: Console, rows: Sequence[Row], maybe: Mapping[UUID, Sequence[Bill]]) -> None:
    if not rows:
        console.print(
            "No transfer waits. [dim]lectern-admin payment match --statement FILE[/]", soft_wrap=True
        )
        return
    _show(console, rows, maybe)


def told_parts(row: Row, parts: Sequence[Part]) -> str:
    """As markup: how much, and what of it which invoice gets."""
    code = row["currency"]
    whole = money(row["amount"], code)
    to = ", ".join(
        exact(part.bill.number)
        if len(parts) == 1
        else f"{sum_of(part.amount, code)} to {exact(part.bill.number)}"
        for part in parts
    )
    excess = sum((part.excess for part in parts), row["amount"] * 0)
    rest = f"; {money(excess, code)} were too much and are credit" if excess else ""
    return f"{whole}{' to ' if len(parts) == 1 else ': '}{to}{rest}"


def _show(console: Console, rows: Sequence[Row], maybe: Mapping[UUID, Sequence[Bill]]) -> None:
    sums = (Column("Amount", right=True), Column(""))
    called = (Column("Transfer"), Column("Came"), *sums, Column("From"))
    told = [
        (
            str(row["id"])[:SHORT],
            day(row["booked_at"]),
            sum_of(row["amount"], row["currency"]),
            row["currency"],
            _cut(row["payer"]),
            _cut(row["reference"]),
            _why(row, maybe.get(row["id"], ())),
        )
        for row in rows
    ]
    show_table(console, called, (Column("Text"), Column("Why it waits", prose=True)), told)


def _cut(text: str | None) -> str:
    if not text:
        return NONE
    return words(text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 1]}…")


def _why(row: Row, maybe: Sequence[Bill]) -> str:
    why = words(row["reason"]) if row["reason"] else "the next run matches it"
    if not maybe:
        return why
    if len(maybe) > 3:
        return f"{why}; {len(maybe):,} invoices are of just this amount"
    numbers = " and ".join(f"[cyan]{exact(bill.number)}[/]" for bill in maybe)
    return f"{why}; {numbers} {'is' if len(maybe) == 1 else 'are'} of just this amount"
