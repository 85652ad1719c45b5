"""`ingest migrate` and `ingest reindex`: the schema, and indexes rebuilt from PostgreSQL."""

import asyncio
from typing import Annotated

import typer

from ingest.commands.library import read_library
from ingest.commands.session import catalogue_with_shipped, session
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.reindex import Reindexed, reindex_library
from ingest.libraries.find import Typed, find_here
from ingest.screens.chunk_bars import chunk_bars
from shared.accounts.roles import Roles
from shared.accounts.usage import Usage
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.errors import SchemaMismatch
from shared.stores import migrate as migrations
from shared.stores.schema import Mended, named
from shared.terminal.console import errors, output
from shared.terminal.ending import fail, run
from shared.terminal.legible import words


def migrate() -> None:
    """Migrate the database to this version's schema, and repair what is missing.

    $ ingest migrate
    """
    applied, mended = run(_migrate())
    for name in applied:
        output().print(f"[green]applied[/] {name}")
    for part in mended.made:
        output().print(f"[green]mended[/] {words(str(part))}")
    if mended.left:
        raise fail(SchemaMismatch(named(mended.left), "restore a backup, or create it as the migrations do"))
    output().print(
        f"{counted(len(applied), 'migration')} applied." if applied else "The database is up to date."
    )


async def _migrate() -> tuple[list[str], Mended]:
    async with session("migrate") as (stores, _):
        async with stores.bare_database() as database:
            applied = await migrations.migrate(database)
            mended = await migrations.mend(database)
            if not mended.left:
                await Roles(database).renew()
                await Usage(database).make_partitions()
        if not mended.left:
            await catalogue_with_shipped(stores)
        return applied, mended


def reindex(
    library_id: Annotated[
        str | None, typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask, or a name.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every library.")] = False,
) -> None:
    """Rebuild the index of a library from PostgreSQL, without its site.

    $ ingest reindex /pallets/flask
    $ ingest reindex --all
    """
    if (library_id is None) != everything:
        raise typer.BadParameter("name a library, or use --all")
    done = run(_reindex(read_library(library_id) if library_id else None))
    for ref, versions in done.items():
        for version in versions:
            output().print(
                f"[green]reindexed[/] {ref} {version.version}: {counted(version.chunks, 'chunk')}, "
                f"{version.embedded:,} embedded now"
            )
        if not versions and not everything:
            output().print(f"{ref} has no published version: [dim]ingest crawl {ref}[/]")


async def _reindex(typed: Typed | None) -> dict[str, list[Reindexed]]:
    """The rebuilt versions of one library, or of all."""
    async with session("reindex") as (stores, settings):
        catalogue = Catalogue(await stores.database())
        if typed:
            wanted = [(await find_here(catalogue, typed)).id]
        else:
            wanted = [library.id for library in await catalogue.libraries()]
        model = await asyncio.to_thread(ensure_model, settings, errors().print)
        with chunk_bars(errors()) as show:
            return {ref: await reindex_library(stores, model, ref, show) for ref in wanted}
