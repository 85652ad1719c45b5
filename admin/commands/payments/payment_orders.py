"""What an operator does about money: tries again, and records what came."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

import typer

from admin.commands.billing_session import Now, billing
from admin.commands.invoices.document import text
from admin.commands.invoices.invoice_rows import Number
from admin.commands.payments.payment_rows import Payment, payment_json, show_payment
from admin.commands.payments.payment_session import desk
from admin.commands.people.user import AsJson
from admin.rows import as_json, money
from admin.when import day
from shared.billing import money as amounts
from shared.billing import pausing
from shared.billing.parties import profiles
from shared.billing.payments import payments
from shared.billing.payments.charging import charging, open_attempts
from shared.billing.payments.charging.chargeable import chargeable
from shared.billing.payments.payment import COMPLETED, FAILED, PENDING, REFUNDED
from shared.billing.period import first_instant, local_day
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest, ProviderUnclear
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import exact

_MIDDAY = timedelta(hours=12)
"""Of a day that is named, as banks' statements have it."""
MOST_REFERENCE = 140
"""Characters of what a payer writes on a transfer."""


def record(
    number: Number,
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In the invoice's currency, as in 24.00.")],
    at: Annotated[
        str | None, typer.Option(metavar="DATE", help="When it came.", show_default="today")
    ] = None,
    reference: Annotated[
        str | None, typer.Option(metavar="TEXT", help="What its payer wrote; the same one counts once a day.")
    ] = None,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Record a payment that came by transfer, in cash or by check. What is more than due becomes credit.

    $ lectern-admin payment record LECT-2026-000001 24.00
    $ lectern-admin payment record LECT-2026-000001 24.00 --at 2026-11-30 --reference 'LECT-2026-000001 Ada'
    """
    with ending():
        wrote = text(reference, "a reference", MOST_REFERENCE) if reference is not None else None
    row, due, excess, resumed, pages = run(_record(number, amount, at, wrote, now))
    if json:
        typer.echo(as_json(payment_json(row)))
        return
    code = row["currency"]
    rest = f", {money(due, code)} are still due" if due > 0 else ""
    rest += f", {money(excess, code)} were too much and are credit" if excess > 0 else ""
    rest += ", and the subscription goes on" if resumed else ""
    output().print(f"[green]recorded[/] {money(row['amount'], code)} for {exact(row['number'])}{rest}")
    for by in pages:
        said = f"[yellow]its page at {by} is open[/] until the next billing run"
        output().print(f"{said}: lectern-admin billing run --only charge", soft_wrap=True)


def retry(
    payment: Payment,
    now: Now = None,
    json: AsJson = False,
) -> None:
    """Charge the invoice of a payment again now, by the default method. It does not count as dunning.

    An attempt that waits for the person is cancelled at the provider first.

    $ lectern-admin payment retry 0b7a9c1e
    """
    row = run(_retry(payment, now))
    if json:
        typer.echo(as_json(payment_json(row)))
    else:
        show_payment(output(), row)
    if row["status"] == FAILED:
        raise typer.Exit(ExitCode.FAILED)


async def _record(
    number: str, amount: str, at: str | None, reference: str | None, now: str | None
) -> tuple[Row, Any, Any, bool, list[str]]:
    """The last are providers on whose pages the invoice may still be paid."""
    async with billing("payment record", now) as books:
        connection = books.connection
        found = await payments.due(connection, number)
        await lock_users(connection, [found["user_id"]])
        invoice = await payments.due(connection, number)
        code = invoice["currency"]
        read = amounts.read(amount, code)
        zone = (await profiles.seller(connection)).zone
        today = local_day(books.now, zone)
        came = day(at) if at is not None else today
        if came > today:
            raise InvalidRequest(f"{came} is to come", "record it once the money is there")
        known = f"{reference}/{came}/{amounts.plain(read, code)}" if reference else None
        row = await payments.paid(
            connection,
            invoice["id"],
            read,
            code,
            "manual",
            known,
            books.now,
            at=books.now if came == today else first_instant(came, zone) + _MIDDAY,
            reference=reference,
        )
        if row is None:
            raise InvalidRequest(
                f"{amounts.plain(read, code)} {code} of {came} with this reference are recorded already",
                "name another --reference, or --at the day on which the other came",
            )
        resumed = await pausing.resume_paid(connection, [invoice["user_id"]], books.now)
        after = {"payment": row["id"], "invoice": invoice["number"], "amount": amounts.plain(read, code)}
        after |= {"currency": code, "at": came}
        await audit(connection, Change("payment record", user_id=invoice["user_id"], after=after))
        due = (await payments.due(connection, number))["due"]
        excess = read - max(invoice["due"], Decimal(0))
        waiting = await payments.listed(connection, invoice_id=invoice["id"], status=PENDING)
        pages = [one["provider"] for one in waiting if one["action_url"]]
        return await payments.one(connection, row["id"]), due, excess, bool(resumed), pages


async def _retry(named: str, now: str | None) -> Row:
    async with desk("payment retry", now) as found:
        till, at = found.till, found.now
        async with till.transaction() as connection:
            row = await payments.find(connection, named)
            invoice = await payments.due(connection, row["number"])
            methods = await chargeable(connection, [row["user_id"]], at, till.chargers)
        if invoice["due"] <= 0 or invoice["status"] not in ("sent", "overdue"):
            raise InvalidRequest(
                f"nothing is due on {row['number']}", f"lectern-admin invoice show {row['number']}"
            )
        if row["status"] in (COMPLETED, REFUNDED):
            raise InvalidRequest(f"the payment {row['id']} is {row['status']}", "name one that failed")
        method = methods.get(row["user_id"])
        if method is None:
            raise InvalidRequest(
                f"{row['user']} has no method that can be charged",
                f"lectern-admin method link {row['user']}, or invoice pay-link {row['number']}",
            )
        charger = till.chargers[method["provider"]]
        if refusal := charger.unfit(invoice["due"], invoice["currency"], method["type"]):
            raise InvalidRequest(f"{charger.name} does not take it: {refusal}", "ask for a transfer")
        try:
            await open_attempts.end_open(till, invoice["id"], at)
            made = await charging.attempt(
                till, charger, row["user_id"], row["number"], "hand", at, method=method
            )
        except ProviderUnclear as error:
            raise ProviderUnclear(
                f"nobody knows what came of it: {error}", "the next billing run asks again, by the same key"
            ) from error
        async with till.transaction() as connection:
            after = {"invoice": row["number"], "payment": made and made["id"], "of": row["id"]}
            await audit(connection, Change("payment retry", user_id=row["user_id"], after=after))
            if made is None:
                raise InvalidRequest(
                    f"{row['number']} is being paid", f"lectern-admin invoice show {row['number']}"
                )
            if made["status"] == COMPLETED:
                await pausing.resume_paid(connection, [row["user_id"]], at)
            return await payments.one(connection, made["id"])
