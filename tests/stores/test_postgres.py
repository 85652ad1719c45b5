"""A PostgreSQL server that goes away and comes back."""

import asyncio
from pathlib import Path

import pytest

from shared.errors import DatabaseUnavailable
from shared.stores import postgres
from shared.stores.embedded import power
from shared.stores.embedded.engine import stop_engine
from shared.stores.embedded.engines import attach
from shared.stores.embedded.place import place_of
from shared.stores.postgres import Database

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

    database = Database(locate, "tests")
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
