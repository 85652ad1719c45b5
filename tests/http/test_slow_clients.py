"""A client that is slow, silent or greedy holds a connection for a bounded time, and nothing else."""

import asyncio
import socket
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
from tests.stripe_signed import SECRET

pytestmark = pytest.mark.anyio

LATE = b"HTTP/1.1 408\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
async def service(
    make_settings: Callable[..., IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Running]:
    for name in ("HEAD_SECONDS", "BODY_SECONDS", "WRITE_SECONDS"):
        monkeypatch.setattr(limits, name, 0.3)
    async with serving(make_settings(), stripe_webhook_secret=SECRET) as running:
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


@pytest.mark.parametrize("path", ["/mcp", "/oauth/token", "/webhooks/stripe"])
async def test_a_client_that_goes_away_in_the_middle_of_a_body_is_no_error(
    service: Running, database: Database, caplog: pytest.LogCaptureFixture, path: str
) -> None:
    key = await make_key(database)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: HOST\r\nAuthorization: Bearer {key.key}\r\nContent-Length: 999\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json, text/event-stream\r\n\r\n"
    )
    async with connected(service.url) as wire:
        await wire.send(head.encode() + b"{")
    assert service.listener
    async with service.client() as other, asyncio.timeout(PATIENCE):
        while service.listener.server_state.tasks:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        assert (await other.get("/healthz")).status_code == 200
    assert not [record for record in caplog.records if record.exc_info or record.levelname == "ERROR"]


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="a setting of Linux")
async def test_a_client_whose_machine_is_gone_is_noticed() -> None:
    listening = bind("127.0.0.1", 0)
    async with connected(f"http://127.0.0.1:{port_of(listening)}"):
        accepted, _ = listening.accept()
    assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == limits.GONE_MS
    for one in (accepted, listening):
        one.close()


async def test_the_body_of_an_answer_does_not_wait_for_its_head_to_be_acknowledged() -> None:
    listening = bind("127.0.0.1", 0)
    async with connected(f"http://127.0.0.1:{port_of(listening)}"):
        accepted, _ = listening.accept()
    assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    for one in (accepted, listening):
        one.close()
