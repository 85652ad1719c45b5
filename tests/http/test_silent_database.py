"""While PostgreSQL says nothing, every route that asks it answers soon that it cannot answer now."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from mcp_server.http import app
from shared.settings import IngestSettings
from shared.stores import migrate
from shared.stores.embedded import power
from shared.stores.embedded.engines import attach
from shared.stores.postgres import Database
from tests.black_hole import black_hole
from tests.flows.keys import make_key
from tests.http_service import serving

pytestmark = pytest.mark.anyio

PATIENCE = 1.0
DEADLINE = 60.0
CLIENT = {"client_id": "lectern-mcp"}
ASKED = [
    ("POST", "/oauth/token", CLIENT | {"grant_type": "refresh_token", "refresh_token": "lrt_x"}),
    ("POST", "/oauth/revoke", CLIENT | {"token": "lrt_x"}),
    ("GET", f"/oauth/authorize?client_id=lcl_{'a' * 43}", None),
    ("GET", "/sign-in", None),
    ("GET", "/account", None),
    ("GET", "/invite/a-token", None),
    ("GET", "/api/whoami", None),
    ("GET", "/api/v2/context?libraryId=/a/b&query=q", None),
    ("POST", "/mcp", None),
]


async def test_it_says_so_and_when_to_try_again_until_the_database_speaks(
    make_settings: Callable[..., IngestSettings],
    database: Database,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(app, "DATABASE_SECONDS", PATIENCE)
    key = (await make_key(database)).key
    headers = {"Authorization": f"Bearer {key}"}
    cookie = {"Cookie": f"__Host-lectern={'c' * 43}"}
    async with (
        black_hole(database_url) as hole,
        serving(make_settings(database_url=hole.url)) as service,
        service.client() as client,
        asyncio.timeout(DEADLINE),
    ):
        while (await client.get("/invite/a-token")).status_code != 403:
            pass
        hole.open.clear()
        answers = await asyncio.gather(
            *(
                client.request(
                    method, path, data=form, headers=headers if path.startswith(("/api", "/mcp")) else cookie
                )
                for method, path, form in ASKED
            )
        )
        assert [one.status_code for one in answers] == [503] * len(ASKED)
        assert all(int(one.headers["retry-after"]) > 0 for one in answers)
        assert not [one.text for one in answers if "PostgreSQL" in one.text]
        assert "PostgreSQL does not answer" in caplog.text
        hole.open.set()
        while (answer := await client.get("/api/whoami", headers=headers)).status_code == 503:
            pass
        assert answer.status_code == 200


LATE = """SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
  AND clock_timestamp() - state_change > make_interval(secs => %s)"""


@asynccontextmanager
async def embedded(home: Path) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    """A session of another's on the embedded PostgreSQL of a home."""
    engine = await attach(home, want={"postgres"})
    try:
        async with await psycopg.AsyncConnection.connect(
            engine.endpoints.database_url, autocommit=True
        ) as session:
            yield session
    finally:
        engine.release()
        await power.down(home, force=True)


@pytest.mark.processes
async def test_an_embedded_database_takes_its_time_to_be_migrated_and_then_has_as_long_as_any(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "DATABASE_SECONDS", PATIENCE)
    settings = make_settings(database_url=None)
    async with asyncio.timeout(DEADLINE), embedded(settings.home) as session:
        await session.execute("SELECT pg_advisory_lock(%s)", [migrate._LOCK])
        async with serving(settings) as service, service.client() as client:
            asked = asyncio.create_task(client.get("/invite/a-token"))
            while not (await session.execute(LATE, [2 * PATIENCE])).rowcount:
                pass
            await session.execute("SELECT pg_advisory_unlock(%s)", [migrate._LOCK])
            assert (await asked).status_code == 403
            async with session.transaction():
                await session.execute("LOCK TABLE invitations")
                assert (await client.get("/invite/a-token")).status_code == 503
            assert (await client.get("/invite/a-token")).status_code == 403
