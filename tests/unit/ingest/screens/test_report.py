"""What an operator reads at the end of a crawl, whole."""

import json
from dataclasses import asdict, replace

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from ingest.crawl.lists.reading import FailedList
from ingest.report.changes import Changes
from ingest.report.report import Beside, CrawlReport, Failure, Outcome, failed_report, read_report
from ingest.report.results import worst
from ingest.screens.report import show_report
from ingest.screens.summary import show_summary
from shared.errors import FetchFailed
from shared.terminal.console import WIDE
from shared.terminal.exits import ExitCode

FAILURES = tuple(
    Failure(f"http://site/{number}.html", "500 Internal Server Error", 3) for number in range(22)
)
BESIDE = Beside(
    "/v2/guide/",
    41,
    "ingest crawl /pallets/flask http://site/guide --include '/guide/*' --include '/v2/guide/*'",
)
LIST = FailedList("sitemap", "http://site/sitemap.xml", "over 10 s of processor time")
REPORTS: dict[Outcome, CrawlReport] = {
    "published": CrawlReport(
        library_id="/pallets/flask", version="2.2", outcome="published", pages=72, fetched=2, unchanged=70, carried=1,
        not_modified=60,
        failed=(
            Failure("http://site/[gone].html", "404 Not Found", 1, gone=True),
            Failure("http://site/named.html", "404 Not Found", 1, gone=True, listed=True),
            Failure("http://site/busy.html", "503 Service Unavailable", 3, kept=True),
        ), skipped={"not HTML (image/png)": 1200},
        outside=7, chunks=1308, tokens=195356, embedded=12, seconds=65.04, resumed=40,
        stages={"crawl": 1.0, "embed": 0.5}, failed_lists=(LIST,), beside=(BESIDE,), public="https://flask.palletsprojects.com/en/2.2.x/",
    ),
    "unchanged": CrawlReport(
        library_id="/pallets/flask", version="2.2", outcome="unchanged", pages=72, fetched=0, unchanged=72, carried=0,
        failed=(), skipped={}, outside=0, chunks=1308, tokens=195356, embedded=0, seconds=3.9,
    ),
    "failed": CrawlReport(
        library_id="/pallets/flask", version="2.2", outcome="failed", pages=0, fetched=0, unchanged=0, carried=0,
        failed=FAILURES, skipped={}, outside=0, chunks=0, tokens=0, embedded=0, seconds=4000,
    ),
    "interrupted": CrawlReport(
        library_id="/pallets/flask", version="2.2", outcome="interrupted", pages=66, fetched=66, unchanged=0, carried=0,
        failed=(), skipped={"not HTML (image/png)": 4}, outside=0, chunks=700, tokens=90000, embedded=512, seconds=4,
        waiting=221,
    ),
}  # fmt: skip


@pytest.mark.parametrize("outcome", list(REPORTS))
def test_a_report_reads_like_this(outcome: Outcome, snapshot: SnapshotAssertion) -> None:
    console = Console(width=WIDE, highlight=False)
    with console.capture() as written:
        show_report(console, REPORTS[outcome])
    assert written.get() == snapshot


def test_several_reports_read_like_this_on_a_narrow_terminal(snapshot: SnapshotAssertion) -> None:
    lost = FetchFailed("http://127.0.0.1:1/", "connection refused", hint="start it")
    changed = replace(REPORTS["published"], changes=Changes(added=("http://site/new.html",)))
    results = [
        changed,
        replace(REPORTS["unchanged"], library_id="/organisation/project-with-a-name"),
        replace(REPORTS["published"], version="3.0", outcome="held", held="40 of 72 pages are left"),
        failed_report("/lectern/docs", "latest", "http://127.0.0.1:1/", "crawl", lost),
    ]
    narrow = Console(width=80, force_terminal=True, color_system=None)
    with narrow.capture() as written:
        show_summary(narrow, results)
    assert written.get() == snapshot


def test_of_several_reports_the_shell_is_told_the_worst() -> None:
    incomplete = replace(REPORTS["published"], failed=FAILURES)
    held = replace(REPORTS["published"], outcome="held", held="40 of 72 pages are left")
    done = REPORTS["unchanged"]
    assert incomplete.exit_code == ExitCode.INCOMPLETE
    assert worst([]) == worst([done, done]) == ExitCode.DONE
    assert worst([done, incomplete, done]) == ExitCode.INCOMPLETE
    assert worst([incomplete, held, done]) == ExitCode.HELD
    assert worst([held, REPORTS["failed"], incomplete]) == ExitCode.FAILED
    assert worst([REPORTS["failed"], REPORTS["interrupted"]]) == ExitCode.INTERRUPTED


def test_a_list_that_could_not_be_read_leaves_the_library_incomplete() -> None:
    assert REPORTS["unchanged"].exit_code == ExitCode.DONE
    assert replace(REPORTS["unchanged"], failed_lists=(LIST,)).exit_code == ExitCode.INCOMPLETE


@pytest.mark.parametrize("outcome", list(REPORTS))
def test_a_report_is_read_back_as_it_was_stored(outcome: Outcome) -> None:
    assert read_report(json.loads(json.dumps(asdict(REPORTS[outcome])))) == REPORTS[outcome]
