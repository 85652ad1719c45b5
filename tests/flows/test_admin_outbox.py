"""`lectern-admin billing run` delivers, killed or not; `billing outbox` shows what waits and decides on what failed."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.billing import NOW
from tests.flows.operating import Admin, read, refused
from tests.ledger import ledger
from tests.mail_server import MailServer, mail_server
from tests.outbox import waiting_invoice

AT, LATER = ("--now", NOW.isoformat()), ("--now", NOW.replace(hour=18).isoformat())
RUN = ("billing", "run", "--only", "deliver")
OUTBOX = ("billing", "outbox")
PATIENCE = 60.0


@pytest.fixture
def invoices(database_url: str) -> Callable[..., None]:
    """Invoices of these people, which wait."""

    async def make(emails: tuple[str, ...]) -> None:
        async with await psycopg.AsyncConnection.connect(
            database_url, autocommit=True, row_factory=dict_row
        ) as connection:
            for email in emails:
                await waiting_invoice(connection, email)

    return lambda *emails: asyncio.run(make(emails))


def by(server: MailServer) -> dict[str, str]:
    return {
        "LECTERN_SMTP_URL": f"smtp://127.0.0.1:{server.port}?tls=off",
        "LECTERN_MAIL_FROM": "billing@lectern.example",
    }


def test_an_alert_is_listed_by_what_it_is_about(admin: Admin, user: str, database_url: str) -> None:
    with ledger(database_url) as books:
        [ada] = books.rows("SELECT id FROM users")
        books.add(
            "outbox", topic="alert.raised", user_id=ada["id"], subject=uuid4(),
            payload='{"type": "payment_failed"}', created_at=NOW, next_attempt_at=NOW,
        )  # fmt: skip
    assert f"{user}\tpayment failed\twaiting" in admin(*OUTBOX, "list", *AT).stdout


def test_what_failed_is_listed_tried_again_and_dropped(
    admin: Admin, invoices: Callable[..., None], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices("ada@example.org", "bob@example.org", "cyd@example.org")
    with mail_server() as server:
        for name, value in by(server).items():
            monkeypatch.setenv(name, value)
        server.replies = {name: ["550 no such box"] for name in ("bob@example.org", "cyd@example.org")}
        assert read(admin(*RUN, *AT, "--dry-run", "--json"))["stages"] == {"deliver": {"due": 3}}
        assert server.connections == 0
        done = admin(*RUN, *AT).stdout
        assert (
            "deliver\t1 message delivered, 2 messages refused for good: lectern-admin billing outbox list"
            in done
        )
        status = admin("billing", "status", *AT).stdout
        assert "messages\t2 failed: lectern-admin billing outbox list" in status
        rows = read(admin(*OUTBOX, "list", "--status", "failed", "--json"))
        assert [(row["user"], row["last_error"], row["attempts"]) for row in rows] == [
            ("bob@example.org", "550 no such box", 1),
            ("cyd@example.org", "550 no such box", 1),
        ]
        assert "no such box" in admin(*OUTBOX, "list").stdout
        bob, cyd = (row["number"] for row in rows)
        admin(*OUTBOX, "drop", cyd.lower(), "--reason", "handed over", *AT)
        [waits] = read(admin(*OUTBOX, "retry", "--all-failed", *AT, "--json"))
        assert (waits["number"], waits["status"]) == (bob, "waiting")
        [anew] = read(admin(*OUTBOX, "list", "--status", "waiting", "--json"))
        assert (anew["number"], anew["attempts"]) == (bob, 0)
        server.replies = {}
        assert "1 message delivered" in admin(*RUN, *AT).stdout
    assert server.knocked == {"ada@example.org": 1, "bob@example.org": 2, "cyd@example.org": 1}
    [one] = read(admin(*OUTBOX, "list", "--status", "dropped", "--json"))
    assert (one["number"], one["last_error"]) == (cyd, "handed over")
    audited = [row["action"] for row in read(admin("audit", "--json")) if "outbox" in row["action"]]
    assert audited == ["billing outbox retry", "billing outbox drop"]


def test_a_server_that_is_away_ends_the_run_with_one_line(
    admin: Admin, invoices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices("ada@example.org")
    with mail_server() as server:
        pass
    for name, value in by(server).items():
        monkeypatch.setenv(name, value)
    told = admin(*RUN, *AT, code=1)
    assert told.stderr.startswith(f"stopped the mail server 127.0.0.1:{server.port} is away: ")
    assert told.stderr.count("\n") == 1
    [line] = read(admin(*RUN, *AT, "--json", code=1))["stopped"]
    assert "is away" in line


WRONG = [
    (("list", "--status", "lost"), "--status"),
    (("retry",), "name messages by their ids or numbers, or all that failed"),
    (("retry", "LECT-2026-000009"), "the outbox has no message 'LECT-2026-000009'"),
    (("drop", "LECT-2026-000001", "--reason", " "), "a reason has 1 to 200 characters"),
]


@pytest.mark.parametrize(("words", "told"), WRONG)
def test_bad_input_is_one_line(admin: Admin, words: tuple[str, ...], told: str) -> None:
    assert told in refused(admin(*OUTBOX, *words, code=2))


@pytest.mark.parametrize(
    ("lacking", "given"),
    [
        ("LECTERN_MAIL_FROM", {"LECTERN_SMTP_URL": "smtp://localhost"}),
        ("LECTERN_ALERT_WEBHOOK_SECRET", {"LECTERN_ALERT_WEBHOOK_URL": "https://example.org/hook"}),
    ],
)
def test_settings_that_lack_one_another_are_one_line(
    admin: Admin, monkeypatch: pytest.MonkeyPatch, lacking: str, given: dict[str, str]
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert f"and {lacking} is not" in refused(admin("billing", "run", code=2))


def test_a_message_that_was_delivered_is_not_sent_again(
    admin: Admin, invoices: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    invoices("ada@example.org")
    with mail_server() as server:
        for name, value in by(server).items():
            monkeypatch.setenv(name, value)
        admin(*RUN, *AT)
        [row] = read(admin(*OUTBOX, "list", "--json"))
        assert f"{row['number']} was delivered" in refused(admin(*OUTBOX, "retry", row["id"], code=2))
        assert f"{row['number']} was delivered" in refused(
            admin(*OUTBOX, "drop", row["id"], "--reason", "no", code=2)
        )
    assert len(server.received) == 1


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.parametrize("recorded", [False, True])
def test_a_run_that_is_killed_loses_nothing_and_repeats_what_nobody_knows(
    environment: dict[str, str], invoices: Callable[..., None], database_url: str, recorded: bool
) -> None:
    """Killed before the reply, and after it, before it is recorded."""
    people = [f"user{number}@example.org" for number in range(5)]
    invoices(*people)

    def started(at: tuple[str, ...]) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "admin", *RUN, *at]
        pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, env={**environment, **by(server)}, text=True, **pipes)

    with mail_server() as server, psycopg.connect(database_url, autocommit=True) as observer:
        server.data = ["", "held" if recorded else "silent"]
        process = started(AT)
        assert server.reached.wait(PATIENCE)
        if recorded:
            with psycopg.connect(database_url) as holder:
                holder.execute("LOCK TABLE outbox IN SHARE MODE")
                server.let_go()
                _until(observer, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", 1)
                process.send_signal(signal.SIGKILL)
                process.communicate(timeout=PATIENCE)
                _until(observer, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'", 1)
                ended = (
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                )
                observer.execute(ended)
        else:
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
        for at in (AT, LATER):
            told, wrong = started(at).communicate(timeout=PATIENCE)
            assert wrong == "", told
    assert {one.recipient for one in server.received} == set(people)
    assert len(server.received) == 6
    assert len(set(server.ids)) == 5
    assert server.received[5].id == server.received[1].id


def _until(observer: psycopg.Connection[Any], statement: str, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while observer.execute(statement).fetchone() != (count,):
        assert time.monotonic() < deadline
        time.sleep(0.05)
