"""`lectern-admin invoice pay-link`: a page on which an invoice is paid."""

import typer

from admin.commands.billing_session import Now
from admin.commands.invoices.invoice_rows import Number
from admin.commands.payments.hosted_page import Chosen, Provider, show_page
from admin.commands.payments.payment_rows import payment_json
from admin.commands.payments.payment_session import desk
from admin.commands.people.user import AsJson
from admin.rows import as_json, money
from shared.billing.invoices.invoice import DRAFT, OPEN
from shared.billing.payments import payments
from shared.billing.payments.charging import charging
from shared.billing.payments.providers.configured import return_url
from shared.errors import InvalidRequest, ProviderUnclear
from shared.stores.audit import Change, audit
from shared.stores.postgres import Row
from shared.terminal.ending import run
from shared.terminal.legible import exact


def pay_link(number: Number, provider: Chosen = None, now: Now = None, json: AsJson = False) -> None:
    """Print a page of the provider on which a person pays what is due on an invoice.

    The same page is printed again while it lasts and its amount is what is due. An attempt that is open is ended first.

    $ lectern-admin invoice pay-link LECT-2026-000001
    $ lectern-admin invoice pay-link LECT-2026-000001 --provider paypal
    """
    row = run(_pay_link(number, provider, now))
    if json:
        typer.echo(as_json(payment_json(row)))
        return
    amount = money(row["amount"], row["currency"])
    said = f"{exact(row['user'])} pays {amount} of {exact(row['number'])} on this page of {row['provider']}"
    show_page(row["action_url"], said)


async def _pay_link(named: str, provider: Provider | None, now: str | None) -> Row:
    async with desk("invoice pay-link", now) as at:
        async with at.till.transaction() as connection:
            invoice = await payments.due(connection, named)
        number = invoice["number"]
        if invoice["status"] == DRAFT:
            raise InvalidRequest(
                f"{number} is a draft", f"send it first: lectern-admin invoice send {number}"
            )
        if invoice["status"] not in OPEN or invoice["due"] <= 0:
            raise InvalidRequest(f"nothing is due on {number}", f"lectern-admin invoice show {number}")
        charger, back = at.charger(provider), return_url(at.settings)
        try:
            made = await charging.pay_link(at.till, charger, invoice, back, at.now)
        except ProviderUnclear as error:
            raise ProviderUnclear(
                f"nobody knows whether there is a page: {error}",
                "ask again: it is looked up, or ended, first",
            ) from error
        async with at.till.transaction(made["user_id"]) as connection:
            after = {"invoice": number, "payment": made["id"], "provider": charger.name}
            await audit(connection, Change("invoice pay-link", user_id=made["user_id"], after=after))
            return await payments.one(connection, made["id"])
