"""Payments in a terminal and as JSON: how much, by what, where each stands, and why."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from admin.rows import NONE, minute, minute_alone, money, priced, sum_of
from shared.billing.payments.payment import OPEN
from shared.stores.postgres import Row
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_facts, show_table

Payment = Annotated[
    str, typer.Argument(metavar="PAYMENT", help="Its id as listed, or an unambiguous beginning of it.")
]

SHOWN: Final = (
    *("id", "user", "number", "invoice_id", "amount", "refunded_amount", "currency", "status", "provider"),
    *("origin", "step", "method_id", "method", "provider_transaction_id", "decline", "failure_reason"),
    *("action_url", "reference", "created_at", "processed_at"),
)
_STATES = {
    "pending": "[yellow]pending[/]",
    "processing": "[cyan]processing[/]",
    "completed": "[green]completed[/]",
    "failed": "[red]failed[/]",
    "refunded": "[dim]refunded[/]",
}
_ORIGINS = {
    "dunning": "tried by itself",
    "method": "tried with a new method",
    "hand": "tried by hand",
    "link": "by the provider's page",
    "transfer": "by transfer",
}
SHORT: Final = 8
"""Characters of an id that a table shows; a command takes them."""


def payment_json(row: Row) -> dict[str, Any]:
    told = row | {"method": _method(row), "reference": row["metadata"].get("reference")}
    return priced(told, SHOWN)


def show_payments(console: Console, rows: list[Row], *, whose: bool) -> None:
    users = (Column("User"),) if whose else ()
    sums = (Column("Amount", right=True), Column(""))
    said = (Column("State"), *sums, Column("By"), Column("At (UTC)"), Column("Why", prose=True))
    told = [
        (
            str(row["id"])[:SHORT],
            *((exact(row["user"]),) if whose else ()),
            exact(row["number"]),
            state(row),
            sum_of(row["amount"], row["currency"]),
            row["currency"],
            exact(by(row)),
            minute_alone(row["processed_at"] or row["created_at"]),
            why(row),
        )
        for row in rows
    ]
    show_table(console, (Column("Payment"), *users, Column("Invoice")), said, told)


def show_payment(console: Console, row: Row, back: Sequence[tuple[str, str]] = ()) -> None:
    """`back` are facts about what went back of it, or may."""
    code = row["currency"]
    console.print(f"[bold]{row['id']}[/]  {state(row)}", soft_wrap=True)
    console.print()
    facts = [
        ("of", exact(row["user"])),
        ("invoice", exact(row["number"])),
        ("amount", money(row["amount"], code)),
        (
            "by",
            exact(by(row)) if row["provider"] == "manual" else f"{exact(by(row))}, {_ORIGINS[row['origin']]}",
        ),
        ("begun", minute(row["created_at"])),
    ]
    if row["origin"] == "transfer":
        facts[-1] = ("received", minute(row["processed_at"]))
    elif row["processed_at"]:
        facts.append(("decided", minute(row["processed_at"])))
    if row["refunded_amount"]:
        facts.append(("went back", money(row["refunded_amount"], code)))
    if row["provider_transaction_id"] and row["provider"] != "manual":
        facts.append(("transaction", exact(row["provider_transaction_id"])))
    if reference := row["metadata"].get("reference"):
        facts.append(("reference", exact(reference)))
    if (reason := why(row)) != NONE:
        facts.append(("why", reason))
    if row["action_url"]:
        facts.append(("page", exact(row["action_url"])))
    show_facts(console, [*facts, *back])


def state(row: Row) -> str:
    partly = row["status"] == "completed" and row["refunded_amount"]
    return f"{_STATES[row['status']]}{' [dim]partly refunded[/]' if partly else ''}"


def by(row: Row) -> str:
    """`stripe, visa ...4242`; `transfer` of what came by itself to no provider."""
    provider = "transfer" if row["provider"] == "manual" else row["provider"]
    return ", ".join(filter(None, (provider, _method(row))))


def why(row: Row) -> str:
    if row["failure_reason"]:
        return words(row["failure_reason"])
    if row["metadata"].get("reason"):
        return words(str(row["metadata"]["reason"]))
    if row["status"] in OPEN and row["action_url"]:
        return "waits for the person"
    return "waits for the provider" if row["status"] in OPEN else NONE


def _method(row: Row) -> str | None:
    name = row["brand"] or row["method_type"]
    return f"{name} ...{row['last_four']}" if name and row["last_four"] else name
