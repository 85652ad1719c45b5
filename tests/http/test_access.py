"""Rules of access over HTTP, where they cannot be gone around: by `/mcp` and by the API, for people side by side."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from mcp_server import callers
from shared.accounts.rules.groups import Groups
from shared.accounts.rules.store import AccessRules, Subject
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from shared.stores.postgres import Database
from tests.flows.asking import ask, data
from tests.flows.keys import make_key
from tests.flows.published import chunk, publish_chunks
from tests.http_service import Running, serving

pytestmark = pytest.mark.anyio

PAGE = [chunk("Filling", "Fill the lamp with oil.", url="https://docs.example/oil")]
HANDBOOK, FLASK = "/acme/handbook", "/pallets/flask"
QUESTION = "how do I fill it"


@pytest.fixture
async def made(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    found = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(found, "tests") as stores:
        for library_id in (HANDBOOK, FLASK):
            await publish_chunks(stores, embedder, Library(library_id, library_id[1:]), "1.0", PAGE)
    return found


@asynccontextmanager
async def person(service: Running, key: str) -> AsyncIterator[tuple[Client, httpx2.AsyncClient]]:
    async with (
        service.client(key) as bearer,
        Client(streamable_http_client(f"{service.url}/mcp", http_client=bearer), mode="legacy") as client,
    ):
        yield client, bearer


async def reads(client: Client, bearer: httpx2.AsyncClient) -> set[str]:
    """What both doors answer about; they agree."""
    listed = {str(found.name) for found in (await client.list_resources()).resources}
    for library_id in (HANDBOOK, FLASK):
        snippets = data(await ask(client, library_id, QUESTION))["snippets"]
        answer = await bearer.get("/api/v2/context", params={"libraryId": library_id, "query": QUESTION})
        assert (bool(snippets), answer.status_code) == ((True, 200) if library_id in listed else (False, 404))
    return listed


async def test_each_reads_what_the_rules_say_from_the_next_look_on(
    made: IngestSettings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callers, "KNOWN_SECONDS", 0)
    rules = AccessRules(database)
    ada, bob = await make_key(database), await make_key(database)
    await Groups(database).add("makers", ada.user_id)
    await rules.put("/acme/*", Subject(), is_allowed=False)
    await rules.put("/acme/*", Subject(group="makers"), is_allowed=True)
    async with serving(made) as service, person(service, ada.key) as hers, person(service, bob.key) as his:
        assert await reads(*hers) == {HANDBOOK, FLASK}
        assert await reads(*his) == {FLASK}
        await rules.set_closed(is_closed=True)
        assert await reads(*hers) == {HANDBOOK}
        assert await reads(*his) == set()
        await rules.put(FLASK, Subject(bob.user_id), is_allowed=True)
        await Groups(database).remove("makers", ada.user_id)
        assert await reads(*hers) == set()
        assert await reads(*his) == {FLASK}
    rows = await database.rows(
        "SELECT DISTINCT library_id, refused_by FROM usage_logs WHERE refused_by IS NOT NULL"
    )
    assert {(row["library_id"], row["refused_by"]) for row in rows} == {
        (HANDBOOK, "library"),
        (FLASK, "library"),
    }
