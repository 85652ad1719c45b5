"""What the service offers, told by this installation while the service does not answer."""

from typing import Final

import httpx2

OPENING: Final = frozenset(
    {"initialize", "ping", "server/discover", "tools/list", "prompts/list", "resources/templates/list"}
)
"""Requests of an editor that starts: one that fails would leave it without the server until it starts again."""
_HERE: Final = "http://127.0.0.1:1/mcp"


async def offered(body: str, headers: dict[str, str]) -> str:
    """The answer to an opening request. Nothing is opened for it; the SDK is imported here, and only then."""
    from mcp_server.server import listing

    server = listing()
    app = server.streamable_http_app(stateless_http=True, json_response=True)
    async with (
        server.session_manager.run(),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client,
    ):
        answer = await client.post(_HERE, content=body.encode(), headers=headers)
    return answer.text
