"""`/mcp` as clients of the protocol and of plain HTTP see it."""

from collections.abc import Callable

import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http_service import serving

pytestmark = pytest.mark.anyio

TOOLS = ["resolve-library-id", "query-docs"]


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_bearer_of_a_key_is_shown_the_tools_in_both_eras(
    make_settings: Callable[..., IngestSettings], database: Database, mode: str
) -> None:
    key = await make_key(database)
    async with (
        serving(make_settings()) as service,
        service.client(key.key) as bearer,
        Client(streamable_http_client(f"{service.url}/mcp", http_client=bearer), mode=mode) as client,
    ):
        assert [tool.name for tool in (await client.list_tools()).tools] == TOOLS


async def test_a_key_is_required_whatever_the_settings_say(
    make_settings: Callable[..., IngestSettings],
) -> None:
    async with serving(make_settings(require_api_key="off")) as service, service.client() as nobody:
        answer = await nobody.post("/mcp", json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert f"`Authorization: Bearer KEY`; {service.url}/account makes keys" in answer.text


async def test_two_keys_in_one_request_are_none(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    keys = [await make_key(database) for _ in range(2)]
    headers = [("Authorization", f"Bearer {key.key}") for key in keys]
    async with serving(make_settings()) as service, service.client() as client:
        one = await client.get("/api/whoami", headers=headers[:1])
        both = await client.get("/api/whoami", headers=headers)
    assert (one.status_code, both.status_code) == (200, 401)


BAD = [
    ('{"jsonrpc": "2.0", "id": NaN, "method": "tools/list"}', -32700),
    ('{"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"a": [-Infinity]}}', -32700),
    ('{"jsonrpc": "2.0", "id": 1e999, "method": "tools/list"}', -32600),
    ('{"jsonrpc": "2.0", "id": 1.5, "method": "tools/list"}', -32600),
    ('{"jsonrpc": "2.0", "id": null, "method": "tools/list"}', -32600),
    ('{"jsonrpc": "2.0", "id": true, "method": "tools/list"}', -32600),
    ('{"jsonrpc": "2.0", "id": [1], "method": "tools/list"}', -32600),
    ('[{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}]', -32600),
    ("{", -32700),
    ("[" * 10_000, -32700),
]


async def test_what_is_no_message_is_an_error_for_its_sender_and_no_notification(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    key = await make_key(database)
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    async with serving(make_settings()) as service, service.client(key.key, headers=accept) as client:
        for text, code in BAD:
            answer = await client.post("/mcp", content=text)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, code), text
        told = '{"jsonrpc": "2.0", "method": "notifications/initialized"}'
        assert (await client.post("/mcp", content=told)).status_code == 202
        listed = await client.post("/mcp", json={"jsonrpc": "2.0", "id": "a", "method": "tools/list"})
        assert listed.status_code == 200
