"""`ingest refresh`: what is served is asked for again, and only what changed is fetched and embedded."""

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from ingest.changes import Changes
from ingest.console import console, errors, run, told
from ingest.display import shown, span
from ingest.model.ensure import ensure_model
from ingest.pipeline import crawl_library
from ingest.refresh import due, refresh_order
from ingest.report import WORST_FIRST, CrawlReport, ExitCode
from ingest.report_view import had, show_report
from ingest.session import session
from shared.catalogue.crawls import Refreshable
from shared.embedding.model import EmbeddingModel
from shared.errors import LecternError
from shared.model.library import LibraryRef, parse_library_ref
from shared.stores.open import Stores

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@dataclass(frozen=True, slots=True)
class _Failed:
    """A version whose refresh ended with an error."""

    version: Refreshable
    error: LecternError


@dataclass(frozen=True, slots=True)
class _Wish:
    force: bool
    concurrency: int
    headers: tuple[str, ...]


def refresh(
    library_id: Annotated[
        str | None,
        typer.Argument(metavar="[LIBRARY_ID]", help="All its versions, or one: /pallets/flask/2.2."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every version of every library.")] = False,
    older_than: Annotated[
        str | None,
        typer.Option(metavar="AGE", help="Only what was not looked at for so long, as in 7d or 12h."),
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(help="Sent to this host only, as in 'Authorization: $DOCS_TOKEN'; repeatable."),
    ] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Connections to a host.")] = 4,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if much less came than is served now.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as a JSON list.")] = False,
) -> None:
    """Bring what is served up to date, as it was crawled before."""
    if library_id is None and not everything and older_than is None:
        raise typer.BadParameter("name a library, or say --all or --older-than")
    if library_id is not None and everything:
        raise typer.BadParameter("name a library or say --all, not both")
    if header and library_id is None:
        raise typer.BadParameter("--header is for one library: name it")
    age = _age(older_than) if older_than is not None else None
    with told():
        ref = parse_library_ref(library_id) if library_id else None
    wish = _Wish(force, concurrency, tuple(header or ()))
    results = run(_refresh(ref, age, wish, quiet=as_json))
    if as_json:
        typer.echo(json.dumps([_plain(result) for result in results], indent=2))
    elif len(results) > 1:
        console.print(_table(results))
    elif not results:
        console.print("Nothing is due.")
    codes = {_exit_code(result) for result in results}
    worst = next((code for code in WORST_FIRST if code in codes), ExitCode.CURRENT)
    if worst:
        raise typer.Exit(worst)


async def _refresh(
    ref: LibraryRef | None, age: timedelta | None, wish: _Wish, *, quiet: bool
) -> list[CrawlReport | _Failed]:
    async with session("refresh") as (stores, settings):
        before = datetime.now(UTC) - age if age is not None else None
        versions = await due(await stores.database(), ref, before)
        if not versions:
            return []
        model = await asyncio.to_thread(ensure_model, settings, errors.print)
        results: list[CrawlReport | _Failed] = []
        for version in versions:
            try:
                report = await _one(stores, model, version, wish)
            except LecternError as error:
                if len(versions) == 1:
                    raise
                results.append(_Failed(version, error))
                continue
            results.append(report)
            if not quiet and len(versions) == 1:
                show_report(report)
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
    with shown(errors, title) as show_progress:
        return await crawl_library(stores, model, order, show_progress)


def _age(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if not found:
        raise typer.BadParameter(f"{text!r} is not an age: write it as in 30m, 12h, 7d or 2w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _table(results: Sequence[CrawlReport | _Failed]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Library", "Version", "Outcome"):
        table.add_column(column, no_wrap=True)
    for column in ("Pages", "Added", "Changed", "Removed", "Gone", "Embedded", "Time"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for result in results:
        if isinstance(result, _Failed):
            name = (result.version.library_id, result.version.version)
            table.add_row(*name, "[red]failed[/]", *[""] * 7, escape(result.error.line))
            continue
        changes = result.changes or Changes()
        counts = (
            len(changes.added),
            len(changes.changed) + len(changes.moved),
            len(changes.removed),
            len(changes.missing),
        )
        note = result.held or (f"{len(result.failed):,} failed" if result.failed else "")
        colour = {"held": "yellow", "failed": "red"}.get(result.outcome, "green")
        table.add_row(
            result.library_id,
            result.version,
            f"[{colour}]{result.outcome}[/]",
            had(result).removesuffix(" pages"),
            *(f"{count:,}" if count else "[dim]–[/]" for count in [*counts, result.embedded]),
            span(result.seconds),
            note,
        )
    return table


def _plain(result: CrawlReport | _Failed) -> dict[str, Any]:
    if isinstance(result, CrawlReport):
        return asdict(result)
    version = result.version
    return {"library_id": version.library_id, "version": version.version, "error": result.error.line}


def _exit_code(result: CrawlReport | _Failed) -> ExitCode:
    return result.exit_code if isinstance(result, CrawlReport) else ExitCode.FAILED
