"""The two ways to a Qdrant server, over what stands in for one: which is taken, when, and what a lost one costs."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from shared.errors import IndexMissing
from shared.stores.vectors import by_grpc
from shared.stores.vectors.collection import collection_name
from shared.stores.vectors.port import OVERSAMPLING
from shared.stores.vectors.server import ServerVectors
from tests.certificate import new_certificate
from tests.stores.qdrant_stand_in import StandIn
from tests.stores.vector_data import MODEL, OWNER, Corpus, corpus, keeping, question

pytestmark = pytest.mark.anyio

SEARCHES = ("gRPC QueryBatch", "REST points/query/batch")


@pytest.fixture
async def stand_in(tmp_path: Path) -> AsyncIterator[StandIn]:
    started = StandIn(tmp_path)
    yield started
    started.close()


@pytest.fixture
async def fronts() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def opened(fronts: AsyncExitStack, stand_in: StandIn, port: int, **options: Any) -> ServerVectors:
    store = ServerVectors(await fronts.enter_async_context(stand_in.by_rest()), grpc_port=port, **options)
    fronts.push_async_callback(store.close)
    return store


async def ask(store: ServerVectors, index: Corpus) -> int:
    dense, sparse = await store.rankings(index.ref, *question(), 10)
    return len(dense) and len(sparse)


def searches(stand_in: StandIn) -> list[str]:
    return [way for way in stand_in.asked if way in SEARCHES]


async def test_both_rankings_of_a_question_are_one_call(stand_in: StandIn, fronts: AsyncExitStack) -> None:
    port = await fronts.enter_async_context(stand_in.by_grpc())
    store = await opened(fronts, stand_in, port, api_key=None)
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert (await store.check()).endswith(f"1 collection of ours, searched by gRPC on port {port}")
    assert await ask(store, index) == 10
    assert searches(stand_in) == ["gRPC QueryBatch"]


PROXIES = [
    {
        "HTTP_PROXY": "http://127.0.0.1:9",
        "http_proxy": "http://127.0.0.1:9",
        "grpc_proxy": "http://127.0.0.1:9",
    },
    {"ALL_PROXY": "socks5://127.0.0.1:9"},
    {"HTTP_PROXY": "nonsense:", "no_proxy": "[::1"},
]


@pytest.mark.parametrize("shell", PROXIES)
async def test_no_proxy_of_the_shell_comes_between(
    shell: dict[str, str], stand_in: StandIn, fronts: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in shell.items():
        monkeypatch.setenv(name, value)
    port = await fronts.enter_async_context(stand_in.by_grpc())
    store = await opened(fronts, stand_in, port, api_key=None)
    assert (await store.check()).endswith(f"searched by gRPC on port {port}")


async def test_no_question_waits_for_the_port_and_the_next_ones_use_it(
    stand_in: StandIn, fronts: AsyncExitStack
) -> None:
    port = await fronts.enter_async_context(stand_in.by_grpc())
    store = await opened(fronts, stand_in, port)
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    stand_in.may_answer.clear()
    first = asyncio.create_task(ask(store, index))
    await asyncio.sleep(0)  # it finds a port that has not answered yet
    await store.check()  # waits until it has
    stand_in.may_answer.set()
    assert await first == 10
    assert await ask(store, index) == 10
    assert searches(stand_in) == ["REST points/query/batch", "gRPC QueryBatch"]


async def test_a_port_that_does_not_answer_leaves_rest(stand_in: StandIn, fronts: AsyncExitStack) -> None:
    async with stand_in.by_grpc() as port:
        pass
    store = await opened(fronts, stand_in, port)
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert (await store.check()).endswith("searched by REST")
    assert await ask(store, index) == 10


async def test_a_port_that_is_lost_leaves_rest_for_good(stand_in: StandIn, fronts: AsyncExitStack) -> None:
    index = corpus(uuid4(), 50)
    async with stand_in.by_grpc() as port:
        store = await opened(fronts, stand_in, port)
        await store.build(index.spec, index.batches())
        await store.check()
        assert await ask(store, index) == 10
    assert await ask(store, index) == 10
    async with stand_in.by_grpc(port):
        assert await ask(store, index) == 10
    assert searches(stand_in) == ["gRPC QueryBatch", *["REST points/query/batch"] * 2]


async def test_the_port_of_another_server_hides_nothing(
    stand_in: StandIn, fronts: AsyncExitStack, tmp_path: Path
) -> None:
    other = StandIn(tmp_path / "other")
    store = await opened(fronts, stand_in, await fronts.enter_async_context(other.by_grpc()))
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    await store.check()
    for _ in range(2):
        assert await ask(store, index) == 10
    assert (searches(other), searches(stand_in)) == (["gRPC QueryBatch"], ["REST points/query/batch"] * 2)


async def test_what_is_not_there_is_missing_by_grpc_as_well(
    stand_in: StandIn, fronts: AsyncExitStack
) -> None:
    store = await opened(fronts, stand_in, await fronts.enter_async_context(stand_in.by_grpc()))
    await store.check()
    with pytest.raises(IndexMissing):
        await ask(store, corpus(uuid4(), 0))
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert await ask(store, index) == 10
    assert searches(stand_in)[-1] == "gRPC QueryBatch"


async def test_a_collection_that_an_operator_made_is_swept_and_filled(
    stand_in: StandIn, fronts: AsyncExitStack
) -> None:
    """As docs/scale.md says: without payload indexes, without which the server counts nothing."""
    store = await opened(fronts, stand_in, 1)
    stand_in.make(collection_name(MODEL, 384), {"vectors": {"dense": {"size": 384}}})
    assert await store.sweep(OWNER, keeping()) == 0
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert await ask(store, index) == 10


async def test_a_key_goes_encrypted_on_both_ports_where_the_address_is_https(
    stand_in: StandIn, fronts: AsyncExitStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = new_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    url = await fronts.enter_async_context(stand_in.by_rest(certificate))
    port = await fronts.enter_async_context(stand_in.by_grpc(certificate=certificate))
    store = ServerVectors(url, "a-key", grpc_port=port)
    fronts.push_async_callback(store.close)
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert f"searched by gRPC on port {port}" in await store.check()
    assert await ask(store, index) == 10
    assert (stand_in.keys, searches(stand_in)) == (["a-key"], ["gRPC QueryBatch"])


async def test_a_key_never_goes_in_clear_where_the_address_is_https(
    stand_in: StandIn,
    fronts: AsyncExitStack,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    certificate = new_certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.path))
    url = await fronts.enter_async_context(stand_in.by_rest(certificate))
    store = ServerVectors(url, "a-key", grpc_port=await fronts.enter_async_context(stand_in.by_grpc()))
    fronts.push_async_callback(store.close)
    index = corpus(uuid4(), 50)
    await store.build(index.spec, index.batches())
    assert "searched by REST" in await store.check()
    assert await ask(store, index) == 10
    assert stand_in.keys == []
    assert capfd.readouterr().err == ""


def test_what_is_near_by_small_numbers_is_weighed_again_by_whole_ones() -> None:
    asked = by_grpc._query("vectors", "index", [0.5, 0.5], 7)
    assert asked.params.quantization.rescore
    assert asked.params.quantization.oversampling == OVERSAMPLING
    assert asked.limit == 7
