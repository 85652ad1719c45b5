"""`ingest crawl`: from a site to a served library."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from difflib import get_close_matches
from typing import Annotated

import typer
from rich.markup import escape

from ingest.console import console, errors, run
from ingest.display import rate, shown, span
from ingest.known import known_libraries
from ingest.model.ensure import ensure_model
from ingest.pipeline import crawl_library
from ingest.report import CrawlReport, Failure, Order
from ingest.session import session
from shared.catalogue.store import Catalogue
from shared.errors import InvalidLibraryId, InvalidUrl, LibraryUnknown
from shared.model.library import LATEST, Library, LibraryRef, check_version, parse_library_ref

SHOWN_FAILURES = 20


def crawl(
    library_id: Annotated[
        str, typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask, or /pallets/flask/2.2.")
    ],
    url: Annotated[
        str | None, typer.Argument(metavar="[URL]", help="Start page; the library's own if left out.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(help="What the pages describe.", show_default="latest")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option(help="Only paths that match this glob; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(help="No path that matches this glob; repeatable.")
    ] = None,
    max_pages: Annotated[int, typer.Option(min=1, help="Keep at most this many pages.")] = 10_000,
    max_depth: Annotated[int | None, typer.Option(min=0, help="Links from the start page.")] = None,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Connections to the host.")] = 4,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also connect to private and loopback addresses.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Take no page from an earlier run.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Crawl a documentation site and serve what it says."""
    report = run(
        _crawl(
            library_id,
            url,
            version,
            tuple(include or ()),
            tuple(exclude or ()),
            max_pages=max_pages,
            max_depth=max_depth,
            concurrency=concurrency,
            allow_private=allow_private,
            fresh=fresh,
        )
    )
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=2))
    else:
        show(report)
    if report.outcome == "failed":
        raise typer.Exit(1)


async def _crawl(
    library_id: str,
    url: str | None,
    version: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    **limits: int | bool | None,
) -> CrawlReport:
    ref = parse_library_ref(library_id)
    if version and ref.version and version != ref.version:
        raise InvalidLibraryId(f"{library_id} and --version {version} name two versions", "name one")
    wanted = check_version(version) if version else ref.version or LATEST
    async with session("crawl") as (stores, settings):
        library = await _library(Catalogue(await stores.database()), ref, url)
        model = await asyncio.to_thread(ensure_model, settings, errors.print)
        order = Order(
            library=library,
            version=wanted,
            start_url=url or library.docs_url or "",
            include=include,
            exclude=exclude,
            **limits,  # type: ignore[arg-type]
        )
        with shown(
            errors, f"{escape(library.id)} {wanted}  [dim]{escape(order.start_url)}[/]"
        ) as show_progress:
            return await crawl_library(stores, model, order, show_progress)


async def _library(catalogue: Catalogue, ref: LibraryRef, url: str | None) -> Library:
    """The library as it is stored, as the shipped catalogue knows it, or a new one at this URL."""
    known = known_libraries()
    found = await catalogue.library(ref.id) or known.get(ref.id)
    if found and found.docs_url:
        return found
    if url:
        return (
            replace(found, docs_url=url)
            if found
            else Library(ref.id, ref.id.rpartition("/")[2], docs_url=url)
        )
    if found:
        raise InvalidUrl(f"{ref.id} has no start page", f"name it: ingest crawl {ref.id} URL")
    near = dict.fromkeys([*await catalogue.near(ref.id), *get_close_matches(ref.id, known, 5)])
    raise LibraryUnknown(ref.id, list(near)[:5], f"name its start page: ingest crawl {ref.id} URL")


def show(report: CrawlReport) -> None:
    """The report of a crawl, for a person."""
    heading = {
        "published": f"[bold green]published[/] {report.library_id} {report.version}",
        "unchanged": f"[bold green]unchanged[/] {report.library_id} {report.version}: what is served is current",
        "failed": f"[bold red]nothing to publish[/] for {report.library_id} {report.version}: "
        + ("what was served is still served" if report.chunks else "nothing is served for it yet"),
    }
    interrupted = f"{report.resumed:,} of them by the interrupted run" if report.resumed else ""
    busy = report.stages.get("crawl", 0) + report.stages.get("embed", 0)
    console.print(heading[report.outcome])
    for count, what, note in (
        (report.pages, f"of {report.pages + len(report.failed) - report.carried:,} pages kept", ""),
        (report.fetched, "new or changed", interrupted),
        (report.unchanged, "unchanged", f"{report.carried:,} of them failed now" if report.carried else ""),
        (sum(report.skipped.values()), "URLs skipped", ""),
        (len(report.failed), "failed", ""),
        (report.chunks, "chunks", f"{report.tokens:,} tokens"),
        (report.embedded, "embedded now", rate(report.embedded, busy) if report.embedded else ""),
    ):
        console.print(f"[bold]{count:>9,}[/]  {what}{f'  [dim]{note}[/]' if note else ''}")
    for reason, count in report.skipped.items():
        console.print(f"  [yellow]skipped[/] {count:,} × {escape(reason)}")
    for reason, failures in _by_reason(report.failed[:SHOWN_FAILURES]).items():
        console.print(f"  [red]failed[/] {escape(reason)}")
        for failure in failures:
            console.print(f"    {escape(failure.url)}", soft_wrap=True)
    if len(report.failed) > SHOWN_FAILURES:
        console.print(f"  [dim]and {len(report.failed) - SHOWN_FAILURES:,} more: --json lists them all[/]")
    console.print(f"[dim]in {span(report.seconds)}[/]")


def _by_reason(failures: Sequence[Failure]) -> dict[str, list[Failure]]:
    grouped: dict[str, list[Failure]] = {}
    for failure in failures:
        tries = f", after {failure.attempts} tries" if failure.attempts > 1 else ""
        grouped.setdefault(f"{failure.reason}{tries}", []).append(failure)
    return grouped
