"""Each role may do exactly what its door needs, and is refused everything else by PostgreSQL itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import AsyncConnection
from syrupy.assertion import SnapshotAssertion

from shared.accounts.roles import FUNCTIONS, ROLES, SERVER, TABLES, Roles
from shared.errors import StoreError
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

TRIED = {
    "SELECT": "SELECT FROM {table} LIMIT 0",
    "INSERT": "INSERT INTO {table} DEFAULT VALUES",
    "UPDATE": "UPDATE {table} SET {column} = NULL WHERE false",
    "DELETE": "DELETE FROM {table} WHERE false",
    "TRUNCATE": "TRUNCATE {table}",
}
OBJECTS = """
  SELECT c.relname AS name, c.relkind = 'S' AS is_sequence,
         (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = 1) AS column
  FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
  ORDER BY c.relispartition, c.relname"""
OURS = """
  SELECT p.proname || '(' || oidvectortypes(p.proargtypes) || ')' AS name, p.proname AS called, p.pronargs AS arguments
  FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    AND NOT EXISTS (
      SELECT FROM pg_depend m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid AND m.deptype = 'e')
  ORDER BY 1"""


@pytest.fixture
async def guarded(database: Database) -> AsyncIterator[Database]:
    await Roles(database).apply()
    yield database
    await database.rows("; ".join(f"DROP OWNED BY {role}" for role in ROLES))


@asynccontextmanager
async def acting(database: Database, role: str) -> AsyncIterator[AsyncConnection[Any]]:
    """A transaction of that role, of which nothing stays."""
    async with database.connection() as connection, connection.transaction(force_rollback=True):
        await connection.execute(f"SET LOCAL ROLE {role}")
        yield connection


async def allowed(connection: AsyncConnection[Any], statement: str) -> bool:
    """Whether the role may, be the statement right or wrong; a refusal has the SQLSTATE 42501."""
    try:
        async with connection.transaction(force_rollback=True):
            await connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege:
        return False
    except psycopg.Error:
        return True
    return True


def by_month(name: str) -> str:
    """Partitions are called by the month, which a snapshot must not know."""
    return "usage_logs_<month>" if name.startswith("usage_logs_2") else name


async def test_what_each_role_may_do_is_this_and_nothing_else(
    guarded: Database, snapshot: SnapshotAssertion
) -> None:
    objects, functions = await guarded.rows(OBJECTS), await guarded.rows(OURS)
    matrix: dict[str, dict[str, str]] = {}
    for role in ROLES:
        async with acting(guarded, role) as connection:
            rights: dict[str, str] = {}
            for found in objects:
                tried = {"USAGE": "SELECT nextval('{table}')"} if found["is_sequence"] else TRIED
                may = [
                    action
                    for action, statement in tried.items()
                    if await allowed(
                        connection, statement.format(table=found["name"], column=found["column"])
                    )
                ]
                rights[by_month(found["name"])] = ", ".join(may) or "-"
            for found in functions:
                call = f"SELECT {found['called']}({', '.join(['NULL'] * found['arguments'])})"
                rights[found["name"]] = "EXECUTE" if await allowed(connection, call) else "-"
            matrix[role] = rights
    assert matrix == snapshot
    assert {name for role in ROLES for name in TABLES[role]} <= {found["name"] for found in objects}
    assert set(FUNCTIONS) == {found["name"] for found in functions}


BEYOND = [
    "CREATE TABLE mine (id INT)",
    "CREATE TEMPORARY TABLE mine (id INT)",
    "CREATE SCHEMA mine",
    "ALTER TABLE users ADD COLUMN mine TEXT",
    "DROP TABLE users",
    "CREATE ROLE mine",
    "COPY users TO PROGRAM 'cat'",
]


@pytest.mark.parametrize("role", ROLES)
async def test_no_role_makes_or_changes_what_holds_the_data(guarded: Database, role: str) -> None:
    async with acting(guarded, role) as connection:
        assert [one for one in BEYOND if await allowed(connection, one)] == []


async def test_roles_are_made_again_without_harm_and_lose_what_somebody_granted(guarded: Database) -> None:
    await guarded.rows(f"GRANT SELECT ON users TO {SERVER}")
    assert await Roles(guarded).renew()
    async with acting(guarded, SERVER) as connection:
        assert not await allowed(connection, "SELECT FROM users")
        assert await allowed(connection, "SELECT FROM libraries")


async def test_what_everybody_may_run_is_told_and_closed(guarded: Database) -> None:
    await guarded.rows("GRANT EXECUTE ON FUNCTION prune_usage(timestamptz), authenticate_key(text) TO PUBLIC")
    wrong = await Roles(guarded).differences()
    assert wrong
    assert "everybody may run prune_usage(timestamp with time zone)" in wrong
    assert f"{SERVER} may run prune_usage(timestamp with time zone)" in wrong
    assert await Roles(guarded).renew()
    assert await Roles(guarded).differences() == []


async def test_a_function_that_a_role_lacks_is_told(guarded: Database) -> None:
    await guarded.rows(f"REVOKE EXECUTE ON FUNCTION authenticate_key(text) FROM {SERVER}")
    assert await Roles(guarded).differences() == [f"{SERVER} may not run authenticate_key(text)"]


async def test_a_database_without_tables_has_the_roles_made_before_a_restore(
    empty_database_url: str,
) -> None:
    async def locate() -> str:
        return empty_database_url

    database = Database(locate, "tests")
    await Roles(database).apply()
    assert all("GRANT SELECT" not in one for one in await Roles(database).statements())
    await database.close()


@pytest.fixture
def key(database_url: str) -> str:
    """The hash of a key that may ask."""
    with psycopg.connect(database_url, autocommit=True) as operator:
        user = operator.execute(
            "INSERT INTO users (email) VALUES ('ada@example.org') RETURNING id"
        ).fetchone()
        operator.execute(
            "INSERT INTO api_keys (user_id, key_hash, key_prefix) VALUES (%s, 'right', 'lect_aaaaa')", user
        )
    return "right"


async def test_a_table_of_the_callers_own_authenticates_nobody(guarded: Database, key: str) -> None:
    """A superuser gave TEMP back: even then the function reads the tables of its own schema."""
    [name] = await guarded.rows("SELECT quote_ident(current_database()) AS name")
    await guarded.rows(f"GRANT TEMPORARY ON DATABASE {name['name']} TO {SERVER}")
    async with acting(guarded, SERVER) as connection:
        for table in ("api_keys", "users", "user_limits"):
            await connection.execute(f"CREATE TEMPORARY TABLE {table} (id UUID)")
        await connection.execute("SET LOCAL search_path = pg_temp, public")
        found = await (
            await connection.execute("SELECT * FROM public.authenticate_key(%s)", [key])
        ).fetchall()
        assert len(found) == 1
        assert await (await connection.execute("SELECT * FROM public.authenticate_key('x')")).fetchall() == []


async def test_a_row_of_usage_cannot_be_another_users(guarded: Database, key: str) -> None:
    row = {
        "id": str(uuid4()),
        "user_id": str(uuid4()),
        "tool_name": "query-docs",
        "outcome": "answered",
        "cached": False,
        "tokens_returned": 1,
        "response_time_ms": 1,
        "repeats": 1,
        "created_at": "2026-11-01T00:00:00Z",
    }
    async with acting(guarded, SERVER) as connection:
        await connection.execute("SELECT record_usage(%s)", [psycopg.types.json.Jsonb([row])])
        await connection.execute("RESET ROLE")
        [written] = await (await connection.execute("SELECT user_id FROM usage_logs")).fetchall()
        assert written == {"user_id": None}


async def test_who_may_not_grant_is_refused_and_nothing_is_half_granted(
    database: Database, database_url: str
) -> None:
    await database.rows("CREATE ROLE mallory LOGIN")

    async def locate() -> str:
        return database_url.replace("postgres@", "mallory@", 1)

    other = Database(locate, "tests")
    try:
        with pytest.raises(StoreError, match="privilege"):
            await Roles(other).apply()
    finally:
        await other.close()
        await database.rows("DROP ROLE mallory")
