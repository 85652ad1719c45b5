"""`lectern-admin plan`: what can be subscribed to, and what it costs."""

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Books, Now, billing
from admin.commands.people.user import AsJson
from admin.commands.plans.plan_screen import show_plan, show_plans
from admin.rows import as_json
from shared.billing import money
from shared.billing.plans import plans
from shared.billing.plans.plan import Price
from shared.billing.plans.plan_json import Draft, checked, read_draft, read_fee, read_interval, written
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import run
from shared.terminal.program import Program

app = Program(
    help="Plans that people subscribe to.\n\n$ lectern-admin plan list\n$ lectern-admin plan show basic"
)

Plan = Annotated[str, typer.Argument(metavar="PLAN", help="Its id, such as basic.")]
File = Annotated[
    str | None, typer.Option("--file", metavar="FILE", help="JSON as `plan show` prints it; - reads it here.")
]
Name = Annotated[str | None, typer.Option(help="What customers read.")]
Amount = Annotated[str | None, typer.Option(metavar="N", help="The fee of the default price, such as 19.00.")]

_KEPT = ("archived_at", "created_at", "updated_at")
_MOST_BYTES = 4_000_000


@app.command("list")
def list_plans(now: Now = None, json: AsJson = False) -> None:
    """List plans, with what each fee covers a month.

    $ lectern-admin plan list
    """
    found = run(_list(now))
    if json:
        typer.echo(as_json([_told(row, draft) for row, draft in found]))
    else:
        show_plans(output(), found)


@app.command()
def show(plan: Plan, now: Now = None, json: AsJson = False) -> None:
    """Show what a plan costs, what that includes, and what more costs.

    $ lectern-admin plan show premium
    $ lectern-admin plan show premium --json > premium.json
    """
    row, draft = run(_show(plan, now))
    if json:
        typer.echo(as_json(_told(row, draft)))
    else:
        show_plan(output(), row, draft)


@app.command()
def add(
    plan: Annotated[
        str | None, typer.Argument(metavar="PLAN", help="Its id.", show_default="the file's")
    ] = None,
    file: File = None,
    name: Name = None,
    amount: Amount = None,
    currency: Annotated[str | None, typer.Option(metavar="CODE", help="EUR where it is left out.")] = None,
    interval: Annotated[
        str | None, typer.Option(metavar="month|year", help="month where it is left out.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Add a plan: from a file, or one with a fee and nothing else.

    $ lectern-admin plan add team --amount 49.00
    $ lectern-admin plan add --file team.json
    """
    row, draft = run(_add(plan, file, name, amount, currency, interval, now))
    _show_done("added", row, draft, json=json)


@app.command()
def edit(
    plan: Plan,
    file: File = None,
    name: Name = None,
    amount: Amount = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Make a new version of a plan. Who has it keeps the old terms until the next renewal.

    $ lectern-admin plan edit basic --amount 12.00
    $ lectern-admin plan edit basic --file basic.json
    """
    row, draft, changed = run(_edit(plan, file, name, amount, now))
    if changed or json:
        _show_done("changed", row, draft, json=json)
    else:
        output().print(f"{draft.id} is so already, in version {draft.version}.")


@app.command()
def archive(plan: Plan, now: Now = None, json: AsJson = False) -> None:
    """Let nobody subscribe to a plan any more. Who has it keeps it.

    $ lectern-admin plan archive basic
    """
    row, draft, changed = run(_archive(plan, now))
    if json:
        typer.echo(as_json(_told(row, draft)))
    elif changed:
        output().print(f"[green]archived[/] {plan}")
    else:
        output().print(f"{plan} is archived already.")


def _told(row: Row, draft: Draft) -> dict[str, Any]:
    return written(draft) | {name: row[name] for name in _KEPT}


def _show_done(done: str, row: Row, draft: Draft, *, json: bool) -> None:
    if json:
        typer.echo(as_json(_told(row, draft)))
    else:
        output().print(f"[green]{done}[/] {draft.id}, version {draft.version}")


async def _list(now: str | None) -> list[tuple[Row, Draft]]:
    async with billing("plan list", now) as books:
        made = await plans.versions(books.connection)
        return [
            (_as_of(row, books), plans.draft_of(row, version))
            for row in await plans.rows(books.connection)
            if (version := plans.at(made, row["id"], books.now))
        ]


async def _show(plan: str, now: str | None) -> tuple[Row, Draft]:
    async with billing("plan show", now) as books:
        return await _shown(books, plan)


async def _add(
    plan: str | None,
    file: str | None,
    name: str | None,
    amount: str | None,
    currency: str | None,
    interval: str | None,
    now: str | None,
) -> tuple[Row, Draft]:
    if file is None:
        draft = _plain(plan, name, amount, currency or "EUR", interval or "month")
    elif currency or interval:
        raise InvalidRequest("a file says currency and interval itself", "leave the options out")
    else:
        draft = read_draft(_text(file))
        draft = _with(replace(draft, id=plan or draft.id), name, amount)
    async with billing("plan add", now) as books:
        await plans.add(books.connection, draft, books.now)
        row, added = await _shown(books, draft.id)
        await audit(books.connection, Change("plan add", after=_numbers(added)))
        return row, added


async def _edit(
    plan: str, file: str | None, name: str | None, amount: str | None, now: str | None
) -> tuple[Row, Draft, bool]:
    if file is None and name is None and amount is None:
        raise InvalidRequest("nothing is to be changed", "name an option: lectern-admin plan edit --help")
    written_in_file = read_draft(_text(file)) if file else None
    if written_in_file and written_in_file.id != plan:
        raise InvalidRequest(
            f"the file is of {written_in_file.id}, not of {plan}", f"write {plan} as its id, or edit that one"
        )
    async with billing("plan edit", now) as books:
        _, before = await _shown(books, plan)
        wanted = _with(written_in_file or before, name, amount)
        changed = await plans.edit(books.connection, wanted, books.now)
        row, after = await _shown(books, plan)
        if changed:
            change = Change("plan edit", before=_numbers(before), after=_numbers(after))
            await audit(books.connection, change)
        return row, after, changed


async def _archive(plan: str, now: str | None) -> tuple[Row, Draft, bool]:
    async with billing("plan archive", now) as books:
        changed = await plans.archive(books.connection, plan, books.now)
        row, draft = await _shown(books, plan)
        if changed:
            await audit(books.connection, Change("plan archive", after={"plan": plan}))
        return row, draft, changed


async def _shown(books: Books, plan: str) -> tuple[Row, Draft]:
    row, draft = await plans.drafted(books.connection, plan, books.now)
    return _as_of(row, books), draft


def _as_of(row: Row, books: Books) -> Row:
    over = row["archived_at"] and row["archived_at"] <= books.now
    return row | {"archived_at": row["archived_at"] if over else None}


def _plain(plan: str | None, name: str | None, amount: str | None, currency: str, interval: str) -> Draft:
    """A plan of options alone."""
    if plan is None or amount is None:
        raise InvalidRequest(
            "a plan needs an id and a fee", "lectern-admin plan add team --amount 49.00, or --file FILE"
        )
    code = money.currency(currency)
    price = Price(read_interval(interval), code, read_fee(amount, code), is_default=True)
    return checked(Draft(plan, name or plan.capitalize(), (price,)))


def _with(draft: Draft, name: str | None, amount: str | None) -> Draft:
    """A draft with what options say of it."""
    prices: Sequence[Price] = draft.prices
    if amount is not None:
        prices = [
            replace(one, amount=read_fee(amount, one.currency)) if one.is_default else one for one in prices
        ]
    return checked(replace(draft, name=draft.name if name is None else name, prices=tuple(prices)))


def _numbers(draft: Draft) -> dict[str, Any]:
    told = written(draft)
    return {"plan": draft.id} | {key: told[key] for key in ("version", "amount", "currency", "interval")}


def _text(file: str) -> str:
    """Raises InvalidRequest."""
    try:
        if file == "-":
            given = sys.stdin.buffer.read(_MOST_BYTES)
        else:
            with Path(file).open("rb") as opened:
                given = opened.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or "that is no name of a file"
        raise InvalidRequest(
            f"{file[:200]} cannot be read: {said}", "name a file, or - for standard input"
        ) from None
    try:
        return given.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequest(f"{file[:200]} is no UTF-8", "write it in UTF-8") from None
