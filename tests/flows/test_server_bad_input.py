"""Calls with arguments that cannot be right: each is told what to do, none needs a store."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from pydantic import SecretStr

from mcp_server.server import build
from shared.settings import IngestSettings

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    nowhere = SecretStr(f"postgresql:///none?host={tmp_path}")
    settings = IngestSettings(home=tmp_path, database_url=nowhere, require_api_key="off")
    async with Client(build(settings, warm_after=None), mode=request.param) as connected:
        yield connected


@pytest.mark.parametrize(
    "arguments",
    [
        {"libraryId": "/a/b", "query": ""},
        {"libraryId": "/a/b", "userQuery": " \n"},
        {"context7CompatibleLibraryID": "/a/b", "question": ""},
        {"libraryID": "/a/b"},
        {"libraryName": "/a/b", "query": None, "tokens": "", "topic": "unknown", "page": 3},
        {"libraryId": "/a/b", "query": "", "tokens": 10**9},
        {"libraryId": "/a/b", "query": "", "tokens": None},
        {"libraryId": "/a/b", "query": "", "tokens": "2000"},
    ],
)
async def test_lenient_arguments_reach_the_tool(client: Client, arguments: dict[str, Any]) -> None:
    result = await client.call_tool("query-docs", arguments)

    assert not result.is_error
    assert said(result) == (
        "The query is empty. Ask a full question, for example: How do I return JSON from a view function?"
    )
    assert result.structured_content == {
        "library_id": "/a/b",
        "version": "",
        "asked_version": None,
        "crawled": None,
        "snippets": [],
        "tokens": 0,
        "next_cursor": None,
        "partial": False,
        "message": said(result),
    }


async def test_the_older_tool_of_context7_is_called_by_its_names_and_is_not_listed(client: Client) -> None:
    result = await client.call_tool(
        "get-library-docs", {"context7CompatibleLibraryID": "/a/b", "topic": " ", "tokens": 5000}
    )

    assert said(result).startswith("The query is empty.")
    assert [tool.name for tool in (await client.list_tools()).tools] == ["resolve-library-id", "query-docs"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"libraryId": "/a/b", "version": "^", "query": "x"}, "'^' is not a version"),
        (
            {"libraryId": "/a/b/2.2", "version": "3", "query": "x"},
            "2.2 in the id, 3 as the version. Give one",
        ),
        ({"libraryId": "/a/b/2.2", "version": "2.2", "query": ""}, "The query is empty"),
        ({"libraryId": "/a/b", "version": None, "query": ""}, "The query is empty"),
    ],
)
async def test_a_version_beside_the_id_is_read_and_must_be_the_one_in_it(
    client: Client, arguments: dict[str, Any], told: str
) -> None:
    result = await client.call_tool("query-docs", arguments)

    assert not result.is_error
    assert told in said(result)


@pytest.mark.parametrize(
    "library_id", ["flask", "/a", "/a/b/c/d", "/a/b/ 1", "", "x" * 100_000, "/a/b\n/c", "/ä/b"]
)
async def test_a_malformed_id_is_told_with_an_example(client: Client, library_id: str) -> None:
    result = await client.call_tool("query-docs", {"libraryId": library_id, "query": "json"})

    assert not result.is_error
    assert "/pallets/flask" in said(result) or "use 1 to 50 letters" in said(result)
    assert len(said(result)) < 400
    assert result.structured_content
    assert result.structured_content["snippets"] == []


async def test_without_any_name_an_example_is_given(client: Client) -> None:
    result = await client.call_tool("resolve-library-id", {})

    assert said(result) == "The library name is empty. Give the name of a library, for example: Flask"
    assert result.structured_content == {"libraries": [], "not_indexed": [], "message": said(result)}


async def test_what_cannot_be_understood_at_all_is_an_error_that_names_the_argument(client: Client) -> None:
    result = await client.call_tool("query-docs", {"libraryId": {"id": "/a/b"}, "query": "x"})

    assert result.is_error
    assert said(result) == "`libraryId` must be a string, not an object"


async def test_a_list_of_texts_is_read_as_one_text(client: Client) -> None:
    result = await client.call_tool("query-docs", {"libraryId": ["no", "id"], "query": "x"})

    assert "'no id'" in said(result)


def said(result: Any) -> str:
    [content] = result.content
    text: str = content.text
    return text
