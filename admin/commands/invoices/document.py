"""Invoices and credit notes in a terminal: who, what for, how much, and what came of it."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text

from admin.rows import NONE, money, sum_of
from shared.billing.period import local_day
from shared.errors import InvalidRequest
from shared.stores.postgres import Row
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_facts, show_table

MOST_TEXT: Final = 500
"""Characters of what a person writes on a document."""
WIDEST: Final = 100
INDENT, GAP = 2, 2

Reason = Annotated[str, typer.Option(metavar="TEXT", help="Why; its reader sees it.")]

_STATES = {
    "draft": "[yellow]draft[/]",
    "sent": "[cyan]sent[/]",
    "paid": "[green]paid[/]",
    "overdue": "[red]overdue[/]",
    "cancelled": "[dim]cancelled[/]",
}
_TAXES = {"AE": "VAT, reverse charge", "E": "VAT, exempt", "O": "outside the scope of VAT"}
_BY = {"credit": "{} credit", "credit note": "credit note {}", "payment": "payment by {}"}


def text(typed: str, what: str, most: int) -> str:
    """In one line. Raises InvalidRequest for nothing, and for too much."""
    line = " ".join(typed.split())
    if not line:
        raise InvalidRequest(f"{what} is missing", "say it in a few words")
    if len(line) > most:
        raise InvalidRequest(f"{what} has at most {most} characters", "shorten it")
    return line


def state(status: str) -> str:
    return _STATES[status]


def on(row: Row, name: str) -> str:
    """The day of an instant in the zone of the row's seller; none on a draft."""
    return (
        str(local_day(row[name], row["zone"]))
        if row[name] and not row["number"].startswith("DRAFT")
        else NONE
    )


def show_invoice(console: Console, row: Row, settled: Sequence[Row]) -> None:
    """A row of `invoices.find`, and what lowered its due."""
    console.print(f"[bold]{exact(row['number'])}[/]  {state(row['status'])}", soft_wrap=True)
    console.print()
    facts = [*_parties(row["user"], row["metadata"].get("customerInfo"), row["seller"]), *_period(row)]
    facts.append(("plan", exact(row["plan"])))
    if row["due"] is not None:
        facts += [("issued", on(row, "issue_date")), ("due by", on(row, "due_date"))]
    if row["paid_date"]:
        facts.append(("paid", on(row, "paid_date")))
    if row["draft_reason"]:
        facts.append(("not sent", f"[yellow]{words(row['draft_reason'])}[/]"))
    if row["metadata"].get("notes"):
        facts.append(("note", words(row["metadata"]["notes"])))
    show_facts(console, facts)
    _lines(console, row)
    code = row["currency"]
    sums = _sums(row)
    sums += [
        (_settled(one, row["zone"]), f"-{sum_of(one['amount'], code)}") for one in settled if one["amount"]
    ]
    if row["due"] is not None:
        sums.append(("due", f"[bold]{money(row['due'], code)}[/]"))
    _totals(console, sums)


def show_note(console: Console, row: Row) -> None:
    """A row of `credit_notes.find`."""
    console.print(f"[bold]{exact(row['number'])}[/]  credit note", soft_wrap=True)
    console.print()
    info = row["metadata"]
    facts = [*_parties(row["user"], info.get("customerInfo"), info.get("seller"))]
    facts += [("corrects", exact(row["invoice"])), ("reason", words(row["reason"]))]
    facts.append(("issued", on(row, "issue_date")))
    show_facts(console, facts)
    _lines(console, row)
    code = row["currency"]
    lowered = row["total"] - row["granted"] - row["given_back"]
    parts = (
        ("less to pay", lowered),
        ("a refund credit", row["granted"]),
        ("credits given back", row["given_back"]),
    )
    _totals(console, [*_sums(row), *((label, money(amount, code)) for label, amount in parts if amount)])


def _parties(
    user: str, customer: Mapping[str, Any] | None, seller: Mapping[str, Any] | None
) -> list[tuple[str, str]]:
    facts = [("user", exact(user))]
    for name, party in (("to", customer or {}), ("from", seller or {})):
        town = " ".join(str(party[key]) for key in ("postcode", "city") if party.get(key))
        lines = (party.get("name"), party.get("address"), town, party.get("region"), party.get("country"))
        facts.append((name, words(", ".join(str(line) for line in lines if line)) or NONE))
        if party.get("vatNumber"):
            facts.append(("VAT number", exact(str(party["vatNumber"]))))
    return facts


def _period(row: Row) -> list[tuple[str, str]]:
    period = row["period"]
    return [("period", exact(f"{period['startDate']} to {period['endDate']} ({period['type']})"))]


def _sums(row: Row) -> list[tuple[str, str]]:
    code = row["currency"]
    sums = [("without tax", sum_of(row["subtotal"], code))]
    if row.get("draft_reason") and not row["tax_groups"]:
        return [*sums, ("tax", "not known yet")]
    for group in row["tax_groups"]:
        label = _TAXES.get(group["category"], f"VAT {group['rate']} %")
        sums.append(
            (f"{label} of {sum_of(Decimal(group['base']), code)}", sum_of(Decimal(group["tax"]), code))
        )
    return [*sums, ("total", f"[bold]{money(row['total'], code)}[/]")]


def _settled(one: Row, zone: str) -> str:
    return f"{_BY[one['by']].format(one['what'])}, {local_day(one['at'], zone)}"


def _lines(console: Console, row: Row) -> None:
    """Its lines, amounts under each other; what is long goes on below itself."""
    period, code = row["period"], row["currency"]
    told = [
        (
            words(item["description"]),
            _own_period(item, period),
            f"{item['quantity']:,}",
            f"{Decimal(item['unitPrice']):,}",
            sum_of(Decimal(item["amount"]), code),
        )
        for item in row["items"]
    ]
    console.print()
    numbers = [Column(title, right=True) for title in ("Quantity", "Unit price", "Amount")]
    if not console.is_terminal:
        show_table(console, (Column("Line"), Column("Period")), numbers, told)
        return
    widths = [max(len(one) for one in (column.title, *cells)) for column, cells in zip(
        numbers, [[line[at] for line in told] for at in (2, 3, 4)], strict=True)]  # fmt: skip
    room = max(20, _width(console) - sum(widths) - GAP * len(widths) - INDENT)
    _row(console, Text("Line", "bold"), room, widths, [column.title for column in numbers], "bold")
    for description, own, *cells in told:
        _row(console, Text.from_markup(description), room, widths, cells)
        if own:
            console.print(Text(f"{' ' * INDENT * 2}{own}", "dim"), soft_wrap=True)


def _own_period(item: Mapping[str, Any], period: Mapping[str, str]) -> str:
    """Where it is another than the document's."""
    own = item["metadata"]["period"]
    if (own["startDate"], own["endDate"]) == (period["startDate"], period["endDate"]):
        return ""
    return f"{own['startDate']} to {own['endDate']}"


def _row(
    console: Console, label: Text, room: int, widths: Sequence[int], cells: Sequence[str], style: str = ""
) -> None:
    parts = label.wrap(console, room)
    for at, part in enumerate(parts):
        part.rstrip()
        line = Text(" " * INDENT) + part
        if at == 0:
            line.pad_right(room - part.cell_len)
            for width, cell in zip(widths, cells, strict=True):
                line.append(f"{' ' * GAP}{cell:>{width}}", style)
        console.print(line, soft_wrap=True)


def _totals(console: Console, sums: Sequence[tuple[str, str]]) -> None:
    """Labels and amounts at the right, the amounts' last digits under each other; a currency stands beyond them.

    Amounts are markup, labels are not.
    """
    console.print()
    if not console.is_terminal:
        show_facts(console, sums)
        return
    told = [(Text(label), Text.from_markup(amount)) for label, amount in sums]
    digits = [len(amount.plain.partition(" ")[0]) for _, amount in told]
    most = max(digits)
    for (label, amount), count in zip(told, digits, strict=True):
        space = _width(console) - label.cell_len - GAP - most
        line = Text(" " * max(INDENT, space)) + label + Text(" " * (GAP + most - count)) + amount
        console.print(line, soft_wrap=True)


def _width(console: Console) -> int:
    """Up to which amounts reach; the code of a currency stands behind it."""
    return min(console.width, WIDEST) - len(" EUR")
