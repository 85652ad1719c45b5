"""Bring a database to the schema of this code: one transaction a file, applied once, never edited after."""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import psycopg
from psycopg import AsyncConnection

from shared.errors import SchemaMismatch
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

    Raises SchemaMismatch for a server that is too old, an edited file, or a database ahead of this code.
    """
    wanted = shipped() if migrations is None else migrations
    applied: list[str] = []
    async with database.connection() as connection:
        await connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            await connection.execute(_LEDGER)
            for migration in missing(wanted, await _applied(connection), connection.info.server_version):
                try:
                    async with connection.transaction():
                        await connection.execute(migration.sql)
                        await connection.execute(
                            "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
                            [migration.name, migration.checksum],
                        )
                except psycopg.Error as error:
                    reason = " ".join(str(error).split())
                    raise SchemaMismatch(
                        f"migration {migration.name} failed ({reason})",
                        "nothing of it was kept; mend the cause and repeat",
                    ) from error
                applied.append(migration.name)
        finally:
            if not connection.closed:
                await connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])
    return applied


async def check(database: Database) -> None:
    """Raise SchemaMismatch unless the database has exactly the schema of this code."""
    async with database.connection() as connection:
        there = await (await connection.execute("SELECT to_regclass('schema_migrations') AS name")).fetchone()
        applied = await _applied(connection) if there and there["name"] else {}
        if behind := missing(shipped(), applied, connection.info.server_version):
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


async def _applied(connection: AsyncConnection[Any]) -> dict[str, str]:
    rows = await (await connection.execute("SELECT name, checksum FROM schema_migrations")).fetchall()
    return {row["name"]: row["checksum"] for row in rows}
