"""`lectern-admin user invite`, `user disconnect`: how somebody signs in to the service over HTTP."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from admin.commands.people.user import AsJson, Email, InternalDomain, read_email
from admin.commands.session import session
from admin.rows import as_json, minute
from shared.accounts.emails import Address, address
from shared.accounts.sign_in.invitations import Invitations
from shared.accounts.sign_in.secret import hash_of, token
from shared.accounts.sign_in.store import SignIn
from shared.accounts.store import Accounts
from shared.billing.delivery.at_once import Note, send
from shared.billing.delivery.sign_in import invitation
from shared.errors import InvalidRequest, LecternError, UserUnknown
from shared.settings import AdminSettings, load
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact

LASTS = timedelta(days=7)


def invite(
    email: Email,
    server: Annotated[
        str | None, typer.Option("--server", metavar="URL", help="The service; else LECTERN_SERVER.")
    ] = None,
    internal_domain: InternalDomain = False,
    json: AsJson = False,
) -> None:
    """Print a link by which somebody sets a password or connects a provider, once, within 7 days.

    They are added where they are not here yet. Where a mail server is set, the link is mailed too.

    $ lectern-admin user invite ada@example.org --server https://lectern.example.org
    """
    with ending():
        wanted = address(email, internal=internal_domain)
    found = run(_invite(wanted, server))
    if json:
        typer.echo(as_json(found))
        return
    typer.echo(found["url"])
    how = "mailed to" if found["mailed"] else "give it to"
    output().print(f"[dim]{how}[/] {exact(found['user'])}[dim]; it ends[/] {minute(found['expires_at'])}")
    if found["trouble"]:
        typer.echo(f"warning: {found['trouble']}", err=True)


def disconnect(email: Email) -> None:
    """Take away by which identity of a provider somebody signs in, and sign them out.

    $ lectern-admin user disconnect ada@example.org
    """
    user, changed = run(_disconnect(read_email(email)))
    if changed:
        output().print(f"[green]disconnected[/] {exact(user['email'])}")
    else:
        output().print(f"{exact(user['email'])} signs in by no provider.")


async def _invite(wanted: Address, server: str | None) -> dict[str, Any]:
    now = datetime.now(UTC)
    url = load(AdminSettings, **({"server": server} if server else {})).server
    if not url:
        raise InvalidRequest("nobody knows where the service is", "name it: --server https://...")
    async with session("user invite") as stores:
        database = await stores.database()
        user = await _user(Accounts(database), wanted)
        made = token(secrets.token_bytes)
        await Invitations(database).invite(user["id"], hash_of(made), now, now + LASTS)
        link = f"{url.rstrip('/')}/invite/{made}"
        trouble = None
        if stores.settings.smtp_url:
            note = invitation(user["email"], link, await SignIn(database).locale(user["id"]))
            trouble = await _mailed(stores.settings, note, now)
        return {
            "user": user["email"],
            "url": link,
            "expires_at": now + LASTS,
            "mailed": bool(stores.settings.smtp_url) and trouble is None,
            "trouble": trouble,
        }


async def _user(people: Accounts, wanted: Address) -> Row:
    try:
        user = await people.user(wanted)
    except UserUnknown:
        return await people.add_user(wanted, None)
    if user["disabled_at"]:
        raise InvalidRequest(
            f"{user['email']} is disabled", f"enable them first: lectern-admin user enable {user['email']}"
        )
    return user


async def _mailed(settings: AdminSettings, note: Note, now: datetime) -> str | None:
    """Why it was not, for the link can go another way."""
    try:
        await send(settings, note, now, secrets.token_bytes)
    except LecternError as error:
        return error.line
    return None


async def _disconnect(wanted: Address) -> tuple[Row, bool]:
    async with session("user disconnect") as stores:
        database = await stores.database()
        user = await Accounts(database).user(wanted)
        return user, await Invitations(database).disconnect(user["id"])
