"""`ingest report`: what became of every page of the last crawl."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated, Any

import typer
from rich.markup import escape

from ingest.meant import Typed, find_here, read_typed
from ingest.session import session
from shared.catalogue.crawls import ENDED, CrawlRow, Crawls, PageRow
from shared.catalogue.generations import Generations
from shared.catalogue.store import Catalogue
from shared.errors import NeverCrawled
from shared.terminal.console import output
from shared.terminal.ending import run, told

SHOWN = 10
"""URLs of one kind where all kinds are shown; JSON has them all."""

_OUTCOMES = {"failed": "red", "skipped": "yellow", "fetched": "green", "unchanged": "dim"}
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class _Told:
    library_id: str
    version: str
    crawl: CrawlRow
    pages: list[PageRow]


def report(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
    failed: Annotated[bool, typer.Option("--failed", help="Only what could not be had; all of it.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, every page.")] = False,
) -> None:
    """Show what became of every page at the last crawl or refresh.

    $ ingest report /pallets/flask
    $ ingest report /pallets/flask/2.2 --failed
    """
    with told():
        typed = read_typed(library_id)
    found = run(_told(typed))
    if as_json:
        typer.echo(json.dumps(_plain(found, only_failed=failed), indent=2))
    else:
        _show(found, only_failed=failed)


async def _told(typed: Typed) -> _Told:
    async with session("report") as (stores, _):
        database = await stores.database()
        ref = await find_here(Catalogue(database), typed)
        library = await Catalogue(database).known(ref.id)
        version = ref.version or library.default_version
        versions = await Catalogue(database).versions(ref.id)
        names = [version] if version else [found.version for found in versions]
        for name in names:
            row = await Generations(database).version(ref.id, name)
            crawl = row and await Crawls(database).newest(row, ("running", *ENDED))
            if crawl:
                return _Told(ref.id, name, crawl, await Crawls(database).pages(crawl.id))
        raise NeverCrawled(f"{ref} was never crawled", f"crawl it: ingest crawl {ref.id} URL")


def _outcome(page: PageRow) -> str:
    """A page that failed and is kept as it is served has failed all the same."""
    return "failed" if page.state == "carried" else page.state


def _had(pages: Sequence[PageRow]) -> str:
    outcomes = [_outcome(page) for page in pages]
    given = len(outcomes) - outcomes.count("failed") - outcomes.count("skipped")
    return f"{given:,} of {given + outcomes.count('failed'):,} pages"


def _show(found: _Told, *, only_failed: bool) -> None:
    crawl = found.crawl
    state = "interrupted, or still running" if crawl.state == "running" else crawl.state
    output().print(f"[bold]{found.library_id}[/] {found.version}: [bold]{_had(found.pages)}[/]")
    output().print(
        f"[dim]{crawl.kind} of {crawl.started_at.astimezone():%Y-%m-%d %H:%M}, {state}, from[/] "
        f"{escape(crawl.start_url)}",
        soft_wrap=True,
    )
    if crawl.report and crawl.report.get("held"):
        output().print(f"[yellow]held back:[/] {escape(crawl.report['held'])}")
    for outcome, colour in _OUTCOMES.items():
        pages = [page for page in found.pages if _outcome(page) == outcome]
        if pages and (outcome == "failed" or not only_failed):
            output().print(f"\n[bold {colour}]{outcome}[/] {len(pages):,}")
            for line in _lines(pages, all_of_them=only_failed):
                output().print(line, soft_wrap=True)
    if only_failed and not any(_outcome(page) == "failed" for page in found.pages):
        output().print("Nothing failed.")


def _lines(pages: Sequence[PageRow], *, all_of_them: bool) -> Iterator[str]:
    """The pages of one outcome, grouped by reason, the most frequent reason first."""
    groups = [(why, list(group)) for why, group in groupby(sorted(pages, key=_why), key=_why)]
    for why, group in sorted(groups, key=lambda item: -len(item[1])):
        if why:
            yield f"  {escape(why)} [dim]× {len(group):,}[/]"
        listed = group if all_of_them else group[:SHOWN]
        for page in listed:
            note = (
                f" [dim]→ {escape(page.final_url)}[/]" if page.state == "skipped" and page.final_url else ""
            )
            yield f"    {escape(page.url)}{note}"
        if len(listed) < len(group):
            yield f"    [dim]and {len(group) - len(listed):,} more: --json lists them all[/]"


def _why(page: PageRow) -> str:
    """What is said of a page beside its outcome: the reason, how often it was tried, whether it is served."""
    if not page.reason:
        return ""
    tries = f", after {page.attempts} tries" if page.attempts > 1 else ""
    kept = ", kept as it is served" if page.state == "carried" else ""
    return f"{page.reason}{tries}{kept}"


def _plain(found: _Told, *, only_failed: bool) -> dict[str, Any]:
    outcomes = [_outcome(page) for page in found.pages]
    crawl = found.crawl
    return {
        "library_id": found.library_id,
        "version": found.version,
        "kind": crawl.kind,
        "state": crawl.state,
        "start_url": crawl.start_url,
        "started_at": crawl.started_at.isoformat(),
        "finished_at": crawl.finished_at.isoformat() if crawl.finished_at else None,
        "summary": _had(found.pages),
        "counts": {outcome: outcomes.count(outcome) for outcome in _OUTCOMES},
        "pages": [
            {
                "url": page.url,
                "outcome": outcome,
                "reason": page.reason,
                "attempts": page.attempts,
                "kept_as_served": page.state == "carried",
                "final_url": page.final_url,
                "fetched_at": page.fetched_at.isoformat() if page.fetched_at else None,
            }
            for page, outcome in zip(found.pages, outcomes, strict=True)
            if outcome == "failed" or not only_failed
        ],
    }
