"""`lectern-admin`: the command line of who runs a team's Lectern. Each command lives in admin.commands."""

import os

import typer

from admin.commands import doctor, roles, stores
from admin.commands.access import access, group
from admin.commands.books import billing
from admin.commands.invoices import credit, invoice
from admin.commands.parties import alert, customer, seller
from admin.commands.payments import method, payment
from admin.commands.people import audit, key, usage, user, user_sign_in
from admin.commands.plans import plan, subscription
from shared.settings import unread
from shared.stores.private import keep_private
from shared.terminal.exits import ExitCode
from shared.terminal.program import Program, Version

app = Program(exits=(ExitCode.DONE, ExitCode.FAILED, ExitCode.BAD_INPUT, ExitCode.INTERRUPTED))

PEOPLE, MONEY, CARE = "People", "Money", "Stores"
user.app.command()(user_sign_in.invite)
user.app.command()(user_sign_in.disconnect)
app.add_typer(user.app, name="user", rich_help_panel=PEOPLE)
app.add_typer(key.app, name="key", rich_help_panel=PEOPLE)
app.add_typer(access.app, name="access", rich_help_panel=PEOPLE)
app.add_typer(group.app, name="group", rich_help_panel=PEOPLE)
app.add_typer(usage.app, name="usage", rich_help_panel=PEOPLE)
app.command(rich_help_panel=PEOPLE)(audit.audit)
app.add_typer(plan.app, name="plan", rich_help_panel=MONEY)
app.add_typer(subscription.app, name="subscription", rich_help_panel=MONEY)
app.add_typer(customer.app, name="customer", rich_help_panel=MONEY)
app.add_typer(seller.app, name="seller", rich_help_panel=MONEY)
app.add_typer(invoice.app, name="invoice", rich_help_panel=MONEY)
app.add_typer(method.app, name="method", rich_help_panel=MONEY)
app.add_typer(credit.app, name="credit", rich_help_panel=MONEY)
app.add_typer(payment.app, name="payment", rich_help_panel=MONEY)
app.add_typer(alert.app, name="alert", rich_help_panel=MONEY)
app.add_typer(billing.app, name="billing", rich_help_panel=MONEY)
app.command(rich_help_panel=CARE)(doctor.doctor)
app.command(rich_help_panel=CARE)(stores.migrate)
app.command(rich_help_panel=CARE)(roles.roles)


@app.callback()
def lectern_admin(
    _version: Version = False,
) -> None:
    """Give people keys, limits and libraries, see what they used, and bill it.

    $ lectern-admin user add ada@example.org
    $ lectern-admin key create ada@example.org --per-minute 60
    $ lectern-admin subscription start ada@example.org basic
    $ lectern-admin billing run
    $ lectern-admin key --help
    """
    keep_private()
    if warning := unread(os.environ):
        typer.echo(f"warning: {warning}", err=True)
