"""`lectern-admin audit`: what operators changed."""

import json as text_json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from admin.commands.people.user import AsJson
from admin.commands.session import session
from admin.rows import as_json, minute_alone
from admin.when import instant
from shared.accounts.emails import address
from shared.accounts.store import Accounts
from shared.catalogue.store import Catalogue
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_table

_SHOWN = ("id", "at", "role", "os_user", "action", "user", "api_key_id", "library_id", "before", "after")


def audit(
    since: Annotated[str | None, typer.Option(metavar="WHEN", help="A date, an instant, or 30d.")] = None,
    about: Annotated[
        str | None, typer.Option(metavar="WHOM", help="A user's address, a key's prefix or id, or a library.")
    ] = None,
    json: AsJson = False,
) -> None:
    """List what operators changed, the newest first: when, who, what, before and after.

    $ lectern-admin audit --since 7d
    $ lectern-admin audit --about ada@example.org
    """
    with ending():
        start = instant(since, datetime.now(UTC), "back") if since else None
    rows = run(_audited(start, about))
    if json:
        typer.echo(as_json([{name: row[name] for name in _SHOWN} for row in rows]))
    elif not rows:
        output().print("Nothing was changed.")
    else:
        called = (Column("When (UTC)"), Column("Who"), Column("What"))
        show_table(
            output(), called, (Column("About"), Column("Change", prose=True)), [_told(row) for row in rows]
        )


def _told(row: Row) -> tuple[str, ...]:
    about = [str(one) for one in (row["user"], row["key_prefix"], row["library_id"]) if one]
    return (
        minute_alone(row["at"]),
        exact(f"{row['os_user']} as {row['role']}"),
        row["action"],
        exact(" ".join(about)),
        exact(_change(row["before"] or {}, row["after"] or {})),
    )


def _change(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs: `month_requests 5 → 10`."""
    names = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return ", ".join(f"{name} {_short(before.get(name))} → {_short(after.get(name))}" for name in names)


def _short(value: Any) -> str:
    return "-" if value is None else value if isinstance(value, str) else text_json.dumps(value)


async def _audited(since: datetime | None, about: str | None) -> list[Row]:
    async with session("audit") as stores:
        database = await stores.database()
        people = Accounts(database)
        if about is None:
            return await people.audited(since)
        if "@" in about:
            user = await people.user(address(about, internal=True))
            return await people.audited(since, user_id=user["id"])
        if about.startswith("/"):
            found = await Catalogue(database).library(about)  # one that was removed has changes too
            return await people.audited(since, library_id=found.id if found else about)
        return await people.audited(since, key_ids=[(await people.key(about))["id"]])
