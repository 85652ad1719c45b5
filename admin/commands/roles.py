"""`lectern-admin roles`: roles of PostgreSQL with the rights that each door needs."""

from typing import Annotated

import typer

from admin.commands.session import session
from shared.accounts.roles import ROLES, Roles
from shared.terminal.console import output
from shared.terminal.ending import run


def roles(
    apply: Annotated[bool, typer.Option("--apply", help="Run the statements, all or none.")] = False,
) -> None:
    """Print the statements that make the roles lectern_server, lectern_http, lectern_ingest and lectern_admin.

    They are run by the owner of Lectern's tables with the right CREATEROLE.

    $ lectern-admin roles
    $ lectern-admin roles --apply
    """
    made = run(_roles(apply=apply))
    if apply:
        output().print(f"[green]applied[/] {', '.join(ROLES)}")
    else:
        typer.echo("\n".join(f"{statement};" for statement in made))


async def _roles(*, apply: bool) -> list[str]:
    async with session("roles") as stores, stores.bare_database() as database:
        if apply:
            await Roles(database).apply()
        return await Roles(database).statements()
