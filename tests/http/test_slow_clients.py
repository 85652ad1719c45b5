"""A client that is slow, silent or greedy holds a connection for a bounded time, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import pytest
from starlette.types import Send

from mcp_server.http import limits
from mcp_server.http.listener import Listener, bind, port_of
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http.raw import PATIENCE, connected
from tests.http_service import Running, serving

pytestmark = pytest.mark.anyio

LATE = b"HTTP/1.1 408\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def service(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "WRITE_SECONDS"):
        monkeypatch.setattr(limits, name, 0.3)
    async with serving(make_settings()) as running:
        yield running


async def test_a_head_that_does_not_come_ends_the_connection(service: Running) -> None:
    async with connected(service.url) as silent, connected(service.url) as dripping:

        async def drip() -> None:
            with suppress(ConnectionError):
                for _ in range(1000):
                    await dripping.send(b"X-A: b\r\n")
                    await asyncio.sleep(0.02)

        await dripping.send(b"GET /healthz HTTP/1.1\r\n")
        drips = asyncio.create_task(drip())
        assert await silent.rest() == LATE
        assert b" 408" in await dripping.rest()
        drips.cancel()
        await asyncio.gather(drips, return_exceptions=True)


async def test_the_second_request_of_a_connection_has_no_more_time_than_the_first(service: Running) -> None:
    async with connected(service.url) as wire:
        await wire.send(b"GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\nGET /healthz HTTP/1.1\r\n")
        said = await wire.rest()
    assert said.startswith(b"HTTP/1.1 200")
    assert said.endswith(LATE)


async def test_a_body_that_does_not_come_frees_who_waits_for_it(service: Running, database: Database) -> None:
    key = await make_key(database)
    head = (
        f"POST /mcp HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer {key.key}\r\nContent-Length: 999\r\n\r\n"
    )
    async with connected(service.url) as wire:
        await wire.send(head.encode() + b"{")
        assert await wire.rest() == LATE


async def test_more_connections_than_are_taken_are_closed_at_once(
    service: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "MOST_CONNECTIONS", 2)
    async with connected(service.url), connected(service.url), connected(service.url) as third:
        assert await third.rest() == b""


async def test_an_answer_that_nobody_reads_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WRITE_SECONDS", 0.3)

    async def large(_scope: object, _receive: object, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await asyncio.sleep(0)
            await send({"type": "http.response.body", "body": b" " * 65536, "more_body": True})

    listening = bind("127.0.0.1", 0)
    listener = Listener(large, 1, lambda: None, lifespan="off")
    running = asyncio.create_task(listener._serve([listening]))
    async with connected(f"http://127.0.0.1:{port_of(listening)}") as wire:
        await wire.send(b"GET / HTTP/1.1\r\nHost: HOST\r\n\r\n")
        while not listener.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        async with asyncio.timeout(PATIENCE):
            while listener.server_state.connections:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    listener.should_exit = True
    await running
