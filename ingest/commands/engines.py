"""`ingest up` and `ingest down`: the embedded engines, kept up or taken down by hand."""

from typing import Annotated

import typer

from shared import settings
from shared.stores.embedded import power
from shared.terminal.console import errors, output
from shared.terminal.ending import run


def up() -> None:
    """Start the embedded PostgreSQL and Redis and keep them up until `ingest down`.

    $ ingest up
    """
    run(_up())


def down(
    force: Annotated[bool, typer.Option("--force", help="Stop them even while they are in use.")] = False,
) -> None:
    """Stop the embedded engines: at once, or with their last user.

    $ ingest down
    $ ingest down --force
    """
    outcome = run(_down(force))
    if not outcome.stopped:
        users = (
            user.application
            if f"process {user.pid} " in user.application
            else f"{user.application} (process {user.pid})"
            for user in outcome.users
        )
        names = ", ".join(users) or "a process that has just started"
        errors().print(
            f"The embedded engines are in use by {names}. They stop with the last of them, "
            "or now with `ingest down --force`.",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(1)
    output().print("The embedded engines are stopped.")


async def _up() -> None:
    chosen = settings.load()
    endpoints = await power.up(chosen.home, pg_bin=chosen.pg_bin)
    output().print(f"PostgreSQL  {endpoints.database_url}", markup=False, soft_wrap=True)
    output().print(f"Redis       {endpoints.redis_url}", markup=False, soft_wrap=True)
    servers = {"LECTERN_DATABASE_URL": chosen.database_url, "LECTERN_REDIS_URL": chosen.redis_url}
    if named := [name for name, url in servers.items() if url is not None]:
        errors().print(f"Lectern uses the servers of {' and '.join(named)}.", soft_wrap=True)


async def _down(force: bool) -> power.Outcome:
    return await power.down(settings.load().home, force=force)
