"""Refunds and disputes in a terminal and as JSON: how much went back, or is to, of what, and why."""

from typing import Any, Final

from rich.console import Console

from admin.commands.payments.payment_rows import SHORT
from admin.rows import NONE, minute, minute_alone, money, picked, priced, sum_of
from shared.billing.money import plain
from shared.billing.payments.reversals.refund import BY_HAND
from shared.stores.postgres import Row
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_table

SHOWN: Final = (
    *(
        "id",
        "user",
        "number",
        "payment_id",
        "invoice_id",
        "provider",
        "amount",
        "paid_out",
        "noted",
        "currency",
    ),
    *("status", "reason", "credit_note", "provider_refund_id", "reference", "failure_reason"),
    *("asked_at", "created_at", "completed_at"),
)
_DISPUTED: Final = (
    *("id", "provider_dispute_id", "kind", "state", "amount", "currency", "reason"),
    *("opened_at", "taken_at", "returned_at"),
)
_STATES = {
    "pending": "[yellow]pending[/]",
    "completed": "[green]completed[/]",
    "failed": "[red]failed[/]",
}


def refund_json(row: Row) -> dict[str, Any]:
    return priced(row, SHOWN)


def dispute_json(row: Row) -> dict[str, Any]:
    return picked(row, _DISPUTED) | {"amount": plain(row["amount"], row["currency"])}


def show_refunds(console: Console, rows: list[Row], *, whose: bool) -> None:
    users = (Column("User"),) if whose else ()
    sums = (Column("Amount", right=True), Column(""))
    said = (Column("State"), *sums, Column("By"), Column("At (UTC)"), Column("What", prose=True))
    told = [
        (
            str(row["payment_id"])[:SHORT],
            *((exact(row["user"]),) if whose else ()),
            exact(row["number"]),
            _state(row),
            sum_of(row["amount"], row["currency"]),
            row["currency"],
            exact(row["provider"]),
            minute_alone(row["completed_at"] or row["created_at"]),
            _what(row),
        )
        for row in rows
    ]
    show_table(console, (Column("Payment"), *users, Column("Invoice")), said, told)


def refund_fact(row: Row) -> tuple[str, str]:
    return "refund", f"{money(row['amount'], row['currency'])}, {_state(row)}, {_what(row)}"


def dispute_fact(row: Row) -> tuple[str, str]:
    color = {"won": "green", "inquiry": "yellow"}.get(row["state"], "red")
    why = f", {words(row['reason'])}" if row["reason"] else ""
    since = minute(row["returned_at"] or row["taken_at"] or row["opened_at"])
    return row[
        "kind"
    ], f"{money(row['amount'], row['currency'])}, [{color}]{row['state']}[/] since {since}{why}"


def made_of(row: Row) -> str:
    """`credit note LECT-CN-2026-000001, 3.00 EUR of refund credit`."""
    code = row["currency"]
    parts = []
    if row["credit_note"]:
        parts.append(f"credit note {row['credit_note']}")
    if row["paid_out"]:
        parts.append(f"{money(row['paid_out'], code)} of refund credit")
    missing = row["amount"] - row["paid_out"] - row["noted"]
    if row["status"] == "completed" and missing > 0:
        parts.append(f"{money(missing, code)} of what was credited and used already")
    return ", ".join(parts)


def _state(row: Row) -> str:
    if row["status"] == "pending" and row["provider"] in BY_HAND:
        return "[yellow]to be paid[/]"
    return _STATES[row["status"]]


def _what(row: Row) -> str:
    if row["status"] == "pending" and row["provider"] in BY_HAND:
        return f"lectern-admin payment refund {str(row['payment_id'])[:SHORT]} --recorded"
    reason = words(row["reason"])
    if row["failure_reason"]:
        return f"{reason}: {words(row['failure_reason'])}"
    return f"{reason}: {made_of(row)}" if row["status"] == "completed" else reason or NONE
