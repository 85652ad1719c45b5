"""What came of several crawls."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from ingest.changes import Changes
from ingest.report import CrawlReport
from shared.errors import LecternError
from shared.terminal.exits import WORST_FIRST, ExitCode

_COUNTS = ("Pages", "Added", "Changed", "Removed", "Gone", "Embedded", "Failed", "Dead")
"""What is counted; a column where all counts are 0 is left out."""


@dataclass(frozen=True, slots=True)
class Came:
    """A report of each crawl, and the error that a lone one ended with."""

    reports: tuple[CrawlReport, ...] = ()
    error: LecternError | None = None


def worst(results: Sequence[CrawlReport]) -> ExitCode:
    """What all of them together tell the shell."""
    codes = {result.exit_code for result in results}
    return next((code for code in WORST_FIRST if code in codes), ExitCode.DONE)


def to_json(results: Sequence[CrawlReport]) -> str:
    """A JSON list, an object for each."""
    return json.dumps([plain(result) for result in results], indent=2)


def plain(report: CrawlReport) -> dict[str, Any]:
    """A report as JSON has it: with what is counted from its other figures."""
    return asdict(report) | {"found": report.found, "wanted": report.wanted, "complete": report.complete}


def summary(results: Sequence[CrawlReport]) -> Group:
    """A line for each, for a person; then why some are not as they should be."""
    counted = [_counts(result) for result in results]
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("Library", overflow="fold")
    table.add_column("Version", overflow="fold")
    table.add_column("Outcome", no_wrap=True)
    shown = [name for name in _COUNTS if any(counts.get(name) for counts in counted)]
    for name in shown:
        table.add_column(name, justify="right", no_wrap=True)
    for result, counts in zip(results, counted, strict=True):
        colour = {"held": "yellow", "interrupted": "yellow", "failed": "red"}.get(result.outcome, "green")
        table.add_row(
            result.library_id,
            result.version,
            f"[{colour}]{result.outcome}[/]",
            *(counts.get(name) or "[dim]–[/]" for name in shown),
        )
    notes = [_noted(result, note) for result in results if (note := _note(result))]
    gap = [""] if notes else []
    return Group(table, *gap, *notes)


def _counts(result: CrawlReport) -> dict[str, str]:
    if result.error:
        return {}
    changes = result.changes or Changes()
    counts = {
        "Added": len(changes.added),
        "Changed": len(changes.changed) + len(changes.moved),
        "Removed": len(changes.removed),
        "Gone": len(changes.missing),
        "Embedded": result.embedded,
        "Failed": len(result.lost),
        "Dead": len(result.dead),
    }
    return {"Pages": f"{result.given:,}"} | {name: f"{count:,}" for name, count in counts.items() if count}


def _note(result: CrawlReport) -> str:
    return result.error or result.held


def _noted(result: CrawlReport, note: str) -> Text:
    return Text.assemble((f"{result.library_id} {result.version}", "bold"), f": {note}")
