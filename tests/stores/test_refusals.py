"""An error of a PostgreSQL that rejects a connection says why and what to correct, and holds no secret."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from shared.errors import DatabaseReadOnly, DatabaseUnavailable, ValueRefused
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

SECRET = "s3cret"
REFUSED = [
    (
        "postgresql://member:wrong@/lectern?{}",
        "authentication failed for the role member",
        "correct the name and",
    ),
    ("postgresql://member@/lectern?{}", "requires a password", "add it to"),
    ("postgresql://nobody@/lectern?{}", "no role nobody that can log in", "create it, or correct the name"),
    ("postgresql://locked@/lectern?{}", "no role locked that can log in", "create it, or correct the name"),
    ("postgresql://stranger@/lectern?{}", "rejects connections from this host", "pg_hba.conf"),
    ("postgresql://member:s3cret@/lost?{}", "no database lost", "create it, or correct the name"),
    (
        "postgresql://member:s3cret@/closed?{}",
        "no permission to connect to the PostgreSQL database closed",
        "grant CONNECT",
    ),
    ("postgresql://member:s3cret@/lectern?{}&x=y", "cannot be read (there is no parameter x)", "correct it"),
    ("postgresql://member:s3cret@/lectern?{}&port=abc", "cannot be used", "correct it"),
    ("postgresql://member:s3cret@/lectern?{}&sslmode=s", "cannot be used", "correct it"),
    ("postgresql://member:s3cret@[::1]x/lectern", "cannot be read", "correct it"),
    ("postgresql://member:s3cret%00@/lectern", "cannot be read", "correct it"),
    ("postgresql://member:s3cret@/lectern?host=/nowhere", "cannot reach PostgreSQL", "check that it runs"),
]


@pytest.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    """The part of an address that says where a server is that wants passwords."""
    home = tmp_path_factory.mktemp("s")
    server = await attach(home, want={"postgres"})
    [data] = home.glob("engines/postgres-*")
    rules = "local all postgres,nobody,locked trust\nlocal all member scram-sha-256\n"
    (data / "pg_hba.conf").write_text(rules)
    with psycopg.connect(server.endpoints.database_url, autocommit=True) as connection:
        for statement in (
            f"CREATE ROLE member LOGIN PASSWORD '{SECRET}'",
            "CREATE ROLE locked",
            "CREATE DATABASE closed",
            "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
            "SELECT pg_reload_conf()",
        ):
            connection.execute(statement)
    yield server.endpoints.database_url.partition("?")[2]
    server.release()
    await power.down(home, force=True)


@pytest.mark.parametrize(("address", "told", "hint"), REFUSED)
async def test_the_error_says_why_and_what_to_do(place: str, address: str, told: str, hint: str) -> None:
    async def locate() -> str:
        return address.format(place)

    database = Database(locate, "tests")
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.rows("SELECT 1")
    assert told in str(refused.value)
    assert hint in refused.value.hint
    assert SECRET not in refused.value.line
    assert refused.value.__cause__ is None or SECRET not in str(refused.value.__cause__)


async def test_a_database_that_lacks_what_is_ours_is_to_be_migrated(database: Database) -> None:
    for statement in ("SELECT lost()", "SELECT FROM lost", "SELECT lost FROM users"):
        with pytest.raises(DatabaseUnavailable, match="lacks") as refused:
            await database.rows(statement)
        assert refused.value.hint == "run `ingest migrate`"


async def test_only_what_failed_is_told_and_not_the_statement(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable) as refused:
        await database.rows("SELECT 'how do I hide a body?' FROM lost")
    assert "body" not in refused.value.line
    assert "LINE" not in refused.value.line


@pytest.mark.parametrize("kind", ["ROLE", "DATABASE"])
async def test_a_limit_of_its_own_is_told_from_that_of_the_server(database_url: str, kind: str) -> None:
    parts = urlsplit(database_url)
    name = {"ROLE": "counted", "DATABASE": parts.path[1:]}[kind]
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute("CREATE ROLE counted LOGIN")
        try:
            operator.execute(f"ALTER {kind} {name} CONNECTION LIMIT 0")

            async def locate() -> str:
                return parts._replace(netloc="counted@").geturl()

            database = Database(locate, "tests")
            with pytest.raises(
                DatabaseUnavailable, match=f"the {kind.lower()} {name} has no connection left"
            ) as refused:
                await database.rows("SELECT")
            assert "CONNECTION LIMIT" in refused.value.hint
        finally:
            operator.execute("DROP ROLE counted")


async def test_what_will_never_work_is_told_from_what_may_work_later(database: Database) -> None:
    for statement in ("SELECT 1 / 0", "SELECT 'x'::int", "INSERT INTO installation DEFAULT VALUES"):
        with pytest.raises(ValueRefused) as refused:
            await database.rows(statement)
        assert not isinstance(refused.value, DatabaseUnavailable)
    with pytest.raises(DatabaseReadOnly, match="is read-only") as read_only:
        await database.rows("BEGIN READ ONLY; DELETE FROM users")
    assert "not a standby" in read_only.value.hint
    assert not isinstance(read_only.value, DatabaseUnavailable)


async def test_a_refused_row_is_not_repeated_in_what_is_told(database: Database) -> None:
    row = "INSERT INTO usage_logs (tool_name, query) VALUES ('none', 'how do I hide a body?')"
    with pytest.raises(ValueRefused, match="usage_logs_tool_name_check") as refused:
        await database.rows(row)
    assert "body" not in refused.value.line


async def test_text_is_utf_8_whatever_the_environment_wants(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")

    async def locate() -> str:
        return f"{database_url}&client_encoding=LATIN1"

    database = Database(locate, "tests")
    assert await database.row("SELECT '日本語 🪔' AS said") == {"said": "日本語 🪔"}
    await database.close()


async def test_a_server_that_went_and_now_refuses_us_is_not_waited_for(place: str) -> None:
    asked, secret = 0, SECRET

    async def locate() -> str:
        nonlocal asked
        asked += 1
        return f"postgresql://member:{secret}@/lectern?{place}"

    database = Database(locate, "tests")
    await database.rows("SELECT")
    secret = "wrong"
    with psycopg.connect(f"postgresql://postgres@/lectern?{place}") as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'member'")
    with pytest.raises(DatabaseUnavailable, match="authentication failed for the role member"):
        await database.rows("SELECT")
    assert asked == 2
    await database.close()


async def test_a_password_may_lie_in_the_file_that_the_shell_names_and_not_in_the_shell(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def locate() -> str:
        return f"postgresql://member@/lectern?{place.replace('passfile=', '')}"

    monkeypatch.setenv("PGPASSWORD", SECRET)
    database = Database(locate, "tests")
    with pytest.raises(DatabaseUnavailable, match="requires a password"):
        await database.rows("SELECT")
    passwords = tmp_path / "passwords"
    passwords.write_text(f"*:*:*:member:{SECRET}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    await database.rows("SELECT")
    await database.close()
