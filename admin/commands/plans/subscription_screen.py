"""A subscription in a terminal and as JSON: its plan, state and period, and what waits for the next invoice."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import typer

from admin.rows import NONE, as_json, money, picked, priced
from shared.billing import money as amounts
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_facts, show_table

SHOWN = (
    *(
        "id",
        "user",
        "plan",
        "status",
        "current_period_start",
        "current_period_end",
        "cancel_at_period_end",
        "amount",
    ),
    *("currency", "interval", "interval_count", "trial_start", "trial_end", "zone", "anchor", "term_periods"),
    *("next_plan", "next_interval", "next_interval_count", "ended_at", "pause_reason"),
    *("created_at", "updated_at"),
)
NOTES = ("number", "invoice", "total", "currency")


@dataclass(frozen=True, slots=True)
class Told:
    """A subscription, and its lines that wait."""

    row: Row
    waiting: list[Row]
    now: datetime
    notes: list[Row] | None = None
    """Credit notes that an order brought; one that is not kept has no number."""


def tell(told: Told, json: bool, done: str) -> None:
    row = told.row
    if json:
        lines = [{**line, "amount": amounts.plain(line["amount"], line["currency"])} for line in told.waiting]
        shown = plain(row) | {"pending": [_waiting_plain(line) for line in lines]}
        if told.notes is not None:
            shown["credit_notes"] = [priced(note, NOTES) for note in told.notes]
        typer.echo(as_json(shown))
        return
    console = output()
    if done:
        console.print(f"[green]{done}[/] the subscription of {exact(row['user'])}", soft_wrap=True)
    facts = [
        ("plan", f"{exact(row['plan'])}, {fee(row)} {every(row)}"),
        ("state", state(row, told.now)),
        ("period", _period(row)),
        *([("term", f"{row['term_periods']} periods")] if row["term_periods"] else []),
        *(
            [
                (
                    "then",
                    f"{exact(row['next_plan'])} {_next(row)} from {_local(row, row['current_period_end'])} on",
                )
            ]
            if row["next_plan"]
            else []
        ),
        *(("credit note", _note(note)) for note in told.notes or ()),
    ]
    show_facts(console, facts)
    if told.waiting:
        console.print()
        rows = [
            (
                exact(line["description"]),
                f"{line['starts_on']}",
                f"{_last(line)}",
                money(line["amount"], line["currency"]),
            )
            for line in told.waiting
        ]
        total = sum(line["amount"] for line in told.waiting)
        rows.append(
            ("[bold]waits for the next invoice[/]", "", "", f"[bold]{money(total, row['currency'])}[/]")
        )
        columns = (Column("From"), Column("To"), Column("Amount", right=True))
        show_table(console, (Column("Line"),), columns, rows)


def plain(row: Row) -> dict[str, Any]:
    return {
        **picked(row, SHOWN),
        "amount": amounts.plain(row["amount"], row["currency"]),
        "anchor": str(row["anchor"]),
    }


def state(row: Row, now: datetime) -> str:
    colour = {"active": "green", "paused": "yellow"}.get(row["status"], "dim")
    waits = row["current_period_start"] > now and not row["ended_at"]
    begun = ", never begun" if _never_begun(row) else ", not begun" if waits else ""
    trial = ", in its trial" if not row["ended_at"] and row["current_period_end"] == row["trial_end"] else ""
    ending_soon = ", ends with its period" if row["cancel_at_period_end"] else ""
    unpaid = ", until what is due is paid" if row["pause_reason"] else ""
    return f"[{colour}]{row['status']}[/]{unpaid}{begun or trial}{ending_soon}"


def fee(row: Row) -> str:
    return money(row["amount"], row["currency"])


def every(row: Row) -> str:
    count, interval = row["interval_count"], row["interval"]
    return f"a {interval}" if count == 1 else f"every {count} {interval}s"


def ends(row: Row) -> str:
    if _never_begun(row):
        return NONE
    return _last_day(row, row["ended_at"] or row["current_period_end"])


def _period(row: Row) -> str:
    if _never_begun(row):
        return NONE
    return f"{_local(row, row['current_period_start'])} to {ends(row)} [dim]{exact(row['zone'])}[/]"


def _never_begun(row: Row) -> bool:
    """Whether it was cancelled before its first day."""
    return bool(row["current_period_start"] == row["current_period_end"])


def _next(row: Row) -> str:
    return every({"interval_count": row["next_interval_count"], "interval": row["next_interval"]})


def _note(row: Row) -> str:
    number = f"{exact(row['number'])}, " if row["number"] else ""
    return f"{number}{money(row['total'], row['currency'])} of {exact(row['invoice'])}"


def _waiting_plain(line: Row) -> dict[str, Any]:
    period = {"startDate": str(line["starts_on"]), "endDate": str(_last(line))}
    return {
        **picked(line, ("id", "type", "description", "amount", "currency", "created_at")),
        "period": period,
    }


def _last(line: Row) -> date:
    last: date = max(line["ends_on"] - timedelta(days=1), line["starts_on"])
    return last


def _last_day(row: Row, instant: datetime | None) -> str:
    return str(_local(row, instant - timedelta(microseconds=1))) if instant else NONE


def _local(row: Row, instant: datetime) -> date:
    return instant.astimezone(ZoneInfo(row["zone"])).date()
