"""The results of several crawls, for the exit code and JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ingest.report.report import CrawlReport
from shared.errors import LecternError
from shared.terminal.exits import WORST_FIRST, ExitCode


@dataclass(frozen=True, slots=True)
class Results:
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
