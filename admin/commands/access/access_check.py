"""`lectern-admin access check`: whether somebody may read a library, and what decides."""

from typing import Annotated, NamedTuple

import typer

from admin.commands.access import rule_rows
from admin.commands.people.user import AsJson, present, read_email
from admin.commands.session import session
from admin.rows import as_json
from shared.accounts.access import Rule, access_of, allows, deciding
from shared.accounts.emails import Address
from shared.accounts.rules.store import AccessRules
from shared.accounts.store import Accounts
from shared.catalogue.store import Catalogue
from shared.errors import InvalidRequest
from shared.model.library import parse_library_ref
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact
from shared.terminal.table import show_facts

Who = Annotated[str, typer.Argument(metavar="[EMAIL]", help="As in ada@example.org; left out for everyone.")]
Library = Annotated[str | None, typer.Argument(metavar="LIBRARY", help="/org/project", show_default=False)]
Everyone = Annotated[bool, typer.Option("--everyone", help="Whoever calls without a key.")]


class _Checked(NamedTuple):
    user: Row | None
    """None for whoever calls without a key."""
    library: str
    is_here: bool
    is_allowed: bool
    rule: Rule | None
    is_closed: bool
    keys: list[tuple[Row, bool]]
    """Those that read only some libraries, and whether this one."""


def check(who: Who, library: Library = None, everyone: Everyone = False, json: AsJson = False) -> None:
    """Say whether a user, or whoever calls without a key, may read a library, and which rule decides.

    $ lectern-admin access check ada@example.org /acme/handbook
    $ lectern-admin access check --everyone /acme/handbook
    """
    with ending():
        email, named = _named(who, library, everyone=everyone)
        wanted = None if email is None else read_email(email)
        asked = parse_library_ref(named).id
    found = run(_checked(wanted, asked))
    if json:
        typer.echo(as_json(_as_row(found)))
        return
    console = output()
    caller = exact(found.user["email"]) if found.user else "whoever calls without a key"
    what = exact(found.library)
    may = "[green]may read[/]" if found.is_allowed else "[red]may not read[/]"
    console.print(f"{caller} {may} {what}", soft_wrap=True)
    by = rule_rows.posture(is_closed=found.is_closed)
    facts = [("decided by", rule_rows.deciding(found.rule, caller) if found.rule else f"posture {by}")]
    if not found.is_here:
        facts.append(("library", "[yellow]nothing of it is here[/]"))
    if found.user and found.user["disabled_at"]:
        facts.append(("user", "[red]disabled[/]: every call is refused"))
    facts += [
        (
            key["key_prefix"],
            f"reads only {', '.join(map(exact, key['libraries']))}{'' if may else ': not this one'}",
        )
        for key, may in found.keys
    ]
    show_facts(console, facts)


def _as_row(found: _Checked) -> dict[str, object]:
    rule = found.rule
    return {
        "user": found.user and found.user["email"],
        "library": found.library,
        "is_here": found.is_here,
        "is_allowed": found.is_allowed,
        "rule": rule
        and {"target": rule.target, "for": rule.whom, "group": rule.group, "is_allowed": rule.is_allowed},
        "posture": "closed" if found.is_closed else "open",
        "keys": [{"key_prefix": key["key_prefix"], "is_allowed": may} for key, may in found.keys],
    }


def _named(first: str, second: str | None, *, everyone: bool) -> tuple[str | None, str]:
    """Whom, or None for everyone, and which library: the last word. Raises InvalidRequest."""
    if everyone == (second is None):
        return (None, first) if second is None else (first, second)
    raise InvalidRequest(
        "a check is of one user, or of everyone", "name EMAIL and LIBRARY, or --everyone and LIBRARY"
    )


async def _checked(wanted: Address | None, named: str) -> _Checked:
    async with session("access check") as stores:
        database = await stores.database()
        people, ruling = Accounts(database), AccessRules(database)
        user = await present(people, wanted) if wanted else None
        there = await Catalogue(database).library(named)
        library = there.id if there else named
        rules = await ruling.concerning(user["id"] if user else None)
        keys = await people.keys(user["id"]) if user else []
        narrow = [row for row in keys if row["libraries"] and not row["revoked_at"]]
        return _Checked(
            user,
            library,
            there is not None,
            allows(access_of(None, rules), library),
            deciding(rules.rules, library),
            rules.is_closed,
            [(key, allows(access_of(key["libraries"], rules), library)) for key in narrow],
        )
