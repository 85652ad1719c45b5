"""What operators see of usage, and what they remove of it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from typer.testing import CliRunner

from admin.cli import app
from shared.accounts.delivery import Delivery
from shared.accounts.reports import Question, Reports
from shared.accounts.spool import Spool
from shared.accounts.usage import Usage
from shared.errors import DatabaseReadOnly
from shared.model.account import UsageRecord
from shared.settings import IngestSettings
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
DAY = NOW.replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
KEY = UUID(int=7)


def call(**more: object) -> UsageRecord:
    made = UsageRecord(uuid4(), "query-docs", "/a/b", "how?", 100, 10, DAY, KEY)
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
async def people(database: Database) -> UUID:
    [user] = await database.rows(
        "INSERT INTO users (email, email_key) VALUES ('ada@example.org', 'ada@example.org') RETURNING id"
    )
    await database.rows(
        "INSERT INTO api_keys (id, user_id, key_hash, key_prefix, quota_requests_per_minute, quota_requests_per_day)"
        " VALUES (%(id)s, %(user)s, repeat('0', 64), 'lect_abcde', 1, 1)",
        {"id": KEY, "user": user["id"]},
    )
    found: UUID = user["id"]
    return found


CALLS = [
    call(),
    call(response_time_ms=30, cached=True),
    call(outcome="missed", library_id=None, tokens_returned=20),
    call(outcome="missed", refused_by="library", library_id="/x/y", tokens_returned=20),
    call(outcome="failed", tokens_returned=0, api_key_id=None),
    call(outcome="refused", refused_by="minute", repeats=5, tokens_returned=0, response_time_ms=5000),
    call(
        tool_name="completion/complete", repeats=10, response_time_ms=20, tokens_returned=0, library_id=None
    ),
]


async def test_a_report_counts_outcomes_hits_tokens_and_times_of_calls_that_were_let_pass(
    database: Database, people: UUID
) -> None:
    await Usage(database).record(CALLS)
    report = await Reports(database).report(Question(DAY, NOW))
    told = {
        "calls": 20,
        "answered": 12,
        "missed": 2,
        "refused": 5,
        "failed": 1,
        "cached": 1,
        "tokens": 240,
        "p50_ms": 2,
        "p95_ms": 30,
    }
    assert report.total == told
    assert report.rows == [{"group": DAY.strftime("%Y-%m-%d"), **told, "key_prefix": None}]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        ("hour", [(DAY.strftime("%Y-%m-%dT12:00Z"), 20)]),
        ("library", [(None, 11), ("/a/b", 8), ("/x/y", 1)]),
        ("tool", [("completion/complete", 10), ("query-docs", 10)]),
        ("key", [(str(KEY), 19), (None, 1)]),
        ("user", [("ada@example.org", 19), (None, 1)]),
    ],
)
async def test_a_report_has_groups(
    database: Database, people: UUID, by: str, groups: list[tuple[str | None, int]]
) -> None:
    await Usage(database).record(CALLS)
    report = await Reports(database).report(Question(DAY, NOW, by))  # type: ignore[arg-type]
    assert [(row["group"], row["calls"]) for row in report.rows] == groups


@pytest.mark.parametrize(
    ("more", "calls"),
    [
        ({"key_id": KEY}, 19),
        ({"key_id": UUID(int=8)}, 0),
        ({"library_id": "/x/y"}, 1),
        ({"tool": "completion/complete"}, 10),
        ({"since": NOW}, 0),
        ({"until": DAY}, 0),
    ],
)
async def test_a_report_is_of_what_was_asked(
    database: Database, people: UUID, more: dict[str, object], calls: int
) -> None:
    await Usage(database).record(CALLS)
    report = await Reports(database).report(replace(Question(DAY, NOW), **more))  # type: ignore[arg-type]
    assert report.total["calls"] == calls


async def test_pruning_drops_whole_months_and_those_of_the_default_partition_and_leaves_a_trace(
    database: Database,
) -> None:
    months = [DAY - timedelta(days=days) for days in (0, 40, 70, 400)]
    await Usage(database).record([call(created_at=at, api_key_id=None) for at in months])
    before = (DAY - timedelta(days=40)).replace(day=1, hour=0)
    expected = sum(at < before for at in months)
    assert await Reports(database).prune(before + timedelta(days=3)) == expected
    [left] = await database.rows("SELECT count(*) AS n, min(created_at) AS first FROM usage_logs")
    assert left["n"] == len(months) - expected
    assert left["first"] >= before
    [trace] = await database.rows("SELECT action, after FROM audit_log")
    assert (trace["action"], trace["after"]["rows"]) == ("usage prune", expected)


@pytest.mark.parametrize("year", [1970, 2026, 2400])
async def test_a_row_of_a_clock_that_jumped_is_one_row_however_often_it_is_written(
    database: Database, year: int
) -> None:
    usage, one = Usage(database), call(created_at=DAY.replace(year=year, day=1), api_key_id=None)
    assert [await usage.record([one]) for _ in range(3)] == [1, 0, 0]


async def test_rows_wait_for_a_database_that_is_read_only(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, None)
    spool.append(call(api_key_id=None))
    read_only = (
        f"{database_url}{'&' if '?' in database_url else '?'}options=-cdefault_transaction_read_only%3Don"
    )

    async def locate() -> str:
        return read_only

    standby = Database(locate, "tests")
    try:
        with pytest.raises(DatabaseReadOnly):
            await Delivery(spool, Usage(standby).record).deliver()
    finally:
        await standby.close()
    await Delivery(spool, Usage(database).record).deliver()
    assert len(await database.rows("SELECT id FROM usage_logs")) == 1


async def test_a_key_of_another_database_is_a_row_that_is_set_aside(
    database: Database, people: UUID, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, None)
    for key in (KEY, uuid4(), None):
        spool.append(call(api_key_id=key))
    await Delivery(spool, Usage(database).record).deliver()
    assert len(await database.rows("SELECT id FROM usage_logs")) == 2
    assert len((tmp_path / "usage" / "set-aside.jsonl").read_text().splitlines()) == 1


async def test_a_question_that_waits_for_the_database_is_dropped_where_its_user_was_removed(
    database: Database, people: UUID, tmp_path: Path
) -> None:
    spool = Spool(tmp_path, None)
    spool.append(call())
    await database.rows("UPDATE users SET removed_at = now()")
    await Delivery(spool, Usage(database).record).deliver()
    [row] = await database.rows("SELECT query, user_id FROM usage_logs")
    assert row == {"query": None, "user_id": people}


@pytest.fixture
def admin(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    settings = make_settings()
    assert settings.database_url
    monkeypatch.setenv("LECTERN_HOME", str(settings.home))
    monkeypatch.setenv("LECTERN_DATABASE_URL", settings.database_url.get_secret_value())

    def run(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(app, ["usage", *words])
        return done.exit_code, done.output

    return run


def test_usage_is_shown_as_json_csv_and_lines(
    admin: Callable[..., tuple[int, str]], database_url: str
) -> None:
    import psycopg

    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO usage_logs (tool_name, library_id, created_at)"
            " VALUES ('query-docs', '/a/b', now() - interval '1 h')"
        )
    code, said = admin("show", "--json", "--by", "library")
    found = json.loads(said)
    assert (code, list(found)) == (0, ["since", "until", "by", "rows", "total"])
    numbers = {"calls": 1, "answered": 1, "missed": 0, "refused": 0, "failed": 0, "cached": 0, "tokens": 0}
    assert found["rows"] == [{"group": "/a/b", **numbers, "p50_ms": 0, "p95_ms": 0}]
    code, said = admin("show", "--csv", "--by", "tool")
    assert said == (
        "group,calls,answered,missed,refused,failed,cached,tokens,p50_ms,p95_ms\nquery-docs,1,1,0,0,0,0,0,0,0\n"
    )
    code, said = admin("show")
    assert "1: 1 answered, 0 missed, 0 refused, 0 failed" in said
    assert admin("prune", "--older-than", "13mo")[1].startswith("removed 0 usage rows of the months before")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("show", "--user", "nobody@example.org"), 1),
        (("show", "--key", "lect_zzzzz"), 1),
        (("show", "--library", "no id"), 2),
        (("show", "--since", "whenever"), 2),
        (("show", "--json", "--csv"), 2),
        (("show", "--by", "weather"), 2),
        (("prune",), 2),
        (("prune", "--older-than", "3000-01-01"), 2),
    ],
)
def test_what_cannot_be_shown_is_one_line_and_a_code(
    admin: Callable[..., tuple[int, str]], words: tuple[str, ...], code: int
) -> None:
    assert admin(*words)[0] == code
