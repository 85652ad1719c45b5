"""`lectern-admin access allow`, `deny` and `clear`: one rule."""

from typing import Annotated, NamedTuple

import typer

from admin.commands.access.rule_rows import Target, whom
from admin.commands.people.user import present, read_email
from admin.commands.session import session
from shared.accounts.access import read_target
from shared.accounts.emails import Address
from shared.accounts.rules.groups import Groups, read_group
from shared.accounts.rules.store import AccessRules, Subject
from shared.accounts.store import Accounts
from shared.catalogue.store import Catalogue
from shared.errors import InvalidRequest
from shared.stores.postgres import Database
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run
from shared.terminal.legible import exact

User = Annotated[str | None, typer.Option("--user", metavar="EMAIL", help="For this user.")]
Group = Annotated[
    str | None, typer.Option("--group", metavar="NAME", help="For all of a group, now and later.")
]
Everyone = Annotated[bool, typer.Option("--everyone", help="For every user, and for calls without a key.")]


class _Wanted(NamedTuple):
    """Of whom a rule is to be, and of what."""

    target: str
    user: Address | None
    group: str | None

    @property
    def told(self) -> str:
        return f"{exact(self.target)} for {whom(self.user.email if self.user else None, self.group)}"


def allow(target: Target, user: User = None, group: Group = None, everyone: Everyone = False) -> None:
    """Let somebody read a library or a whole namespace, within 30 seconds.

    $ lectern-admin access allow /acme/handbook --user ada@example.org
    $ lectern-admin access allow '/acme/*' --group engineers
    """
    _rule(_wanted(target, user, group, everyone=everyone), is_allowed=True)


def deny(target: Target, user: User = None, group: Group = None, everyone: Everyone = False) -> None:
    """Keep somebody from reading a library or a namespace, within 30 seconds: for them it was never added.

    $ lectern-admin access deny '/acme/*' --everyone
    $ lectern-admin access deny /acme/payroll --group contractors
    """
    _rule(_wanted(target, user, group, everyone=everyone), is_allowed=False)


def clear(target: Target, user: User = None, group: Group = None, everyone: Everyone = False) -> None:
    """Take a rule away, so that the next one decides, or the posture.

    $ lectern-admin access clear /acme/handbook --user ada@example.org
    """
    wanted = _wanted(target, user, group, everyone=everyone)
    if run(_clear(wanted)):
        output().print(f"[green]cleared[/] {wanted.told}", soft_wrap=True)
    else:
        output().print(f"There is no rule about {wanted.told}.", soft_wrap=True)


def _wanted(target: str, user: str | None, group: str | None, *, everyone: bool) -> _Wanted:
    with ending():
        if (user is not None) + (group is not None) + everyone != 1:
            raise InvalidRequest(
                "a rule is for one user, one group or everyone", "name one: --user, --group or --everyone"
            )
        return _Wanted(
            read_target(target), read_email(user) if user else None, read_group(group) if group else None
        )


def _rule(wanted: _Wanted, *, is_allowed: bool) -> None:
    changed, notes = run(_put(wanted, is_allowed=is_allowed))
    done = "allowed" if is_allowed else "denied"
    if changed:
        output().print(f"[green]{done}[/] {wanted.told}", soft_wrap=True)
    else:
        output().print(f"{wanted.told} is {done} already.", soft_wrap=True)
    for note in notes:
        errors().print(f"[yellow]note[/] {note}", soft_wrap=True)


async def _put(wanted: _Wanted, *, is_allowed: bool) -> tuple[bool, list[str]]:
    """Whether that changed anything; and that it is about nothing, or for nobody, which may be a slip."""
    async with session("access allow" if is_allowed else "access deny") as stores:
        database = await stores.database()
        subject = await _subject(database, wanted)
        changed = await AccessRules(database).put(wanted.target, subject, is_allowed=is_allowed)
        notes = await _about_nothing(Catalogue(database), wanted.target)
        if wanted.group and not await Groups(database).members(wanted.group):
            notes.append(f"nobody is in {exact(wanted.group)} yet [dim](lectern-admin group list)[/]")
        return changed, notes


async def _clear(wanted: _Wanted) -> bool:
    async with session("access clear") as stores:
        database = await stores.database()
        return await AccessRules(database).clear(wanted.target, await _subject(database, wanted))


async def _subject(database: Database, wanted: _Wanted) -> Subject:
    user = await present(Accounts(database), wanted.user) if wanted.user else None
    return Subject(user["id"] if user else None, wanted.group)


async def _about_nothing(catalogue: Catalogue, target: str) -> list[str]:
    """A rule may stand before what it is about: whoever crawls that later finds it guarded."""
    if target.endswith("/*"):
        ids = [library.id.lower() for library in await catalogue.libraries()]
        here = any(one.startswith(target.removesuffix("*")) for one in ids)
        near: list[str] = []
    else:
        here = await catalogue.library(target) is not None
        near = [] if here else await catalogue.near(target)
    if here:
        return []
    meant = f"; did you mean {', '.join(map(exact, near[:3]))}?" if near else ""
    return [f"nothing of {exact(target)} is here yet: the rule waits for it{meant}"]
