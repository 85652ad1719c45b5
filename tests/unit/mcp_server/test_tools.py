"""What a client sees of the server before it calls anything."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from mcp_server.server import build
from shared.settings import IngestSettings

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    async with Client(build(IngestSettings(home=tmp_path), warm_after=None), mode=request.param) as connected:
        yield connected


async def test_two_tools_are_listed_in_the_order_in_which_they_are_called(client: Client) -> None:
    listed = (await client.list_tools()).tools

    assert [tool.name for tool in listed] == ["resolve-library-id", "query-docs"]


async def test_the_published_arguments_are_plain_types_and_those_of_context7_are_required(
    client: Client,
) -> None:
    resolve, query = (await client.list_tools()).tools

    assert resolve.input_schema["required"] == ["query", "libraryName"]
    assert query.input_schema["required"] == ["libraryId", "query"]
    assert types_of(resolve.input_schema) == {"query": "string", "libraryName": "string"}
    assert types_of(query.input_schema) == {
        "libraryId": "string",
        "query": "string",
        "tokens": "integer",
        "cursor": "string",
    }
    assert "500 to 20000" in query.input_schema["properties"]["tokens"]["description"]


async def test_the_tools_are_harmless_and_say_so(client: Client) -> None:
    for tool in (await client.list_tools()).tools:
        assert tool.title
        assert tool.annotations
        assert tool.annotations.read_only_hint is True
        assert tool.annotations.destructive_hint is False
        assert tool.annotations.idempotent_hint is True


async def test_descriptions_are_paragraphs_without_the_indentation_of_the_source(client: Client) -> None:
    for tool in (await client.list_tools()).tools:
        assert tool.description
        assert "\n " not in tool.description


async def test_the_instructions_name_the_tools_in_order(client: Client) -> None:
    assert client.instructions
    assert client.instructions.index("resolve-library-id") < client.instructions.index("query-docs")


def types_of(schema: dict[str, Any]) -> dict[str, str]:
    return {name: argument["type"] for name, argument in schema["properties"].items()}
