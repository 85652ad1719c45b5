"""`lectern-admin access list` and `posture`: all rules, and what holds without one."""

from enum import StrEnum
from typing import Annotated

import typer

from admin.commands.access import rule_rows
from admin.commands.people.user import AsJson
from admin.commands.session import session
from admin.rows import as_json, day
from shared.accounts.rules.store import AccessRules
from shared.stores.postgres import Row
from shared.terminal.console import output
from shared.terminal.ending import run
from shared.terminal.legible import exact
from shared.terminal.table import Column, show_table


class Posture(StrEnum):
    OPEN = "open"
    CLOSED = "closed"


def list_rules(json: AsJson = False) -> None:
    """List all rules by namespace and library, and what holds without one.

    $ lectern-admin access list
    """
    is_closed, rows = run(_listed())
    if json:
        posture = Posture.CLOSED if is_closed else Posture.OPEN
        typer.echo(as_json({"posture": posture, "rules": [rule_rows.as_row(row) for row in rows]}))
        return
    console = output()
    if rows:
        said = (Column("Rule"), Column("Since"), Column("Here"))
        show_table(console, (Column("Library"), Column("For")), said, [_told(row) for row in rows])
    else:
        console.print("There are no rules. [dim]lectern-admin access deny '/org/*' --everyone[/]")
    if console.is_terminal:
        console.print(f"\n[dim]posture[/] {rule_rows.posture(is_closed=is_closed)}", soft_wrap=True)


def posture(
    wanted: Annotated[
        Posture | None,
        typer.Argument(metavar="[open|closed]", help="None shows what holds.", show_default=False),
    ] = None,
    json: AsJson = False,
) -> None:
    """Show or choose what holds for what no rule names: open, it may be read; closed, it may not.

    $ lectern-admin access posture
    $ lectern-admin access posture closed
    """
    is_closed, changed, allowing = run(_posture(wanted))
    if json:
        typer.echo(as_json({"posture": Posture.CLOSED if is_closed else Posture.OPEN}))
        return
    already = " already" if wanted and not changed else ""
    console = output()
    console.print(f"{rule_rows.posture(is_closed=is_closed).replace(':', f'{already}:', 1)}", soft_wrap=True)
    if is_closed and not allowing:
        console.print("[yellow]no rule allows anything[/]: nobody reads anything", soft_wrap=True)


def _told(row: Row) -> tuple[str, ...]:
    return (
        exact(row["target"]),
        rule_rows.whom(row["user"], row["group"]),
        rule_rows.effect(is_allowed=row["is_allowed"]),
        day(row["created_at"]),
        "yes" if row["is_here"] else "[yellow]not yet[/]",
    )


async def _listed() -> tuple[bool, list[Row]]:
    async with session("access list") as stores:
        ruling = AccessRules(await stores.database())
        return await ruling.is_closed(), await ruling.rules()


async def _posture(wanted: Posture | None) -> tuple[bool, bool, bool]:
    """What holds now, whether that was changed, and whether any rule allows something."""
    async with session("access posture") as stores:
        ruling = AccessRules(await stores.database())
        changed = wanted is not None and await ruling.set_closed(is_closed=wanted is Posture.CLOSED)
        return await ruling.is_closed(), changed, any(row["is_allowed"] for row in await ruling.rules())
