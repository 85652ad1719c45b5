"""What came of several crawls, for a person at a terminal."""

from collections.abc import Sequence

from rich.console import Console

from ingest.report.changes import Changes
from ingest.report.report import CrawlReport
from shared.terminal.legible import exact, sentence
from shared.terminal.table import Column, show_table

_COUNTS = ("Pages", "Added", "Changed", "Removed", "Gone", "Embedded", "Failed", "Dead")
"""What is counted; a column where all counts are 0 is left out."""
_COLOURS = {"held": "yellow", "interrupted": "yellow", "failed": "red"}


def show_summary(console: Console, results: Sequence[CrawlReport]) -> None:
    """A line for each, for a person; then why some are not as they should be."""
    counted = [_counts(result) for result in results]
    shown = [name for name in _COUNTS if any(counts.get(name) for counts in counted)]
    rows = [
        (
            exact(result.library_id),
            exact(result.version),
            f"[{_COLOURS.get(result.outcome, 'green')}]{result.outcome}[/]",
            *(counts.get(name) or "[dim]–[/]" for name in shown),
        )
        for result, counts in zip(results, counted, strict=True)
    ]
    said = (Column("Outcome"), *(Column(name, right=True) for name in shown))
    show_table(console, (Column("Library"), Column("Version")), said, rows)
    notes = [(result, note) for result in results if (note := result.error or result.held)]
    if notes:
        console.print()
    for result, note in notes:
        named = f"{exact(result.library_id)} {exact(result.version)}"
        console.print(f"[bold]{named}[/]: {sentence(note)}", soft_wrap=True)


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
