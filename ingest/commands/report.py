"""`ingest report`: what became of every page of the last crawl."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Annotated, Any

import typer

from ingest.commands.session import session
from ingest.libraries.find import Typed, find_here, read_typed
from ingest.report.report import CrawlReport, read_report
from ingest.screens.progress import moment
from ingest.screens.report import pages_given, show_failed_lists
from shared.catalogue.crawls import ENDED, CrawlRow, Crawls
from shared.catalogue.generations import Generations
from shared.catalogue.locks import library_holder
from shared.catalogue.store import Catalogue
from shared.counted import counted
from shared.errors import NeverCrawled
from shared.model.crawl import PageRow
from shared.terminal.console import output
from shared.terminal.ending import ending, run
from shared.terminal.legible import address, exact, sentence, words

SHOWN = 10
"""URLs of one kind where all kinds are shown; JSON has them all."""

_OUTCOMES = {
    "failed": "red",
    "dead link": "yellow",
    "skipped": "yellow",
    "fetched": "green",
    "unchanged": "dim",
}
"""In the order in which they are shown."""
_STATES = {"running": "still running", "interrupted": "interrupted: run it again to resume"}
_LOST = ("failed", "dead link")


@dataclass(frozen=True, slots=True)
class _Told:
    library_id: str
    version: str
    crawl: CrawlRow
    pages: list[PageRow]
    report: CrawlReport | None
    """None while the crawl runs, or if it was killed before it recorded how far it came."""
    dead: frozenset[str]
    """URLs that only links name, according to the report."""
    holder: str | None
    """The process that writes to the library now."""

    @property
    def state(self) -> str:
        if self.crawl.state != "running":
            return self.crawl.state
        return "running" if self.holder else "interrupted"

    @property
    def summary(self) -> str:
        """Pages the site gave, of those it seems to have, as far as known."""
        if self.report:
            return pages_given(self.report)
        given = sum(page.state in ("fetched", "unchanged") for page in self.pages)
        return f"{counted(given, 'page')} so far"

    def outcome(self, page: PageRow) -> str:
        """A page that failed and is kept as served counts as failed."""
        if page.state not in ("failed", "carried"):
            return page.state
        gone = (page.reason or "").startswith(("404 ", "410 "))
        dead = page.url in self.dead if self.report else gone
        return "dead link" if dead else "failed"


def report(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
    failed: Annotated[
        bool, typer.Option("--failed", help="Only failures and dead links, all of them.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, every page.")] = False,
) -> None:
    """Show what became of every page at the last crawl or refresh.

    $ ingest report /pallets/flask
    $ ingest report /pallets/flask/2.2 --failed
    """
    with ending():
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
                report = read_report(crawl.report) if crawl.report else None
                pages = await Crawls(database).pages(crawl.id)
                dead = frozenset(failure.url for failure in report.dead) if report else frozenset()
                holder = await library_holder(database, ref.id)
                return _Told(ref.id, name, crawl, pages, report, dead, holder)
        raise NeverCrawled(f"{ref} was never crawled", f"crawl it: ingest crawl {ref.id} URL")


def _show(found: _Told, *, only_failed: bool) -> None:
    crawl, console = found.crawl, output()
    by_outcome: dict[str, list[PageRow]] = {outcome: [] for outcome in _OUTCOMES}
    for page in found.pages:
        by_outcome[found.outcome(page)].append(page)
    state = _STATES.get(found.state, found.state)
    console.print(f"[bold]{exact(found.library_id)}[/] {exact(found.version)}: [bold]{found.summary}[/]")
    console.print(
        f"[dim]{crawl.kind} of {moment(crawl.started_at)}, {state}, from[/] {address(crawl.start_url)}",
        soft_wrap=True,
    )
    report = found.report
    if report and report.held:
        console.print(f"[yellow]held back:[/] {words(report.held)}")
    if report and report.error:
        console.print(f"[red]stopped by[/] {sentence(report.error)}", soft_wrap=True)
    if report and report.waiting:
        console.print(f"[yellow]not fetched yet[/] {report.waiting:,}")
    if report:
        show_failed_lists(console, report)
    for outcome, colour in _OUTCOMES.items():
        pages = by_outcome[outcome]
        if pages and (outcome in _LOST or not only_failed):
            console.print(f"\n[bold {colour}]{outcome}[/] {len(pages):,}")
            for line in _lines(pages, all_of_them=only_failed):
                console.print(line, soft_wrap=True)
    if only_failed and not any(by_outcome[outcome] for outcome in _LOST):
        console.print("Nothing failed.")


def _lines(pages: Sequence[PageRow], *, all_of_them: bool) -> Iterator[str]:
    """The pages of one outcome, grouped by reason, the most frequent reason first, each by its address."""
    listed_so = sorted(pages, key=lambda page: (_why(page), page.url))
    groups = [(why, list(group)) for why, group in groupby(listed_so, key=_why)]
    for why, group in sorted(groups, key=lambda item: -len(item[1])):
        if why:
            yield f"  {words(why)} [dim]× {len(group):,}[/]"
        listed = group if all_of_them else group[:SHOWN]
        for page in listed:
            note = (
                f" [dim]→ {address(page.final_url)}[/]" if page.state == "skipped" and page.final_url else ""
            )
            yield f"    {address(page.url)}{note}"
        if len(listed) < len(group):
            yield f"    [dim]and {len(group) - len(listed):,} more: --json lists them all[/]"


def _why(page: PageRow) -> str:
    """A page's note beside its outcome: the number of tries, whether it is kept as served."""
    if not page.reason:
        return ""
    tries = f", after {page.attempts} tries" if page.attempts > 1 else ""
    kept = ", kept as served" if page.state == "carried" else ""
    return f"{page.reason}{tries}{kept}"


def _plain(found: _Told, *, only_failed: bool) -> dict[str, Any]:
    outcomes = [found.outcome(page) for page in found.pages]
    crawl, report = found.crawl, found.report
    return {
        "library_id": found.library_id,
        "version": found.version,
        "kind": crawl.kind,
        "state": found.state,
        "start_url": crawl.start_url,
        "started_at": crawl.started_at.isoformat(),
        "finished_at": crawl.finished_at.isoformat() if crawl.finished_at else None,
        "summary": found.summary,
        "waiting": report.waiting if report else None,
        "error": report.error if report else "",
        "counts": {outcome: outcomes.count(outcome) for outcome in _OUTCOMES},
        "failed_lists": [asdict(one) for one in report.failed_lists] if report else [],
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
            if outcome in _LOST or not only_failed
        ],
    }
