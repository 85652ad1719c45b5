"""Ctrl+C: what was kept is said, at once and later, and the next run goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from tests.site import Answer, Reply, Site, html

pytestmark = [pytest.mark.slow, pytest.mark.processes]

GOOD, SLOW = 12, 8
COMMAND = ("crawl", "/test/stopped", "--allow-private", "--concurrency", "12")
Env = dict[str, str]


@pytest.fixture
def site() -> Iterator[Site]:
    """Pages, one of which leads to many more; those that come last do not come at all."""
    pages: dict[str, Answer] = {f"/{number}.html": html(title=f"Page {number}") for number in range(GOOD)}
    pages["/0.html"] = html(*(f"/slow-{number}.html" for number in range(SLOW)), title="Page 0")
    slow = {f"/slow-{number}.html": Reply(delay=90) for number in range(SLOW)}
    with Site({"/": html(*pages, "/gone.html", title="Start"), **pages, **slow}) as site:
        yield site


def _started(env: Env, *words: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ingest", *words],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip


def _ingest(env: Env, *words: str) -> tuple[int, str]:
    process = _started(env, *words)
    said, failed = process.communicate(timeout=120)
    assert "Traceback" not in failed
    return process.returncode, said


def _stopped(env: Env, site: Site, signal_: int, *words: str) -> tuple[int, str]:
    """The crawl is stopped when all pages that come have come."""
    process = _started(env, *COMMAND, f"{site.url}/", *words)
    deadline = time.monotonic() + 90
    with psycopg.connect(env["LECTERN_DATABASE_URL"], autocommit=True) as database:
        while True:
            row = database.execute("SELECT count(*) FROM crawl_pages WHERE chunked").fetchone()
            if row == (GOOD + 1,) and len([path for path in site.paths if "slow" in path]) == SLOW:
                break
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.05)
    os.killpg(process.pid, signal_)
    said, failed = process.communicate(timeout=60)
    assert "Traceback" not in failed
    return process.returncode, said


def test_what_was_kept_is_said_and_the_next_run_goes_on(env: Env, site: Site) -> None:
    whole = f"{GOOD + 1} of {GOOD + 1 + SLOW} pages"
    code, said = _stopped(env, site, signal.SIGINT)
    assert code == 130
    assert said.startswith(f"interrupted /test/stopped latest: {whole} found so far\n")
    assert "run the same command again to resume" in said
    code, said = _ingest(env, "report", "/test/stopped")
    assert code == 0
    assert whole in said.splitlines()[0]
    assert "interrupted: run it again to resume" in said
    told = json.loads(_ingest(env, "report", "/test/stopped", "--json")[1])
    assert (told["state"], told["summary"], told["waiting"]) == ("interrupted", whole, SLOW)
    assert told["counts"] == {"failed": 0, "dead link": 1, "skipped": 0, "fetched": GOOD + 1, "unchanged": 0}
    site.pages |= {f"/slow-{number}.html": html(title=f"Slow {number}") for number in range(SLOW)}
    code, said = _ingest(env, *COMMAND, f"{site.url}/")
    assert code == 0
    assert f"{GOOD + 1 + SLOW} of {GOOD + 1 + SLOW} pages" in said
    assert f"{GOOD + 1} reused from the interrupted run" in said


def test_json_is_printed_of_an_interrupted_run_too(env: Env, site: Site) -> None:
    code, said = _stopped(env, site, signal.SIGTERM, "--json")
    assert code == 130
    report = json.loads(said)
    assert (report["outcome"], report["pages"], report["waiting"]) == ("interrupted", GOOD + 1, SLOW)
    assert (report["found"], report["complete"]) == (GOOD + 2 + SLOW, False)
