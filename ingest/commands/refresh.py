"""`ingest refresh`: what is served is asked for again, and only what changed is fetched and embedded."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from ingest.commands.crawling import crawl_and_show
from ingest.commands.ending import end, ended
from ingest.commands.session import catalogue_with_shipped, session
from ingest.crawl.addresses.bounds import Manner
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.refresh import due, refresh_order
from ingest.libraries.find import Typed, find_here, read_typed
from ingest.report.results import Results
from shared.errors import LecternError
from shared.model.library import LibraryRef
from shared.terminal.console import errors
from shared.terminal.ending import ending, run

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def refresh(
    library_id: Annotated[
        str | None,
        typer.Argument(metavar="LIBRARY_ID", help="All its versions, or one: /pallets/flask/2.2."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every version of every library.")] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            metavar="AGE", help="Only versions not crawled or refreshed for so long, as in 7d or 12h."
        ),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER",
            help="Header for this host only, as in 'Authorization: $DOCS_TOKEN'; repeatable.",
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Connections to a host at once.")] = 4,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if far fewer pages or chunks came.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as a JSON list.")] = False,
) -> None:
    """Update served versions, with the options of their last crawl.

    $ ingest refresh /pallets/flask
    $ ingest refresh --all --older-than 7d
    """
    if library_id is None and not everything and older_than is None:
        raise typer.BadParameter("name a library, or use --all or --older-than")
    if library_id is not None and everything:
        raise typer.BadParameter("name a library or use --all, not both")
    if header and library_id is None:
        raise typer.BadParameter("--header is for one library: name it")
    age = _age(older_than) if older_than is not None else None
    with ending():
        typed = read_typed(library_id) if library_id else None
    manner = Manner(tuple(header or ()), concurrency)
    end(run(_refresh(typed, age, manner, force=force)), as_json=as_json, several=True)


async def _refresh(typed: Typed | None, age: timedelta | None, manner: Manner, *, force: bool) -> Results:
    ref: LibraryRef | None = typed.id if typed else None
    try:
        async with session("refresh") as (stores, settings):
            before = datetime.now(UTC) - age if age is not None else None
            catalogue = await catalogue_with_shipped(stores)
            ref = await find_here(catalogue, typed) if typed else None
            versions = await due(await stores.database(), ref, before)
            if not versions:
                return Results()
            model = await asyncio.to_thread(ensure_model, settings, errors().print)
            database = await stores.database()
            orders = [
                await refresh_order(database, version, force=force, manner=manner) for version in versions
            ]
            return await crawl_and_show(stores, model, orders)
    except (LecternError, asyncio.CancelledError) as error:
        return ended(error, ref.id if ref else "", (ref and ref.version) or "", "", "refresh")


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not an age: write it as in 30m, 12h, 7d or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
