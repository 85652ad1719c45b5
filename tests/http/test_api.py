"""The API that clients of Context7 speak, as an HTTP client sees it."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import pytest

from shared.accounts.store import Accounts
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from tests.flows.keys import make_key
from tests.flows.published import chunk, publish_chunks
from tests.http_service import serving

pytestmark = pytest.mark.anyio

LAMPS = Library("/test/lamps", "Lamps", description="Oil lamps, and how to light them.")
HIDDEN = Library("/secret/lamps", "Secret lamps")
URL = "https://docs.example/oil"
PAGE = [
    chunk("Filling", "Fill the lamp with oil before the wick is lit.", url=URL),
    chunk("Lighting", "Light the wick with `strike`:", url=URL, code="lamp.strike(match)"),
]


@pytest.fixture
async def made(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    found = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(found, "tests") as stores:
        for library in (LAMPS, HIDDEN):
            await publish_chunks(stores, embedder, library, "1.0", PAGE)
    return found


@pytest.fixture
async def stores(made: IngestSettings) -> AsyncIterator[Stores]:
    async with open_stores(made, "tests") as opened:
        yield opened


def search(name: str = "lamps", query: str = "light a lamp") -> str:
    return str(httpx2.URL("/api/v2/libs/search", params={"libraryName": name, "query": query}))


def context(library_id: str = LAMPS.id, query: str = "How is the wick lit?", **more: Any) -> str:
    return str(httpx2.URL("/api/v2/context", params={"libraryId": library_id, "query": query, **more}))


async def test_libraries_and_passages_come_in_the_shapes_of_context7(
    made: IngestSettings, stores: Stores
) -> None:
    bearer = (await make_key(await stores.database())).key
    async with serving(made) as service, service.client(bearer) as client:
        found = (await client.get(search())).json()
        text = await client.get(context(tokens="900"))
        data = (await client.get(context(type="json"))).json()
    assert {
        "id": "/test/lamps",
        "title": "Lamps",
        "description": LAMPS.description,
        "totalSnippets": 2,
        "trustScore": -1,
        "benchmarkScore": 0,
        "versions": ["1.0"],
        "source": None,
    } in found["results"]
    assert text.headers["content-type"].startswith("text/plain")
    assert text.text.startswith("Library: /test/lamps 1.0")
    assert "lamp.strike(match)" in text.text
    [code], [info] = data["codeSnippets"], data["infoSnippets"]
    assert code["codeList"] == [{"language": "python", "code": "lamp.strike(match)"}]
    assert code["codeDescription"] == "Light the wick with `strike`:"
    assert code["codeId"].startswith(URL)
    assert info["content"] == PAGE[0].content


async def test_what_cannot_be_asked_is_told_in_one_line_with_its_status(
    made: IngestSettings, stores: Stores
) -> None:
    bearer = (await make_key(await stores.database(), libraries=["/test/*"])).key
    wanted = [
        (search(name=" "), 400, "libraryName is missing"),
        (context(library_id=""), 400, "libraryId is missing"),
        (context(query=" "), 400, "query is missing"),
        (context(type="xml"), 400, "type is txt or json"),
        (context(tokens="-5"), 400, "tokens is a whole number"),
        (context(tokens="9" * 30), 400, "tokens is a whole number"),
        (context(library_id="lamps"), 400, "Call resolve-library-id"),
        (context(library_id="/test/lamp"), 404, "Did you mean /test/lamps?"),
        (context(library_id="/secret/lamps"), 404, "There is no library /secret/lamps here."),
        (context(library_id="/test/lamps/9.9"), 404, "There is no version 9.9"),
    ]
    async with serving(made) as service, service.client(bearer) as client:
        for path, status, said in wanted:
            reply = await client.get(path)
            assert (reply.status_code, said in reply.json()["message"]) == (status, True), (path, reply.text)
            assert reply.json()["error"]
        assert (await client.get(search("secret lamps"))).json()["results"][0]["id"] == "/test/lamps"
        nothing = (await client.get(search("zeppelin"))).json()
    assert nothing["results"] == []
    assert "zeppelin" in nothing["message"]


async def test_without_a_valid_key_nothing_is_answered(made: IngestSettings, stores: Stores) -> None:
    key = await make_key(await stores.database())
    await Accounts(await stores.database()).revoke_key(key.id)
    for given in (None, "lect_nonsense", key.key):
        async with serving(made) as service, service.client(given) as client:
            for path in (search(), context()):
                reply = await client.get(path)
                assert (reply.status_code, reply.json()["error"]) == (401, "invalid_api_key")
                assert reply.headers["www-authenticate"] == "Bearer"


async def test_a_limit_says_when_to_try_again_and_is_written_down(
    made: IngestSettings, stores: Stores
) -> None:
    bearer = (await make_key(await stores.database(), quota_requests_per_minute=2)).key
    async with serving(made) as service, service.client(bearer) as client:
        assert (await client.get(search())).status_code == 200
        assert (await client.get(context())).status_code == 200
        reply = await client.get(context())
    wait = int(reply.headers["retry-after"])
    assert reply.status_code == 429
    assert 1 <= wait <= 60
    assert [reply.headers[f"ratelimit-{name}"] for name in ("limit", "remaining", "reset")] == [
        "2",
        "0",
        str(wait),
    ]
    assert reply.json() == {
        "error": "rate_limited",
        "message": f"this API key may make 2 calls a minute: try again in {wait} seconds",
    }
    rows = await (await stores.database()).rows("SELECT tool_name, outcome, refused_by FROM usage_logs")
    assert sorted((row["tool_name"], row["outcome"], row["refused_by"]) for row in rows) == [
        ("query-docs", "answered", None),
        ("query-docs", "refused", "minute"),
        ("resolve-library-id", "answered", None),
    ]


async def test_a_disabled_account_reads_so_and_an_unreachable_database_is_nobodys_secret(
    made: IngestSettings, stores: Stores
) -> None:
    key = await make_key(await stores.database())
    await Accounts(await stores.database()).set_disabled(key.user_id, disabled=True)
    async with serving(made) as service, service.client(key.key) as client:
        disabled = await client.get(context())
    away = "postgresql://lectern:secret@127.0.0.1:1/lectern"
    async with serving(made, database_url=away) as service, service.client(key.key) as client:
        down = await client.get(context())
    assert (disabled.status_code, disabled.json()["error"]) == (403, "account_disabled")
    assert (down.status_code, down.json()["error"]) == (503, "unavailable")
    assert "secret" not in down.text
    assert "127.0.0.1" not in down.text
    assert int(down.headers["retry-after"]) > 0


async def test_the_api_describes_itself_and_says_that_it_wants_a_key(
    made: IngestSettings, stores: Stores
) -> None:
    async with serving(made) as service, service.client(None) as client:
        described = json.loads((await client.get("/api/v2/openapi.json")).text)
        enabled = (await client.get("/api/auth/mcp")).json()
    assert described["servers"] == [{"url": service.url}]
    assert set(described["paths"]) == {"/api/v2/libs/search", "/api/v2/context"}
    assert enabled == {"enabled": True}
