"""Bring a database to the schema of this code: one transaction a file, applied once, never edited after."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared.errors import SchemaMismatch
from shared.one_line import one_line
from shared.stores import schema
from shared.stores.postgres import Database

OLDEST_SERVER = 150000
_LOCK = 0x1EC7E124
_LEDGER = """
  CREATE TABLE IF NOT EXISTS schema_migrations (
    name TEXT PRIMARY KEY, checksum TEXT NOT NULL, applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
  )"""


@dataclass(frozen=True, slots=True)
class Migration:
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations of this code, oldest first."""
    return [
        Migration(file.name.removesuffix(".sql"), file.read_text("utf-8"))
        for file in sorted(files("migrations").iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    ]


async def migrate(database: Database, migrations: list[Migration] | None = None) -> list[str]:
    """Apply what is missing and return its names. Several processes may call this at once.

    Raises SchemaMismatch for a server that is too old, an edited file, a database ahead of this code, or tables of
    which nothing tells what made them.
    """
    wanted = shipped() if migrations is None else migrations
    applied: list[str] = []
    async with _alone(database) as connection:
        behind = missing(wanted, await _applied(connection), connection.info.server_version)
        await connection.execute(_LEDGER)
        for migration in behind:
            try:
                async with connection.transaction():
                    await connection.execute(migration.sql)
                    await connection.execute(
                        "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
                        [migration.name, migration.checksum],
                    )
            except psycopg.Error as error:
                reason = one_line(str(error))
                raise SchemaMismatch(
                    f"migration {migration.name} failed ({reason})",
                    "nothing of it was kept; mend the cause and repeat",
                ) from error
            applied.append(migration.name)
    return applied


async def mend(database: Database) -> schema.Mended:
    """Make again what a migrated database has lost since, as far as no data is touched by that."""
    async with _alone(database) as connection:
        return await schema.mend(connection)


async def check(database: Database) -> None:
    """Raise SchemaMismatch unless every migration of this code was applied, and no other."""
    async with database.connection() as connection:
        if behind := missing(shipped(), await _applied(connection), connection.info.server_version):
            raise SchemaMismatch(
                f"the database lacks {len(behind)} of our migrations, {behind[0].name} first",
                "run `ingest migrate`",
            )


def missing(wanted: list[Migration], applied: dict[str, str], server_version: int) -> list[Migration]:
    """Which migrations are still to be applied, in order. Raises SchemaMismatch where that cannot be."""
    if server_version < OLDEST_SERVER:
        raise SchemaMismatch(f"PostgreSQL {server_version // 10000} is too old", "use PostgreSQL 15 or newer")
    if ahead := sorted(applied.keys() - {migration.name for migration in wanted}):
        raise SchemaMismatch(
            f"the database has migration {ahead[-1]}, which this Lectern does not know", "upgrade Lectern"
        )
    for migration in wanted:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise SchemaMismatch(
                f"migration {migration.name} was edited after it was applied",
                "restore the file and add a new one instead",
            )
    return [migration for migration in wanted if migration.name not in applied]


@asynccontextmanager
async def _alone(database: Database) -> AsyncIterator[AsyncConnection[Any]]:
    """A connection, while no other process changes the schema; the server frees the lock of a killed one."""
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            yield connection
        finally:
            if not connection.closed:
                await connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


async def _applied(connection: AsyncConnection[Any]) -> dict[str, str]:
    """Checksums by name. Raises SchemaMismatch where our tables are, and nothing tells what made them."""
    [ledger] = await (
        await connection.execute(
            """SELECT to_regclass('schema_migrations') AS name, current_schema() AS place,
               current_setting('search_path') AS search_path"""
        )
    ).fetchall()
    if ledger["place"] is None:
        raise SchemaMismatch(
            f"the role of LECTERN_DATABASE_URL may use no schema of its search_path ({ledger['search_path']})",
            "correct search_path of the role or the database, or grant it USAGE on the schema",
        )
    if ledger["name"]:
        rows = await (await connection.execute("SELECT name, checksum FROM schema_migrations")).fetchall()
        if rows:
            return {row["name"]: row["checksum"] for row in rows}
    ours = [
        part.name for part in schema.expected() if part.kind == "table" and part.name != "schema_migrations"
    ]
    taken = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY (%s)"
    if rows := await (await connection.execute(taken, [ours])).fetchall():
        names = sorted(row["tablename"] for row in rows)
        raise SchemaMismatch(
            f"the database has tables that are named as ours ({', '.join(names[:3])}), and no record of what made them",
            "if a restore broke off, repeat it; else name a database of Lectern's own",
        )
    return {}
