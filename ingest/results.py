"""What came of several crawls."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.markup import escape
from rich.table import Table

from ingest.changes import Changes
from ingest.display import span
from ingest.report import WORST_FIRST, CrawlReport, ExitCode
from ingest.report_view import had
from shared.errors import LecternError


@dataclass(frozen=True, slots=True)
class Failed:
    """A version whose crawl ended with an error."""

    library_id: str
    version: str
    error: LecternError


Result = CrawlReport | Failed


def worst(results: Sequence[Result]) -> ExitCode:
    """What all of them together tell the shell."""
    codes = {result.exit_code if isinstance(result, CrawlReport) else ExitCode.FAILED for result in results}
    return next((code for code in WORST_FIRST if code in codes), ExitCode.CURRENT)


def to_json(results: Sequence[Result]) -> str:
    """A JSON list, an object for each."""
    return json.dumps([_plain(result) for result in results], indent=2)


def table(results: Sequence[Result]) -> Table:
    """A line for each, for a person."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("Library", "Version", "Outcome"):
        table.add_column(column, no_wrap=True)
    for column in ("Pages", "Added", "Changed", "Removed", "Gone", "Embedded", "Time"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("", overflow="fold")
    for result in results:
        if isinstance(result, Failed):
            name = (result.library_id, result.version)
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


def _plain(result: Result) -> dict[str, Any]:
    if isinstance(result, CrawlReport):
        return asdict(result)
    return {"library_id": result.library_id, "version": result.version, "error": result.error.line}
