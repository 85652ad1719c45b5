"""What a client may list besides the tools, before any store is opened."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError
from mcp.types import INVALID_PARAMS

from mcp_server.server import build
from shared.settings import IngestSettings

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["legacy", "auto"])
async def client(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Client]:
    async with Client(build(IngestSettings(home=tmp_path), warm_after=None), mode=request.param) as connected:
        yield connected


async def test_libraries_versions_and_pages_can_be_attached(client: Client) -> None:
    listed = (await client.list_resource_templates()).resource_templates

    assert [template.uri_template for template in listed] == [
        "lectern://library/{org}/{project}",
        "lectern://library/{org}/{project}/{version}",
        "lectern://page/{org}/{project}/{version}{?url,part}",
    ]
    assert {template.mime_type for template in listed} == {"text/markdown"}
    assert all(template.title and template.description for template in listed)


async def test_the_prompt_names_its_arguments_and_that_both_are_needed(client: Client) -> None:
    [prompt] = (await client.list_prompts()).prompts

    assert prompt.name == "answer-with-current-docs"
    assert prompt.arguments
    assert [(argument.name, argument.required) for argument in prompt.arguments] == [
        ("library", True),
        ("question", True),
    ]
    assert all(argument.description for argument in prompt.arguments)


@pytest.mark.parametrize(
    ("library", "step"),
    [
        ("flask", "Call resolve-library-id with libraryName 'flask'"),
        ("/pallets/flask/2.2", "Call query-docs with libraryId /pallets/flask/2.2"),
    ],
)
async def test_the_prompt_holds_the_question_and_asks_for_the_tools(
    client: Client, library: str, step: str
) -> None:
    arguments = {"library": library, "question": "How do I return JSON?\x00"}
    [message] = (await client.get_prompt("answer-with-current-docs", arguments)).messages

    assert message.role == "user"
    assert message.content.type == "text"
    assert f"\n\nHow do I return JSON?\n\n{step}" in message.content.text


async def test_a_prompt_or_page_that_is_not_there_is_an_error_and_the_server_lives(client: Client) -> None:
    for uri in ("lectern://nothing", "lectern://library/a", "lectern://library/../b", "file:///etc/passwd"):
        with pytest.raises(MCPError, match="Unknown resource"):
            await client.read_resource(uri)
    for name, arguments in (("no-such-prompt", {}), ("answer-with-current-docs", {"library": "flask"})):
        with pytest.raises(MCPError) as caught:
            await client.get_prompt(name, arguments)
        assert caught.value.error.code == INVALID_PARAMS

    assert (await client.list_tools()).tools


async def test_lists_say_how_long_they_are_good_for(tmp_path: Path) -> None:
    server = build(IngestSettings(home=tmp_path), warm_after=None)
    async with Client(server, mode="auto") as client:
        lists: list[Any] = [
            await client.list_tools(),
            await client.list_prompts(),
            await client.list_resource_templates(),
        ]

    assert {(found.ttl_ms, found.cache_scope) for found in lists} == {(3_600_000, "public")}
