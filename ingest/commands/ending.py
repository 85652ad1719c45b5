"""How the commands that crawl end: what came is shown, and told to the shell."""

import json

import typer

from ingest.jobs.in_turn import interruption_is_told
from ingest.plan.order import Kind
from ingest.report.report import failed_report
from ingest.report.results import Came, plain, show_summary, to_json, worst
from ingest.screens.report import show_report
from shared.errors import LecternError
from shared.terminal.console import output
from shared.terminal.ending import told


def end(came: Came, *, as_json: bool, several: bool) -> None:
    """With `several` JSON is a list. Whatever happened, JSON has a report of it."""
    if as_json:
        typer.echo(to_json(came.reports) if several else json.dumps(plain(came.reports[0]), indent=2))
    elif len(came.reports) > 1:
        show_summary(output(), came.reports)
    elif came.reports and not came.error:
        show_report(output(), came.reports[0])
    elif not came.reports:
        output().print("Nothing is due.")
    if came.error:
        with told():
            raise came.error
    if code := worst(came.reports):
        raise typer.Exit(code)


def ended(error: BaseException, library_id: str, version: str, url: str, kind: Kind) -> Came:
    """What came where nothing was begun."""
    known = error if isinstance(error, LecternError) else None
    if known is None:
        interruption_is_told()
    return Came((failed_report(library_id, version, url, kind, known),), known)
