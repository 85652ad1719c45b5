"""`ingest refresh`: what is served is asked for again, and only what changed is fetched and embedded."""

import asyncio
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer
from rich.markup import escape

from ingest.display import shown
from ingest.meant import Typed, find_here, read_typed
from ingest.model.ensure import ensure_model
from ingest.pipeline import crawl_library
from ingest.refresh import due, refresh_order
from ingest.report import CrawlReport
from ingest.report_view import show_report
from ingest.results import Failed, Result, summary, to_json, worst
from ingest.session import learned_catalogue, session
from shared.catalogue.crawls import Refreshable
from shared.embedding.model import EmbeddingModel
from shared.errors import LecternError
from shared.stores.open import Stores
from shared.terminal.console import errors, output
from shared.terminal.ending import run, told

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class _Wish:
    force: bool
    concurrency: int
    headers: tuple[str, ...]


def refresh(
    library_id: Annotated[
        str | None,
        typer.Argument(metavar="LIBRARY_ID", help="All its versions, or one: /pallets/flask/2.2."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every version of every library.")] = False,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Only what was not looked at for so long, as in 7d or 12h."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER", help="Sent to this host only, as in 'Authorization: $DOCS_TOKEN'; repeatable."
        ),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Connections to a host.")] = 4,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if much less came than is served now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as a JSON list.")] = False,
) -> None:
    """Bring what is served up to date, as it was crawled before.

    $ ingest refresh /pallets/flask
    $ ingest refresh --all --older-than 7d
    """
    if library_id is None and not everything and older_than is None:
        raise typer.BadParameter("name a library, or say --all or --older-than")
    if library_id is not None and everything:
        raise typer.BadParameter("name a library or say --all, not both")
    if header and library_id is None:
        raise typer.BadParameter("--header is for one library: name it")
    age = _age(older_than) if older_than is not None else None
    with told():
        typed = read_typed(library_id) if library_id else None
    wish = _Wish(force, concurrency, tuple(header or ()))
    results = run(_refresh(typed, age, wish, quiet=as_json))
    if as_json:
        typer.echo(to_json(results))
    elif len(results) > 1:
        output().print(summary(results))
    elif not results:
        output().print("Nothing is due.")
    if code := worst(results):
        raise typer.Exit(code)


async def _refresh(typed: Typed | None, age: timedelta | None, wish: _Wish, *, quiet: bool) -> list[Result]:
    async with session("refresh") as (stores, settings):
        before = datetime.now(UTC) - age if age is not None else None
        catalogue = await learned_catalogue(stores)
        ref = await find_here(catalogue, typed) if typed else None
        versions = await due(await stores.database(), ref, before)
        if not versions:
            return []
        model = await asyncio.to_thread(ensure_model, settings, errors().print)
        results: list[Result] = []
        for version in versions:
            try:
                report = await _one(stores, model, version, wish)
            except LecternError as error:
                if len(versions) == 1:
                    raise
                results.append(Failed(version.library_id, version.version, error))
                continue
            results.append(report)
            if not quiet and len(versions) == 1:
                show_report(output(), report)
        return results


async def _one(stores: Stores, model: EmbeddingModel, version: Refreshable, wish: _Wish) -> CrawlReport:
    order = await refresh_order(
        await stores.database(),
        version,
        force=wish.force,
        concurrency=wish.concurrency,
        headers=wish.headers,
    )
    title = f"{escape(version.library_id)} {version.version}  [dim]{escape(version.start_url)}[/]"
    with shown(errors(), title) as show_progress:
        return await crawl_library(stores, model, order, show_progress)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not an age: write it as in 30m, 12h, 7d or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
