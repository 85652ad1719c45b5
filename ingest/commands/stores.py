"""`ingest migrate` and `ingest reindex`: the schema, and indexes rebuilt from PostgreSQL."""

import asyncio
from typing import Annotated

import typer
from rich.progress import Progress

from ingest.commands.library import read_library
from ingest.meant import Typed, find_here
from ingest.model.ensure import ensure_model
from ingest.reindex import Reindexed, reindex_library
from ingest.session import learned_catalogue, session
from shared.catalogue.store import Catalogue
from shared.stores import migrate as migrations
from shared.terminal.console import errors, output
from shared.terminal.ending import run


def migrate() -> None:
    """Bring the database to the schema of this Lectern."""
    applied = run(_migrate())
    for name in applied:
        output().print(f"[green]applied[/] {name}")
    output().print("The database is up to date." if not applied else f"{len(applied)} migrations applied.")


async def _migrate() -> list[str]:
    async with session("migrate") as (stores, _):
        database = stores.bare_database()
        try:
            applied = await migrations.migrate(database)
            await learned_catalogue(stores)
            return applied
        finally:
            await database.close()


def reindex(
    library_id: Annotated[str, typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask.")],
) -> None:
    """Rebuild vectors and index of a library from PostgreSQL, without its site."""
    ref, done = run(_reindex(read_library(library_id)))
    for version in done:
        output().print(
            f"[green]reindexed[/] {ref} {version.version}: {version.chunks:,} chunks, "
            f"{version.embedded:,} embedded now"
        )
    if not done:
        output().print(f"{ref} has no published version: [dim]ingest crawl {ref}[/]")


async def _reindex(typed: Typed) -> tuple[str, list[Reindexed]]:
    async with session("reindex") as (stores, settings):
        library_id = (await find_here(Catalogue(await stores.database()), typed)).id
        model = await asyncio.to_thread(ensure_model, settings, errors().print)
        with Progress(console=errors(), transient=True) as bars:
            tasks = {}

            def show(version: str, done: int, total: int) -> None:
                if version not in tasks:
                    tasks[version] = bars.add_task(f"{library_id} {version}", total=total)
                bars.update(tasks[version], completed=done)

            return library_id, await reindex_library(stores, model, library_id, show)
