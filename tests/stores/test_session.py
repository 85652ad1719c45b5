"""A session of ours is the same, whatever the shell, the role or a pooler would make of it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from shared import settings
from shared.errors import DatabaseReadOnly, DatabaseUnavailable, SchemaMismatch
from shared.settings import IngestSettings
from shared.stores import health, migrate
from shared.stores.embedded import power
from shared.stores.open import open_stores
from shared.stores.postgres import Database
from shared.stores.session import deafen
from tests.pooler import pooler

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

ROLE = {
    "client_encoding": "LATIN1",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "<+03>-03",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "serializable",
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
}
SHELL = {
    "PGCLIENTENCODING": "LATIN1",
    "PGDATABASE": "lost",
    "PGDATESTYLE": "nonsense",
    "PGGEQO": "nonsense",
    "PGHOST": "nowhere.invalid",
    "PGHOSTADDR": "192.0.2.1",
    "PGOPTIONS": "-c search_path=lost",
    "PGPASSFILE": "/",
    "PGPASSWORD": "wrong",
    "PGPORT": "1",
    "PGREQUIREPEER": "nobody",
    "PGSERVICE": "lost",
    "PGSSLCERT": "/nowhere",
    "PGSSLKEY": "/nowhere",
    "PGSSLMODE": "verify-full",
    "PGSSLROOTCERT": "system",
    "PGTZ": "nonsense",
    "PGUSER": "nobody",
}
SAID = "日本語 🪔"
POOLS = [
    ("transaction", {}),
    ("transaction", {"server_round_robin": 1}),
    pytest.param("transaction", {"default_pool_size": 1}, marks=pytest.mark.slow),
    ("statement", {}),
]


def opened(url: str) -> Database:
    async def locate() -> str:
        return url

    return Database(locate, "tests")


async def test_what_is_written_comes_back_whatever_a_role_has_set(database_url: str) -> None:
    name = urlsplit(database_url).path[1:]
    with psycopg.connect(database_url, autocommit=True) as operator:
        for setting, value in ROLE.items():
            operator.execute(f"ALTER ROLE postgres IN DATABASE {name} SET {setting} = '{value}'")
    written = {
        "text": SAID,
        "date": date(2026, 2, 1),
        "timestamptz": datetime(2026, 2, 1, 12, 30, tzinfo=UTC),
        "interval": timedelta(days=4, hours=3),
        "bytea": b"\x00\\'\xff",
    }
    values = ", ".join(f'%({kind})s::{kind} AS "{kind}"' for kind in written)
    database = opened(database_url)
    async with database.connection() as first, database.connection() as second:
        for connection in (first, second):
            async with connection.transaction():
                await connection.execute("SELECT pg_sleep(0.01)")
                row = await (await connection.execute(f"SELECT {values}", written)).fetchone()
            assert row == written
            row = await (await connection.execute(r"SELECT 'a\b' AS said")).fetchone()
            assert row == {"said": r"a\b"}
            asked = "SELECT name FROM pg_settings WHERE lower(name) = ANY(%s) AND source = 'session'"
            ours = await (await connection.execute(asked, [list(ROLE)])).fetchall()
            assert {str(row["name"]).lower() for row in ours} == set(ROLE)
    await database.close()


async def test_the_embedded_engine_hears_nothing_of_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name, value in SHELL.items():
        monkeypatch.setenv(name, value)
    try:
        async with open_stores(settings.load(home=tmp_path), "tests") as stores:
            database = await stores.database()
            assert await database.row("SELECT %(said)s::text AS said", {"said": SAID}) == {"said": SAID}
    finally:
        await power.down(tmp_path, force=True)
    assert capfd.readouterr().err == ""


def test_a_server_hears_where_secrets_lie_and_nothing_else() -> None:
    shell = {**SHELL, "HOME": "/home/ada", "LECTERN_HOME": "/data"}
    deafen(shell)
    assert sorted(shell) == [
        "HOME",
        "LECTERN_HOME",
        "PGPASSFILE",
        "PGSSLCERT",
        "PGSSLKEY",
        "PGSSLROOTCERT",
    ]


@pytest.mark.parametrize(("mode", "more"), POOLS)
async def test_a_pooler_that_shares_sessions_is_refused_before_anything_is_written(
    empty_database_url: str, mode: str, more: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stores.session.PATIENCE_SECONDS", 0.5)
    with pooler(empty_database_url, mode, **more) as url:
        database = opened(url)
        with pytest.raises(DatabaseUnavailable) as refused:
            await migrate.migrate(database)
        await database.close()
    assert "session mode" in refused.value.hint
    with psycopg.connect(empty_database_url) as connection:
        count = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        assert connection.execute(count).fetchone() == (0,)


@pytest.mark.parametrize("statement", ["PREPARE _pg3_0 AS SELECT 1", "DEALLOCATE _pg3_1"])
async def test_a_pooler_that_is_put_between_later_is_named_by_what_it_breaks(
    database: Database, statement: str
) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:  # noqa: PT012 - the first time may work
        async with database.connection() as connection:
            for _ in range(2):
                await connection.execute(statement, prepare=False)
    assert "session mode" in refused.value.hint


@pytest.mark.parametrize("sessions", [2, 20])
async def test_a_pooler_in_session_mode_serves(empty_database_url: str, sessions: int) -> None:
    with pooler(empty_database_url, "session", default_pool_size=sessions) as url:
        database = opened(url)
        assert await migrate.migrate(database)
        for _ in range(10):  # the statement is prepared at the fifth time
            assert await database.row("SELECT %(said)s::text AS said", {"said": SAID}) == {"said": SAID}
        await database.close()


@pytest.mark.slow
async def test_a_pooler_in_session_mode_that_has_one_backend_left_is_not_mistaken(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stores.session.PATIENCE_SECONDS", 0.5)
    with pooler(empty_database_url, "session", default_pool_size=1) as url:
        database = opened(url)
        assert await database.row("SELECT 1 AS one") == {"one": 1}
        await database.close()


async def test_a_paused_pooler_is_told_in_time_and_used_once_it_goes_on(
    empty_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.stores.postgres.CONNECT_SECONDS", 2)
    with pooler(empty_database_url, "session", admin_users="postgres") as url:
        admin = urlsplit(url)._replace(path="/pgbouncer").geturl()
        with psycopg.connect(admin, autocommit=True) as operator:
            database = opened(url)
            await database.rows("SELECT")  # from now on it takes connections by itself
            await database.close()
            operator.execute("PAUSE")
            with pytest.raises(DatabaseUnavailable, match="answers nothing within 2 s") as refused:
                await database.rows("SELECT 1 AS one")
            assert "paused" in refused.value.hint
            operator.execute("RESUME")
            assert await database.row("SELECT 1 AS one") == {"one": 1}
            await database.close()


@pytest.mark.parametrize("search_path", ["''", "nowhere"])
async def test_a_role_without_a_schema_is_told_so_and_not_to_migrate(
    database_url: str, search_path: str
) -> None:
    name = urlsplit(database_url).path[1:]
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(f"ALTER ROLE postgres IN DATABASE {name} SET search_path = {search_path}")
    database = opened(database_url)
    for step in (migrate.check, migrate.migrate):
        with pytest.raises(SchemaMismatch, match="may use no schema of its search_path") as refused:
            await step(database)
        assert "correct search_path" in refused.value.hint
    await database.close()


async def test_the_doctor_tells_a_database_that_is_read_only(
    database_url: str, make_settings: Callable[..., IngestSettings]
) -> None:
    name = urlsplit(database_url).path[1:]
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    async with open_stores(make_settings(), "tests") as stores:
        with pytest.raises(DatabaseReadOnly) as refused:
            await health.postgres(stores)
    assert "default_transaction_read_only" in refused.value.hint


async def test_a_pooler_that_has_no_session_left_says_so(empty_database_url: str) -> None:
    with (
        pooler(empty_database_url, "session", default_pool_size=1, query_wait_timeout=1) as url,
        psycopg.connect(url) as first,
    ):
        first.execute("SELECT")
        database = opened(url)
        with pytest.raises(DatabaseUnavailable, match="the pooler before PostgreSQL has no session left"):
            await database.rows("SELECT")
        await database.close()
