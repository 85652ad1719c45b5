"""`lectern-admin payment match`: transfers to a bank account, and the invoices that they pay."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Now, billing, read_now
from admin.commands.invoices.document import MOST_TEXT, text
from admin.commands.payments import transfer_rows
from admin.commands.payments.payment_session import desk
from admin.commands.payments.transfer_rows import Imported, matched_json, transfer_json
from admin.commands.people.user import AsJson
from admin.rows import as_json, money
from shared.billing import money as amounts
from shared.billing import pausing
from shared.billing.money import plain
from shared.billing.payments.payments import Connection
from shared.billing.payments.transfers import allocating, receiving, transfers
from shared.billing.payments.transfers.matching import Part
from shared.billing.payments.transfers.statements import reading
from shared.billing.payments.transfers.statements.statement import Statement
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact

_AHEAD = timedelta(days=1)
"""How far the day of a bank may be ahead of ours."""


class Account(StrEnum):
    MANUAL = "manual"
    WISE = "wise"


def match(
    transfer: Annotated[
        str | None,
        typer.Argument(
            metavar="TRANSFER", help="Its id as listed, or a beginning of it.", show_default="list"
        ),
    ] = None,
    invoice: Annotated[
        list[str] | None, typer.Option(metavar="NUMBER", help="What the transfer pays; may be repeated.")
    ] = None,
    statement: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Read a bank's statement: CAMT.053 or CSV.")
    ] = None,
    provider: Annotated[
        Account | None, typer.Option(help="Whose statement it is.", show_default="as the file says")
    ] = None,
    currency: Annotated[
        str | None, typer.Option(metavar="CODE", help="The account's, where its file does not say it.")
    ] = None,
    ignore: Annotated[
        str | None, typer.Option(metavar="TRANSFER", help="Leave one aside that pays no invoice.")
    ] = None,
    reason: Annotated[str | None, typer.Option(metavar="TEXT", help="Why it is left aside.")] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Match transfers to invoices: list those that wait, read a statement, name what one pays, or leave one aside.

    The same file may be read again, and one that overlaps it: a transfer counts once.

    $ lectern-admin payment match
    $ lectern-admin payment match --statement november.xml
    $ lectern-admin payment match 0b7a9c1e --invoice LECT-2026-000001
    $ lectern-admin payment match --ignore 0b7a9c1e --reason 'Interest of the bank'
    """
    with ending():
        _one_of(transfer, invoice, statement, ignore, reason)
    if statement is not None:
        with ending():
            found = _read(
                statement,
                None if currency is None else amounts.currency(currency),
                (read_now(now) or datetime.now(UTC)) + _AHEAD,
            )
        _import(statement, found, provider, now, json=json)
    elif transfer is not None:
        row, parts = run(_by_hand(transfer, invoice or [], now))
        if json:
            typer.echo(as_json(matched_json(row, parts)))
            return
        output().print(f"[green]matched[/] {transfer_rows.told_parts(row, parts)}", soft_wrap=True)
    elif ignore is not None:
        with ending():
            why = text(reason or "", "a reason", MOST_TEXT)
        row = run(_ignore(ignore, why, now))
        if json:
            typer.echo(as_json(transfer_json(row)))
            return
        output().print(f"[green]ignored[/] {money(row['amount'], row['currency'])}: {exact(why)}")
    else:
        rows, maybe = run(_list(now))
        if json:
            typer.echo(as_json([transfer_json(row, maybe[row["id"]]) for row in rows]))
        else:
            transfer_rows.show_waiting(output(), rows, maybe)


def _one_of(
    transfer: str | None,
    invoice: list[str] | None,
    statement: Path | None,
    ignore: str | None,
    reason: str | None,
) -> None:
    """Raises InvalidRequest."""
    if sum(one is not None for one in (transfer, statement, ignore)) > 1:
        raise InvalidRequest("one thing at a time", "name a TRANSFER, or --statement, or --ignore")
    if transfer is not None and not invoice:
        raise InvalidRequest("which invoice does it pay?", "name it: --invoice LECT-2026-000001")
    if transfer is None and invoice:
        raise InvalidRequest("which transfer pays it?", "`lectern-admin payment match` lists them")
    if reason is not None and ignore is None:
        raise InvalidRequest("--reason says why a transfer is left aside", "name it: --ignore TRANSFER")


def _read(path: Path, currency: str | None, latest: datetime) -> Statement:
    """Raises InvalidRequest."""
    if path.is_dir():
        raise InvalidRequest(f"{path} is a directory", "name a file of it")
    with path.open("rb") as file:
        body = file.read(reading.MOST_BYTES + 1)
    try:
        return reading.read(body, currency, latest=latest)
    except InvalidRequest as error:
        raise InvalidRequest(f"{path.name} is no statement: {error}", error.hint) from None


def _import(path: Path, found: Statement, provider: Account | None, now: str | None, *, json: bool) -> None:
    name = provider or (Account.WISE if found.is_wise else Account.MANUAL)
    imported = run(_imported(path.name, found, name.value, now))
    if json:
        typer.echo(as_json(transfer_rows.imported_json(imported)))
    else:
        transfer_rows.show_imported(output(), imported)
        for one in found.bad:
            errors().print(f"[red]line {one.line}[/] {exact(one.why)}", soft_wrap=True)
    if found.bad:
        raise typer.Exit(ExitCode.FAILED)


async def _list(now: str | None) -> tuple[list[Row], dict[Any, Any]]:
    async with billing("payment match", now) as books:
        rows = await transfers.listed(books.connection, transfers.UNMATCHED)
        return rows, await transfers.suggestions(books.connection, rows)


async def _imported(name: str, found: Statement, provider: str, now: str | None) -> Imported:
    async with desk("payment match", now) as opened:
        till, at = opened.till, opened.now
        kept = await receiving.keep(till, provider, found.transfers, at)
        matched = await receiving.match(till, at)
        async with till.transaction() as connection:
            users = {part.bill.user_id for parts in matched.values() for part in parts}
            await lock_users(connection, users)
            await pausing.resume_paid(connection, list(users), at)
            rows = await transfers.listed(connection, ids=[*kept.ids, *matched])
            after = {"file": name, "provider": provider, "read": len(found.transfers), "new": kept.new}
            await audit(connection, Change("payment match", after={**after, "matched": len(matched)}))
        return Imported(name, found, provider, kept, rows, matched, till.notes)


async def _by_hand(named: str, invoices: list[str], now: str | None) -> tuple[Row, tuple[Part, ...]]:
    async with billing("payment match", now) as books:
        row = await transfers.find(books.connection, named)
        parts = await allocating.match_by_hand(books.connection, row, invoices, books.now)
        users = {part.bill.user_id for part in parts}
        await pausing.resume_paid(books.connection, list(users), books.now)
        for part in parts:
            amount = plain(part.amount, row["currency"])
            after = {"transfer": row["id"], "invoice": part.bill.number, "amount": amount}
            change = Change(
                "payment match", user_id=part.bill.user_id, after={**after, "currency": row["currency"]}
            )
            await audit(books.connection, change)
        return await _again(books.connection, row), parts


async def _ignore(named: str, reason: str, now: str | None) -> Row:
    async with billing("payment match", now) as books:
        row = await transfers.find(books.connection, named)
        await transfers.ignore(books.connection, row, reason)
        after = {"transfer": row["id"], "ignored": reason}
        await audit(books.connection, Change("payment match", before={"status": row["status"]}, after=after))
        return await _again(books.connection, row)


async def _again(connection: Connection, row: Row) -> Row:
    [found] = await transfers.listed(connection, ids=[row["id"]])
    return found
