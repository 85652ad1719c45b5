"""The server adapter over real HTTP: what it asks a Qdrant server, and what it makes of refusals and silence."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from itertools import repeat
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.errors import IndexMissing, LecternError, SettingsError, VectorsUnavailable
from shared.settings import load
from shared.stores.open import open_stores
from shared.stores.vectors import server
from shared.stores.vectors.collection import collection_name
from shared.stores.vectors.server import ServerVectors
from tests.stores.vector_data import MODEL, OWNER, corpus, keeping, question

pytestmark = pytest.mark.anyio

KEY = "very-secret"


class Wire:
    """An HTTP server that answers as Qdrant's API documents, and keeps what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.exists: Iterator[bool] = repeat(False)
        self.taken = False
        self.count = 0
        self.page = ""
        self.asked: list[tuple[str, str, Any]] = []
        application = web.Application(client_max_size=10**8)
        application.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(application)

    async def _answer(self, request: web.Request) -> web.Response:
        body = await request.text()
        self.asked.append((request.method, request.path, json.loads(body) if body else None))
        if self.page:
            return web.Response(text=self.page, content_type="text/html")
        if self.status != 200:
            return web.json_response({"status": {"error": "no"}}, status=self.status)
        acknowledged = {"operation_id": 1, "status": "completed"}
        if request.path.endswith("/exists"):
            return web.json_response({"result": {"exists": next(self.exists)}, "status": "ok", "time": 0})
        results: dict[tuple[str, str], Any] = {
            ("POST", "count"): {"count": self.count},
            ("POST", "batch"): [{"points": []}],
            ("POST", "points"): [],
        }
        if request.method == "PUT" and request.path.count("/") == 2:
            if self.taken:
                return web.json_response({"status": {"error": "it exists"}}, status=409)
            return web.json_response({"result": True, "status": "ok", "time": 0})
        result = results.get((request.method, request.path.rsplit("/", 1)[-1]), acknowledged)
        return web.json_response({"result": result, "status": "ok", "time": 0})


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    started = Wire()
    await started.server.start_server()
    yield started
    await started.server.close()


@pytest.fixture
async def store(wire: Wire) -> AsyncIterator[ServerVectors]:
    opened = ServerVectors(f"http://user:{KEY}@127.0.0.1:{wire.server.port}")
    yield opened
    await opened.close()


async def failure(store: ServerVectors) -> LecternError:
    with pytest.raises(LecternError) as caught:
        await store.nearest(corpus(uuid4(), 0).ref, question()[0], 10)
    return caught.value


async def test_a_build_makes_the_collection_its_payload_indexes_and_a_seal(
    wire: Wire, store: ServerVectors
) -> None:
    index = corpus(uuid4(), 300)
    wire.count = 300
    await store.build(index.spec, index.batches())
    name = f"/collections/{collection_name(MODEL, 384)}"
    created = next(body for method, path, body in wire.asked if (method, path) == ("PUT", name))
    assert created["vectors"]["dense"] == {
        "size": 384,
        "distance": "Cosine",
        "on_disk": True,
        "quantization_config": {"scalar": {"type": "int8", "always_ram": True}},
    }
    assert created["sparse_vectors"] == {"bm25": {}}
    fields = {
        body["field_name"]: body["field_schema"] for _, path, body in wire.asked if path == f"{name}/index"
    }
    keyword = {"type": "keyword"}
    assert fields == {
        "library_id": {"type": "keyword", "is_tenant": True},
        **dict.fromkeys(("version", "content_type", "generation", "index"), keyword),
    }
    stored = [
        point
        for method, path, body in wire.asked
        if (method, path) == ("PUT", f"{name}/points")
        for point in body["points"]
    ]
    assert len(stored) == 301
    assert stored[0]["payload"] == {
        "library_id": "/org/project",
        "version": "latest",
        "generation": str(index.spec.generation),
        "index": index.spec.name,
        "chunk_id": str(index.points[0].id),
        "content_type": "guide",
        "source_url": "https://example.org/0#part",
        "chunk_text": index.points[0].chunk_text,
    }
    assert stored[300]["vector"] == {}


async def test_a_collection_is_shared_out_as_the_settings_say(wire: Wire) -> None:
    settings = load(
        qdrant_url=f"http://127.0.0.1:{wire.server.port}",
        qdrant_shards=6,
        qdrant_replicas=2,
        qdrant_write_consistency=1,
    )
    index = corpus(uuid4(), 0)
    async with open_stores(settings, "test") as stores:
        await (await stores.vectors()).build(index.spec, index.batches())
    created = next(body for method, path, body in wire.asked if method == "PUT" and path.count("/") == 2)
    told = ("shard_number", "replication_factor", "write_consistency_factor")
    assert [created[name] for name in told] == [6, 2, 1]


async def test_points_that_did_not_arrive_fail_the_build(wire: Wire, store: ServerVectors) -> None:
    index = corpus(uuid4(), 20)
    wire.count = 19
    with pytest.raises(VectorsUnavailable, match="stored 19 of 20 points of /org/project latest"):
        await store.build(index.spec, index.batches())


async def test_a_collection_that_another_process_makes_meanwhile_is_taken(
    wire: Wire, store: ServerVectors
) -> None:
    wire.exists, wire.taken = iter([False, True]), True
    index = corpus(uuid4(), 0)
    await store.build(index.spec, index.batches())
    assert list(wire.exists) == []


async def test_a_search_asks_for_the_index_by_its_name_alone(wire: Wire, store: ServerVectors) -> None:
    index = corpus(uuid4(), 0)
    dense, terms = question()
    with pytest.raises(IndexMissing):
        await store.nearest(index.ref, dense, 10)
    with pytest.raises(IndexMissing):
        await store.matching(index.ref, terms, 10)
    batches = [body for _, path, body in wire.asked if path.endswith("/points/query/batch")]
    asked = [search for batch in batches for search in batch["searches"]]
    assert [search["using"] for search in asked] == ["dense", "bm25"]
    for search in asked:
        assert search["filter"] == {"must": [{"key": "index", "match": {"value": index.spec.name}}]}
    assert asked[0]["params"]["quantization"]["rescore"]


@pytest.mark.parametrize(
    ("status", "kind", "says"),
    [
        (404, IndexMissing, "run `ingest reindex /org/project`"),
        (401, VectorsUnavailable, "correct LECTERN_QDRANT_API_KEY"),
        (403, VectorsUnavailable, "set LECTERN_QDRANT_API_KEY to a key that may read and write"),
        (400, VectorsUnavailable, "its log says why"),
        (500, VectorsUnavailable, "its log says why"),
    ],
)
async def test_a_refusal_is_one_sentence_with_what_to_do(
    wire: Wire, store: ServerVectors, status: int, kind: type[LecternError], says: str
) -> None:
    wire.status = status
    error = await failure(store)
    assert isinstance(error, kind)
    assert error.hint == says
    assert f"http://127.0.0.1:{wire.server.port}" in str(error)
    assert KEY not in error.line
    assert kind is IndexMissing or str(error).endswith(": no")


async def test_a_server_that_is_not_there_is_unavailable(wire: Wire, store: ServerVectors) -> None:
    await wire.server.close()
    calls: list[Callable[[], Any]] = [
        lambda: store.nearest(corpus(uuid4(), 0).ref, question()[0], 10),
        lambda: store.matching(corpus(uuid4(), 0).ref, question()[1], 10),
        lambda: store.drop(corpus(uuid4(), 0).ref),
        lambda: store.sweep(OWNER, keeping()),
        store.check,
    ]
    for call in calls:
        with pytest.raises(VectorsUnavailable, match="does not answer") as caught:
            await call()
        assert KEY not in caught.value.line


async def test_a_search_that_takes_too_long_is_given_up(
    wire: Wire, store: ServerVectors, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "SEARCH_SECONDS", 0)
    assert isinstance(await failure(store), VectorsUnavailable)
    with pytest.raises(VectorsUnavailable, match="does not answer"):
        await store.check()


async def test_something_else_at_that_address_is_unavailable(wire: Wire, store: ServerVectors) -> None:
    wire.page = "<html>"
    assert isinstance(await failure(store), VectorsUnavailable)


@pytest.mark.parametrize("url", ["http://host:port", "http://[::1"])
def test_an_address_that_cannot_be_one_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(SettingsError, match="LECTERN_QDRANT_URL is not an address"):
        ServerVectors(url)
