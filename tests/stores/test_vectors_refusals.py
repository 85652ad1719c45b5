"""What stands between us and a Qdrant server is named. An HTTP server that answers as its API documents stands in."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from shared.errors import VectorsUnavailable
from shared.stores.vectors.collection import collection_name
from shared.stores.vectors.refusals import is_readable_on_the_way, shown
from shared.stores.vectors.server import ServerVectors
from tests.stores.vector_data import MODEL, corpus

pytestmark = pytest.mark.anyio

KEY = "very-secret"


class Keeper:
    """Qdrant with a key that may only read, or with none."""

    def __init__(self) -> None:
        self.key = ""
        self.collections: list[str] = []
        self.changes: list[tuple[str, str]] = []
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self.server = TestServer(application)

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix("/behind/proxy")
        if path in ("/", ""):
            return web.json_response({"title": "qdrant", "version": "1.18.3"})
        if request.method == "GET" and path == "/collections":
            listed = [{"name": name} for name in self.collections]
            return web.json_response({"result": {"collections": listed}, "status": "ok", "time": 0})
        if request.method == "GET":
            return web.json_response({"result": {"exists": False}, "status": "ok", "time": 0})
        if request.headers.get("api-key") == self.key:
            said = {"status": {"error": "Forbidden: Global manage access is required"}}
            return web.json_response(said, status=403)
        self.changes.append((request.method, path))
        deleted = {"operation_id": 1, "status": "completed"} if path.endswith("/delete") else False
        return web.json_response({"result": deleted, "status": "ok", "time": 0})


@pytest.fixture
async def keeper() -> AsyncIterator[Keeper]:
    started = Keeper()
    await started.server.start_server()
    yield started
    await started.server.close()


async def told(url: str, key: str | None = None) -> str:
    """What doctor shows of the server at this address."""
    store = ServerVectors(url, key)
    try:
        return await store.check()
    except VectorsUnavailable as error:
        return error.line
    finally:
        await store.close()


@pytest.mark.parametrize("collections", [[], [collection_name(MODEL, 384)]])
async def test_doctor_finds_a_key_that_may_only_read_as_a_crawl_does(
    keeper: Keeper, collections: list[str]
) -> None:
    keeper.key, keeper.collections = KEY, collections
    url = f"http://127.0.0.1:{keeper.server.port}"
    line = await told(url, KEY)
    assert line == (
        f"Qdrant at {url} refused us: 403 Forbidden: Forbidden: Global manage access is required: "
        "set LECTERN_QDRANT_API_KEY to a key that may read and write"
    )
    store, index = ServerVectors(url, KEY), corpus(uuid4(), 1)
    with pytest.raises(VectorsUnavailable) as refused:
        await store.build(index.ref, index.batches())
    await store.close()
    assert refused.value.line == line


@pytest.mark.parametrize("collections", [[], [collection_name(MODEL, 384)]])
async def test_what_doctor_removes_to_see_whether_it_may_is_not_there(
    keeper: Keeper, collections: list[str]
) -> None:
    keeper.key, keeper.collections = "another", collections
    assert "Qdrant 1.18.3" in await told(f"http://127.0.0.1:{keeper.server.port}", KEY)  # warnings are errors
    [(method, path)] = keeper.changes
    if collections:
        assert (method, path) == ("POST", f"/collections/{collections[0]}/points/delete")
    else:
        assert method == "DELETE"
        assert path.startswith("/collections/lectern_doctor_")


async def test_a_path_is_part_of_where_the_server_is(keeper: Keeper) -> None:
    url = f"http://127.0.0.1:{keeper.server.port}/behind/proxy"
    keeper.key = "another"
    assert f"at {url}, 0 collections" in await told(f"{url}/")
    keeper.key = KEY
    assert f"at {url} refused us" in await told(url, KEY)
    await keeper.server.close()
    assert f"at {url} does not answer" in await told(url, KEY)


async def test_tls_to_a_port_that_speaks_none_is_said(keeper: Keeper) -> None:
    url = f"https://127.0.0.1:{keeper.server.port}"
    line = await told(url, KEY)
    assert f"Qdrant at {url} does not use TLS" in line
    assert "write http:// in LECTERN_QDRANT_URL" in line


@pytest.mark.parametrize("answer", [b"", b"\x15\x03\x03\x00\x02\x02\x46"], ids=["closed", "a TLS alert"])
async def test_http_to_a_port_that_speaks_tls_is_said(answer: bytes) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        line = await told(url)
    assert f"Qdrant at {url} takes the connection and gives no HTTP answer" in line
    assert "write https:// in LECTERN_QDRANT_URL if the port speaks TLS" in line


ADDRESSES = [
    ("https://qdrant.example", "https://qdrant.example:6333", False),
    ("http://ada:secret@qdrant.example:80/a/?key=secret", "http://qdrant.example:80/a", True),
    ("http://[::1]:6333", "http://[::1]:6333", False),
    ("http://127.0.0.1", "http://127.0.0.1:6333", False),
    ("http://localhost:1", "http://localhost:1", False),
    ("http://10.0.0.1", "http://10.0.0.1:6333", True),
]


@pytest.mark.parametrize(("url", "where", "readable"), ADDRESSES)
def test_an_address_is_shown_as_it_is_connected_to_and_without_secrets(
    url: str, where: str, readable: bool
) -> None:
    assert shown(url) == where
    assert is_readable_on_the_way(url) is readable
