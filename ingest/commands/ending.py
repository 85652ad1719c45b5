"""How the commands that crawl end: they show what came, and set the exit code."""

import json

import typer

from ingest.jobs.in_turn import interruption_is_told
from ingest.report.report import failed_report
from ingest.report.results import Results, plain, to_json, worst
from ingest.screens.report import show_report
from ingest.screens.summary import show_summary
from shared.errors import LecternError
from shared.model.crawl import CrawlKind
from shared.terminal.console import output
from shared.terminal.ending import ending


def end(results: Results, *, as_json: bool, several: bool) -> None:
    """With `several` JSON is a list. It has a report whatever happened."""
    if as_json:
        typer.echo(to_json(results.reports) if several else json.dumps(plain(results.reports[0]), indent=2))
    elif len(results.reports) > 1:
        show_summary(output(), results.reports)
    elif results.reports and not results.error:
        show_report(output(), results.reports[0])
    elif not results.reports:
        output().print("Nothing is due.")
    if results.error:
        with ending():
            raise results.error
    if code := worst(results.reports):
        raise typer.Exit(code)


def ended(error: BaseException, library_id: str, version: str, url: str, kind: CrawlKind) -> Results:
    """The result where no crawl began."""
    known = error if isinstance(error, LecternError) else None
    if known is None:
        interruption_is_told()
    return Results((failed_report(library_id, version, url, kind, known),), known)
