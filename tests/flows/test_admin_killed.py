"""Commands of `lectern-admin` that are killed amid their work: nothing of it is done, and the next one does all."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.settings import IngestSettings
from tests.flows.asking import server_environment

pytestmark = pytest.mark.slow

EMAIL = "ada@example.org"
PATIENCE = 60.0
STATE = (
    "SELECT email, email_key, removed_at FROM users ORDER BY id",
    "SELECT id, name, revoked_at, expires_at, replaced_by FROM api_keys ORDER BY id",
    "SELECT id, query FROM usage_logs ORDER BY id",
    "SELECT relname FROM pg_class WHERE relname LIKE 'usage_logs%%' ORDER BY 1",
    "SELECT count(*) FROM audit_log",
)
WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'lectern-admin%%'"
)


@pytest.mark.parametrize(
    "line", [f"user remove {EMAIL} --yes", "key rotate {key}", "usage prune --older-than 13mo"]
)
def test_what_is_killed_before_its_end_has_done_nothing(
    make_settings: Callable[..., IngestSettings], database_url: str, tmp_path: Path, line: str
) -> None:
    env = server_environment(make_settings(embedding_model_path=tmp_path))

    def started(words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "admin", *words.split()]
        return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def done(words: str) -> str:
        process = started(words)
        told, wrong = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, wrong
        return told

    done(f"user add {EMAIL}")
    key = done(f"key create {EMAIL} --name laptop").strip()[:10]
    with psycopg.connect(database_url, autocommit=True) as observer:
        observer.execute(
            "INSERT INTO usage_logs (user_id, api_key_id, tool_name, query, created_at)"
            " SELECT user_id, id, 'query-docs', 'a question', now() - days * interval '1 day'"
            " FROM api_keys, unnest('{0, 1000}'::int[]) AS days"
        )
        before = _state(observer)
        with psycopg.connect(database_url) as holder:
            holder.execute("LOCK TABLE audit_log IN SHARE MODE")  # which each of them writes last
            process = started(line.format(key=key))
            _until(observer, f"{WAITING} AND wait_event_type = 'Lock'", 1)
            process.send_signal(signal.SIGKILL)
            process.communicate(timeout=PATIENCE)
            holder.rollback()
        _until(observer, WAITING, 0)
        assert _state(observer) == before
        done(line.format(key=key))
        assert _state(observer) != before


def _state(observer: psycopg.Connection[Any]) -> list[Any]:
    return [observer.execute(statement).fetchall() for statement in STATE]


def _until(observer: psycopg.Connection[Any], statement: str, count: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while observer.execute(statement).fetchone() != (count,):
        assert time.monotonic() < deadline
        time.sleep(0.05)
