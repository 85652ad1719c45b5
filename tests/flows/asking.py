"""Clients of a server: in this process, or of a process as an editor starts one; and what they were told."""

from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp import Client
from mcp.client.stdio import StdioServerParameters

from mcp_server.server import build
from shared.settings import IngestSettings
from tests.flows.server_process import COMMAND, environment


def in_memory(settings: IngestSettings, mode: str = "legacy") -> AbstractAsyncContextManager[Client]:
    return Client(build(settings, warm_after=None), mode=mode)


def over_stdio(settings: IngestSettings, **more: str) -> AbstractAsyncContextManager[Client]:
    """A client of a server process, as an editor starts one."""
    env = server_environment(settings, **more)
    return Client(StdioServerParameters(command=COMMAND[0], args=COMMAND[1:], env=env))


def server_environment(settings: IngestSettings, **more: str) -> dict[str, str]:
    assert settings.database_url
    assert settings.redis_url
    ours = {
        "database_url": settings.database_url.get_secret_value(),
        "redis_url": settings.redis_url.get_secret_value(),
        "require_api_key": settings.require_api_key,
    }
    if settings.embedding_model_path:
        ours["embedding_model_path"] = str(settings.embedding_model_path)
    return environment(settings.home, **ours | more)


def replace_settings(settings: IngestSettings, **more: Any) -> IngestSettings:
    return IngestSettings.model_validate(settings.model_dump() | more)


async def ask(client: Client, library_id: str, question: str) -> Any:
    return await client.call_tool("query-docs", {"libraryId": library_id, "query": question})


def data(result: Any) -> dict[str, Any]:
    assert result.structured_content is not None, said(result)
    content: dict[str, Any] = result.structured_content
    return content


def said(result: Any) -> str:
    [content] = result.content
    text: str = content.text
    return text
