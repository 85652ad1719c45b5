"""A stream ends when its key does, and one that only listens when the service does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.types import Message

from mcp_server import callers
from mcp_server.http import streams
from shared.accounts.store import Accounts
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import PATIENCE, Running, serving

pytestmark = pytest.mark.anyio

LISTEN = "subscriptions/listen"
ERA = "2026-07-28"
HEADERS = {
    "Accept": "application/json, text/event-stream",
    "MCP-Protocol-Version": ERA,
    "Mcp-Method": LISTEN,
}
BODY: dict[str, Any] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": LISTEN,
    "params": {
        "notifications": {"toolsListChanged": True},
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": ERA,
            "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        },
    },
}


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callers, "KNOWN_SECONDS", 0.1)
    monkeypatch.setattr(streams, "LOOK_SECONDS", 0.1)


@asynccontextmanager
async def listening(service: Running, key: str) -> AsyncIterator[AsyncIterator[str]]:
    """What comes on a stream that was acknowledged."""
    async with (
        service.client(key, headers=HEADERS) as client,
        client.stream("POST", "/mcp", json=BODY) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        lines = answer.aiter_lines()
        async with asyncio.timeout(PATIENCE):
            async for line in lines:
                if line.startswith("data:"):
                    assert json.loads(line[5:])["method"] == "notifications/subscriptions/acknowledged"
                    break
        yield lines


async def ended(lines: AsyncIterator[str]) -> None:
    async with asyncio.timeout(PATIENCE):
        assert [line async for line in lines if line.strip(": ping")] == []


@pytest.mark.parametrize("how", ["revoked", "disabled"])
async def test_a_stream_whose_key_is_revoked_or_whose_user_is_disabled_ends(
    make_settings: Callable[..., IngestSettings], database: Database, how: str
) -> None:
    key, other = await make_key(database), await make_key(database)
    async with (
        serving(make_settings()) as service,
        listening(service, key.key) as lines,
        listening(service, other.key) as others,
    ):
        if how == "revoked":
            await Accounts(database).revoke_key(key.id)
        else:
            await Accounts(database).set_disabled(key.user_id, disabled=True)
        await ended(lines)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                assert [line async for line in others] == []


async def test_the_end_of_the_service_ends_what_only_listens(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    key = await make_key(database)
    async with serving(make_settings()) as service, listening(service, key.key) as lines:
        service.app.state.service.draining.set()
        await ended(lines)


async def test_a_user_leaves_no_more_streams_open_than_are_allowed(
    make_settings: Callable[..., IngestSettings], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MOST_LISTENING", 1)
    key, other = await make_key(database), await make_key(database)
    async with serving(make_settings()) as service, service.client(key.key, headers=HEADERS) as client:
        async with listening(service, key.key), listening(service, other.key):
            refused = await client.post("/mcp", json=BODY)
            assert (refused.status_code, refused.json()["error"]) == (503, "too_many_streams")
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    async with listening(service, key.key):
                        break
                except AssertionError:
                    await asyncio.sleep(0.05)


async def test_a_proxy_sees_nothing_of_an_answer_before_its_first_bytes() -> None:
    """Until then it may ask another replica."""
    seen: list[Message] = []

    async def send(message: Message) -> None:
        seen.append(message)

    sent = streams.Sent(send)
    await sent({"type": "http.response.start", "status": 200, "headers": []})
    assert (seen, sent.begun) == ([], False)
    await sent({"type": "http.response.body", "body": b"data:", "more_body": True})
    assert ([one["type"] for one in seen], sent.begun, sent.ended) == (
        ["http.response.start", "http.response.body"],
        True,
        False,
    )
    await sent({"type": "http.response.body", "body": b""})
    assert (len(seen), sent.ended) == (3, True)
