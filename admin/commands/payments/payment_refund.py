"""`lectern-admin payment refund`: money back, by its provider or by hand."""

from datetime import datetime
from typing import Annotated

import typer

from admin.commands.billing_session import Now
from admin.commands.invoices.document import MOST_TEXT, text
from admin.commands.payments.payment_orders import MOST_REFERENCE
from admin.commands.payments.payment_rows import SHORT, Payment
from admin.commands.payments.payment_session import Desk, desk
from admin.commands.payments.refund_rows import made_of, refund_json
from admin.commands.people.user import AsJson
from admin.rows import as_json, money
from admin.when import day
from shared.billing import money as amounts
from shared.billing.payments import payments
from shared.billing.payments.payment import COMPLETED, FAILED
from shared.billing.payments.reversals import refunding, refunds, refunds_by_hand
from shared.billing.payments.reversals.refund import BY_HAND, NAMES
from shared.billing.period import first_instant, local_day
from shared.errors import InvalidRequest, ProviderStopped, ProviderUnclear
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact, words

_REASON = "Refunded"


def refund(
    payment: Payment,
    amount: Annotated[
        str | None, typer.Option(metavar="X", help="With tax.", show_default="all that can go back")
    ] = None,
    reason: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Why; its reader sees it on the credit note.", show_default=_REASON
        ),
    ] = None,
    recorded: Annotated[
        bool, typer.Option("--recorded", help="It was paid by hand; only then is it completed.")
    ] = False,
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it was paid.", show_default="today")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What was written on the transfer.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Give a payment back, or part of it. What lies unburnt in refund credit of its invoice goes first.

    Stripe and PayPal are asked at once, and by the next billing run where they do not answer. What came by Wise or
    by hand is listed by `payment list --refunds` until you paid it and say so. For what no refund credit stands for, a
    credit note is issued once the money went.

    $ lectern-admin payment refund 0b7a9c1e --amount 12.00 --reason 'Agreed by phone'
    $ lectern-admin payment refund 0b7a9c1e --recorded --at 2026-11-30 --reference 'Refund 4711'
    """
    with ending():
        why = text(reason, "a reason", MOST_TEXT) if reason is not None else None
        wrote = text(reference, "a reference", MOST_REFERENCE) if reference is not None else None
        if not recorded and (at is not None or wrote is not None):
            raise InvalidRequest(
                "--at and --reference say how a refund was paid by hand",
                "say --recorded too, or leave them out",
            )
    row = run(
        _recorded(payment, amount, why, at, wrote, now) if recorded else _refund(payment, amount, why, now)
    )
    if json:
        typer.echo(as_json(refund_json(row)))
    else:
        output().print(_told(row))
    if row["status"] == FAILED:
        raise typer.Exit(ExitCode.FAILED)


def _told(row: Row) -> str:
    much = f"{money(row['amount'], row['currency'])} of {exact(row['number'])}"
    if row["status"] == COMPLETED:
        return f"[green]refunded[/] {much} to {exact(row['user'])}: {made_of(row)}"
    if row["status"] == FAILED:
        return f"[red]failed[/] to refund {much}: {words(row['failure_reason'])}"
    if row["provider"] in BY_HAND:
        then = f"lectern-admin payment refund {str(row['payment_id'])[:SHORT]} --recorded"
        return f"[yellow]to be paid[/] by hand: {much} to {exact(row['user'])}; then: {then}"
    why = f"{words(row['failure_reason'])}; " if row["failure_reason"] else ""
    asks = f"{why}the next billing run asks {NAMES[row['provider']]} what came of it"
    return f"[yellow]pending[/]: {much} to {exact(row['user'])}: {asks}"


async def _refund(named: str, amount: str | None, reason: str | None, now: str | None) -> Row:
    async with desk("payment refund", now) as found:
        async with found.till.transaction() as connection:
            row = await payments.find(connection, named)
        charger = None if row["provider"] in BY_HAND else found.till.chargers[row["provider"]]
        much = amounts.read(amount, row["currency"]) if amount is not None else None
        async with found.till.transaction(row["user_id"]) as connection:
            ordered = await refunds.order(connection, row["id"], much, reason or _REASON, found.now)
            await audit(connection, _change(ordered))
        if charger is None:
            return ordered
        try:
            return await refunding.ask(found.till, charger, ordered, found.now)
        except (ProviderUnclear, ProviderStopped):
            async with found.till.transaction() as connection:
                return await refunds.one(connection, ordered["id"])


async def _recorded(
    named: str, amount: str | None, reason: str | None, at: str | None, reference: str | None, now: str | None
) -> Row:
    async with desk("payment refund", now) as found:
        async with found.till.transaction() as connection:
            row = await payments.find(connection, named)
        much = amounts.read(amount, row["currency"]) if amount is not None else None
        went = _went(found, row, at)
        async with found.till.transaction(row["user_id"]) as connection:
            made = await refunds_by_hand.paid(
                connection,
                row["id"],
                much,
                went,
                found.now,
                reason=reason,
                default_reason=_REASON,
                reference=reference,
            )
            await audit(connection, _change(made))
            return made


def _went(found: Desk, payment: Row, at: str | None) -> datetime:
    """Raises InvalidRequest for a day that is to come."""
    today = local_day(found.now, payment["zone"])
    wanted = day(at) if at is not None else today
    if wanted > today:
        raise InvalidRequest(f"{wanted} is to come", "record it once it is paid")
    return found.now if wanted == today else first_instant(wanted, payment["zone"])


def _change(row: Row) -> Change:
    after = {
        "refund": row["id"],
        "payment": row["payment_id"],
        "invoice": row["number"],
        "status": row["status"],
    }
    after |= {"amount": amounts.plain(row["amount"], row["currency"]), "currency": row["currency"]}
    if row["credit_note"]:
        after["credit_note"] = row["credit_note"]
    return Change("payment refund", user_id=row["user_id"], after=after)
