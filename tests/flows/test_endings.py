"""However a crawl ends, no process of it is left five seconds later, and a person reads one line."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.processes import children, gone
from tests.site import Site, html

pytestmark = [pytest.mark.slow, pytest.mark.processes]

NAME = "/test/endings"
PATIENCE = 5.0
BUSY = 2.5
"""Seconds of processor time after which a worker is taken to be at a page that takes for ever."""
LONG = "<div>" * 1990 + "<br>" * 5000
"""One call into C for minutes, with the interpreter's lock held."""

Env = dict[str, str]


@pytest.fixture
def site() -> Iterator[Site]:
    """A few good pages, and more than there are workers that keep one busy."""
    good = {f"/{number}.html": html(title=f"Page {number}") for number in range(6)}
    long = {f"/long-{number}.html": html(title=f"Long {number}", text=LONG) for number in range(6)}
    with Site({"/": html(*good, *long, title="Start"), **good, **long}) as site:
        yield site


@pytest.fixture
def env(env: Env) -> Env:
    """Gives a page all the time in the world."""
    return env | {"LECTERN_PAGE_SECONDS": "3000"}


class Crawling:
    """A crawl whose workers are all busy, and the processes that it has started."""

    def __init__(self, process: "subprocess.Popen[str]", started: set[int]) -> None:
        self.process = process
        self.started = started

    def kill_workers(self) -> None:
        """Each that has been at a page for a while, until the crawl has ended."""
        deadline = time.monotonic() + 90
        while self.process.poll() is None:
            self.started |= children(self.process.pid)
            for pid in self.started:
                if _seconds(pid) > BUSY:
                    os.kill(pid, signal.SIGKILL)
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def ended(self) -> tuple[int, str]:
        """Exit code and last words, when nothing of it is left."""
        _, words = self.process.communicate(timeout=60)
        assert gone({*self.started, self.process.pid}, PATIENCE)
        return self.process.returncode, words


@contextmanager
def _crawling(env: Env, site: Site, *before: str) -> Iterator[Crawling]:
    process = subprocess.Popen(
        [*before, sys.executable, "-m", "ingest", "crawl", NAME, f"{site.url}/", "--allow-private"],
        env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    with process:
        try:
            yield Crawling(process, _busy(process))
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def _busy(process: "subprocess.Popen[str]") -> set[int]:
    """Its children, when they all have been at work for a while: the good pages are done, the long ones are not."""
    wanted = len(os.sched_getaffinity(0))
    deadline = time.monotonic() + 60
    while True:
        started = children(process.pid)
        if len([pid for pid in started if _seconds(pid) > BUSY]) >= wanted:
            return started
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _seconds(pid: int) -> float:
    """Processor time that a process has used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_all_of_it(site: Site, env: Env, times: int) -> None:
    with _crawling(env, site) as crawl:
        for _ in range(times):
            os.killpg(crawl.process.pid, signal.SIGINT)  # as a terminal does
        code, words = crawl.ended()
    assert code == 130
    assert "Traceback" not in words


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("whole_group", [False, True])
def test_sigterm_and_a_closed_terminal_end_all_of_it(
    site: Site, env: Env, whole_group: bool, sent: signal.Signals
) -> None:
    with _crawling(env, site) as crawl:
        (os.killpg if whole_group else os.kill)(crawl.process.pid, sent)
        code, words = crawl.ended()
    assert code == 130
    assert "Traceback" not in words


def test_who_started_it_with_nohup_may_close_the_terminal(site: Site, env: Env) -> None:
    with _crawling(env, site, "nohup") as crawl:
        os.killpg(crawl.process.pid, signal.SIGHUP)
        crawl.kill_workers()
        code, words = crawl.ended()
    assert code == 4, words


def test_a_killed_crawl_takes_its_workers_along(site: Site, env: Env) -> None:
    with _crawling(env, site) as crawl:
        crawl.process.kill()
        code, words = crawl.ended()
    assert code == -signal.SIGKILL
    assert "leaked" not in words


def test_a_dead_worker_costs_its_page_and_the_crawl_goes_on(site: Site, env: Env) -> None:
    with _crawling(env, site) as crawl:
        crawl.kill_workers()
        code, words = crawl.ended()
    assert code == 4, words
    assert "Traceback" not in words


def test_an_error_ends_all_of_it(site: Site, env: Env) -> None:
    with _crawling(env, site) as crawl:
        with psycopg.connect(env["LECTERN_DATABASE_URL"], autocommit=True) as connection:
            connection.execute("ALTER TABLE crawl_pages RENAME TO pages_of_crawls")
        crawl.kill_workers()  # sooner or later an outcome is to be written down
        code, words = crawl.ended()
    assert code == 1
    assert "does not exist" in words
    assert "Traceback" not in words


def test_a_lost_database_ends_all_of_it(site: Site, env: Env) -> None:
    url = env["LECTERN_DATABASE_URL"]
    name = urlsplit(url).path.strip("/")
    with _crawling(env, site) as crawl:
        with psycopg.connect(url.replace(f"/{name}", "/postgres"), autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            connection.execute(ended, [name])
        crawl.kill_workers()
        code, words = crawl.ended()
    assert code == 1
    assert "PostgreSQL" in words
    assert "Traceback" not in words
