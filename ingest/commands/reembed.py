"""`ingest reembed`: another embedding model for what was crawled, without its site."""

import asyncio
from typing import Annotated

import typer

from ingest.commands.session import session
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.reembed import Reembedded, reembed_library
from ingest.libraries.find import Typed, find_here, read_typed
from ingest.report.report import Progress
from ingest.screens.chunk_bars import chunk_bars
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.model.library import LibraryRef
from shared.terminal.console import errors, output
from shared.terminal.ending import ending, run
from shared.terminal.exits import ExitCode
from shared.terminal.legible import address, words


def reembed(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
) -> None:
    """Cut and embed a library again from its snapshots, with the configured model.

    $ ingest reembed /pallets/flask
    """
    with ending():
        typed = read_typed(library_id)
    ref, done = run(_reembed(typed))
    for version in done:
        if version.unchanged:
            output().print(
                f"[green]unchanged[/] {ref.id} {version.version} is already cut and embedded with this model"
            )
        else:
            output().print(
                f"[green]published[/] {ref.id} {version.version}: {counted(version.pages, 'page')}, "
                f"{counted(version.chunks, 'chunk')}, {version.embedded:,} embedded now"
            )
        for failure in version.failed:
            output().print(
                f"  [red]failed[/] {words(failure.reason)}\n    {address(failure.url)}", soft_wrap=True
            )
    if any(version.failed for version in done):
        raise typer.Exit(ExitCode.FAILED)
    if not done:
        output().print(f"{ref.id} has no published version: [dim]ingest crawl {ref.id}[/]")


async def _reembed(typed: Typed) -> tuple[LibraryRef, list[Reembedded]]:
    async with session("reembed") as (stores, settings):
        ref = await find_here(Catalogue(await stores.database()), typed)
        model = await asyncio.to_thread(ensure_model, settings, errors().print)
        with chunk_bars(errors()) as show_chunks:

            def show(version: str, progress: Progress) -> None:
                show_chunks(f"{ref.id} {version}", progress.embedded, progress.chunks)

            return ref, await reembed_library(stores, model, ref, show)
