"""A PostgreSQL server that goes away and comes back."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from shared.errors import DatabaseUnavailable
from shared.stores import postgres
from shared.stores.embedded import power
from shared.stores.embedded.engine import stop_engine
from shared.stores.embedded.engines import attach
from shared.stores.embedded.place import place_of
from shared.stores.postgres import Database, repeatable

pytestmark = pytest.mark.anyio


async def test_statements_wait_for_a_server_that_restarts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "RESTART_SECONDS", 60.0)
    server = await attach(tmp_path, want={"postgres"})

    async def locate() -> str:  # as LECTERN_DATABASE_URL does: it starts nothing
        return server.endpoints.database_url

    database = Database(locate, "tests")
    try:
        await database.rows("SELECT")
        await asyncio.to_thread(stop_engine, "postgres", place_of(tmp_path))
        asked = [asyncio.create_task(database.rows("SELECT 1 AS one")) for _ in range(3)]
        await asyncio.sleep(0.3)
        assert not any(task.done() for task in asked)
        await server.ensure("postgres")

        assert await asyncio.gather(*asked) == [[{"one": 1}]] * 3
    finally:
        await database.close()
        server.release()
        await power.down(tmp_path, force=True)


@pytest.mark.parametrize("pause", [0.0, 1.5])  # the pool's attempts to connect last a second
async def test_who_waits_for_a_connection_hears_soon_that_there_is_none_any_more(
    tmp_path: Path, pause: float
) -> None:
    server = await attach(tmp_path, want={"postgres"})

    async def locate() -> str:
        return server.endpoints.database_url

    database = Database(locate, "tests", most_connections=1)
    try:
        with pytest.raises(DatabaseUnavailable):  # noqa: PT012 - the connection is lost in its hands
            async with database.transaction() as connection:
                await asyncio.to_thread(stop_engine, "postgres", place_of(tmp_path))
                await connection.execute("SELECT")
        await asyncio.sleep(pause)
        async with asyncio.timeout(postgres.WAIT_SECONDS / 2):
            with pytest.raises(DatabaseUnavailable):
                await database.rows("SELECT")
    finally:
        await database.close()
        server.release()
        await power.down(tmp_path, force=True)


@pytest.fixture
async def cut(database_url: str) -> AsyncIterator["Cut"]:
    """A database behind a wire that a test cuts."""
    cut = Cut(database_url)
    async with cut:
        yield cut


class Cut:
    """Passes bytes on to the real server; after `after_next`, the next statement is done and its answer lost."""

    def __init__(self, url: str) -> None:
        self._host, self._port = parse_qs(urlsplit(url).query)["host"][0], 5432
        self._name = urlsplit(url).path
        self._lose = False
        self._answering = set[asyncio.Task[None]]()

    async def __aenter__(self) -> None:
        self._directory = tempfile.TemporaryDirectory()
        path = f"{self._directory.name}/.s.PGSQL.{self._port}"
        self._server = await asyncio.start_unix_server(self._serve, path)
        self.url = f"postgresql://postgres@{self._name}?host={self._directory.name}&port={self._port}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._answering:
            task.cancel()
        await asyncio.gather(*self._answering, return_exceptions=True)
        self._directory.cleanup()

    def after_next(self, statement: str) -> None:
        self._lose_after = statement.encode()
        self._lose = True

    async def locate(self) -> str:
        return self.url

    async def _serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, statements = await asyncio.open_unix_connection(f"{self._host}/.s.PGSQL.{self._port}")
        lost = asyncio.Event()
        there = asyncio.ensure_future(self._pass(client, statements, lost, watch=True))
        back = asyncio.ensure_future(self._pass(server, answers, lost))
        self._answering |= {there, back}
        await asyncio.wait({there, back}, return_when=asyncio.FIRST_COMPLETED)
        for writer in (statements, answers):
            writer.close()

    async def _pass(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        lost: asyncio.Event,
        *,
        watch: bool = False,
    ) -> None:
        while data := await source.read(65536):
            if watch and self._lose and self._lose_after in data:
                self._lose = False
                lost.set()
            if not watch and lost.is_set():
                return  # it is done, and nobody hears of it
            sink.write(data)
            await sink.drain()


async def test_what_may_be_done_already_is_not_written_twice(cut: Cut, database: Database) -> None:
    await database.rows("CREATE TABLE calls (id int)")
    other = Database(cut.locate, "tests")
    try:
        cut.after_next("INSERT INTO calls")
        with pytest.raises(DatabaseUnavailable):
            await other.rows("INSERT INTO calls VALUES (1)")
        assert await database.rows("SELECT id FROM calls") == [{"id": 1}]
    finally:
        await other.close()


async def test_what_is_as_good_twice_as_once_is_repeated(cut: Cut, database: Database) -> None:
    await database.rows("CREATE TABLE calls (id int PRIMARY KEY)")
    other = Database(cut.locate, "tests")
    try:
        cut.after_next("INSERT INTO calls")
        await other.rows("-- repeatable: by its key\nINSERT INTO calls VALUES (1) ON CONFLICT DO NOTHING")
        cut.after_next("SELECT id")
        assert await other.rows("SELECT id FROM calls") == [{"id": 1}]
    finally:
        await other.close()


async def test_what_reads_is_repeatable_and_what_writes_only_where_it_says_so() -> None:
    reads = (
        "SELECT 1",
        "\n  WITH a AS (SELECT 1) SELECT * FROM a",
        "-- why\nSELECT updated_at FROM libraries",
    )
    writes = (
        "INSERT INTO a VALUES (1)",
        "UPDATE a SET b = b + 1",
        "WITH gone AS (DELETE FROM a RETURNING b) SELECT * FROM gone",
        "SELECT a FROM b FOR UPDATE",
        "SELECT a INTO b FROM c",
        "CREATE TABLE a (b int)",
    )
    assert [repeatable(statement) for statement in reads] == [True] * 3
    assert [repeatable(statement) for statement in writes] == [False] * 6
    assert repeatable("-- repeatable: it sets what was set\nUPDATE a SET b = 1")
    assert not repeatable("UPDATE a SET b = '-- repeatable'")


async def test_a_write_does_not_fail_because_the_server_was_restarted_before_it(tmp_path: Path) -> None:
    server = await attach(tmp_path, want={"postgres"})
    database = Database(partial(server.ensure, "postgres"), "tests")
    try:
        await database.rows("CREATE TABLE calls (id int)")
        await asyncio.to_thread(stop_engine, "postgres", place_of(tmp_path))
        await database.rows("INSERT INTO calls VALUES (1)")
        await asyncio.to_thread(stop_engine, "postgres", place_of(tmp_path))
        async with database.transaction() as connection:
            await connection.execute("INSERT INTO calls VALUES (2)")
        assert await database.rows("SELECT id FROM calls ORDER BY id") == [{"id": 1}, {"id": 2}]
    finally:
        await database.close()
        server.release()
        await power.down(tmp_path, force=True)


async def test_while_all_connections_are_in_use_the_next_is_told_so_and_no_others_are_made(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "WAIT_SECONDS", 0.2)

    async def locate() -> str:
        return database_url

    database = Database(locate, "tests", most_connections=1)
    async with database.connection() as connection:
        for asked in (database.rows("SELECT"), database.rows("INSERT INTO calls VALUES (1)")):
            with pytest.raises(DatabaseUnavailable, match="all our connections to PostgreSQL are in use"):
                await asked
        await connection.execute("SELECT")
    with psycopg.connect(database_url) as operator:
        assert len(sessions(operator)) == 1
    await database.close()


async def test_who_loses_a_connection_late_leaves_what_others_opened_since(
    database: Database, database_url: str
) -> None:
    with psycopg.connect(database_url, autocommit=True) as operator:
        operator.execute("SELECT pg_advisory_lock(7)")
        asked = [asyncio.create_task(database.rows("SELECT pg_advisory_lock_shared(7)")) for _ in range(2)]
        async with asyncio.timeout(60):
            pools = []
            for pid in await waiting(operator, set()):
                operator.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
                await waiting(operator, {pid})
                pools.append(database._pool)
        operator.execute("SELECT pg_advisory_unlock(7)")
        await asyncio.gather(*asked)
    assert pools[0] is pools[1]


def sessions(operator: psycopg.Connection[Any], waits: str = "%") -> set[int]:
    """The sessions of others in this database."""
    found = operator.execute(
        """SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
           AND backend_type = 'client backend' AND coalesce(wait_event_type, '') LIKE %s""",
        [waits],
    )
    return {row[0] for row in found}


async def waiting(operator: psycopg.Connection[Any], gone: set[int]) -> set[int]:
    """Two sessions that wait for a lock, as soon as there are two beside those that are `gone`."""
    while len(found := sessions(operator, "Lock") - gone) < 2:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.02)
    return found
