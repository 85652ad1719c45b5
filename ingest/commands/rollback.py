"""`ingest rollback`: what was served before is served again."""

import asyncio
from typing import Annotated

import typer

from ingest.commands.session import session
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.rollback import RolledBack, roll_back
from ingest.libraries.find import Typed, find_here, read_typed
from ingest.screens.chunk_bars import chunk_bars
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.model.library import Generation
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run


def rollback(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
) -> None:
    """Serve the previous generation of a version; a second rollback reverts the first.

    $ ingest rollback /pallets/flask/2.2
    """
    with ending():
        typed = read_typed(library_id)
    done = run(_rollback(typed))
    output().print(f"[bold green]rolled back[/] {done.now.library_id} {done.now.version}")
    output().print(f"  served now  {_described(done.now)}")
    output().print(f"  before      {_described(done.before)}  [dim]a second rollback restores it[/]")
    if done.reindexed:
        output().print(
            f"  [dim]its index was rebuilt, {counted(done.reindexed.embedded, 'chunk')} embedded[/]"
        )


async def _rollback(typed: Typed) -> RolledBack:
    async with session("rollback") as (stores, settings):
        ref = await find_here(Catalogue(await stores.database()), typed)
        model = await asyncio.to_thread(ensure_model, settings, errors().print)
        with chunk_bars(errors()) as show:
            return await roll_back(stores, model, ref, show)


def _described(generation: Generation) -> str:
    when = (
        f", published {generation.published_at.astimezone():%Y-%m-%d %H:%M}"
        if generation.published_at
        else ""
    )
    return f"{counted(generation.pages, 'page')}, {counted(generation.chunks, 'chunk')}{when}"
