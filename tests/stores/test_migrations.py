"""The runner of migrations on a real PostgreSQL."""

import asyncio
import itertools

import pytest

from shared.errors import SchemaMismatch
from shared.stores import migrate
from shared.stores.migrate import Migration
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

ONE = Migration("0001_create_a", "CREATE TABLE a (id INT)")
TWO = Migration("0002_create_b", "CREATE TABLE b (id INT)")
BROKEN = Migration("0002_break", "CREATE TABLE c (id INT); SELECT nonsense")


def _database(url: str) -> Database:
    async def locate() -> str:
        return url

    return Database(locate, "tests")


async def _tables(database: Database) -> set[str]:
    rows = await database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {row["tablename"] for row in rows}


async def test_what_is_missing_is_applied_in_order_and_once(empty_database_url: str) -> None:
    database = _database(empty_database_url)
    assert await migrate.migrate(database, [ONE]) == ["0001_create_a"]
    assert await migrate.migrate(database, [ONE, TWO]) == ["0002_create_b"]
    assert await migrate.migrate(database, [ONE, TWO]) == []
    assert await _tables(database) == {"a", "b", "schema_migrations"}
    await database.close()


async def test_a_failing_migration_leaves_nothing_of_itself(empty_database_url: str) -> None:
    database = _database(empty_database_url)
    with pytest.raises(SchemaMismatch, match=r"0002_break failed .*nonsense"):
        await migrate.migrate(database, [ONE, BROKEN])
    assert await _tables(database) == {"a", "schema_migrations"}
    assert await migrate.migrate(database, [ONE, TWO]) == ["0002_create_b"]
    await database.close()


async def test_an_edited_migration_is_refused(empty_database_url: str) -> None:
    database = _database(empty_database_url)
    await migrate.migrate(database, [ONE])
    with pytest.raises(SchemaMismatch, match="0001_create_a was edited"):
        await migrate.migrate(database, [Migration(ONE.name, "CREATE TABLE other (id INT)")])
    await database.close()


async def test_a_database_ahead_of_the_code_is_refused(empty_database_url: str) -> None:
    database = _database(empty_database_url)
    await migrate.migrate(database, [ONE, TWO])
    with pytest.raises(SchemaMismatch, match="does not know"):
        await migrate.migrate(database, [ONE])
    await database.close()


async def test_four_processes_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    databases = [_database(empty_database_url) for _ in range(4)]
    async with asyncio.timeout(60):  # one that keeps the lock lets the others wait for ever
        applied = await asyncio.gather(*(migrate.migrate(database) for database in databases))
    assert sorted(itertools.chain(*applied)) == [migration.name for migration in migrate.shipped()]
    for database in databases:
        await database.close()


async def test_a_server_that_lacks_migrations_is_told_to_migrate(empty_database_url: str) -> None:
    database = _database(empty_database_url)
    with pytest.raises(SchemaMismatch, match="lacks") as refused:
        await migrate.check(database)
    assert refused.value.hint == "run `ingest migrate`"
    assert await _tables(database) == set()
    await migrate.migrate(database)
    await migrate.check(database)
    await database.close()


def test_an_old_server_is_refused() -> None:
    with pytest.raises(SchemaMismatch, match="PostgreSQL 14 is too old"):
        migrate.missing([ONE], {}, 140011)
