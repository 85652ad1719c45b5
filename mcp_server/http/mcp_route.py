"""`/mcp`: the MCP server, for whoever bears a valid key or token."""

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mcp_server.callers import calling
from mcp_server.http.bearer import bearer
from mcp_server.http.service import Service
from mcp_server.refusals import Refused
from shared.model.account import Denied


class McpRoute:
    """An ASGI application: who calls is known before the SDK reads the request."""

    def __init__(self, service: Service, manager: StreamableHTTPSessionManager) -> None:
        self._service = service
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        who = await bearer(self._service, HTTPConnection(scope))
        if isinstance(who, Denied) and who.refused_by == "key":
            await self._unknown(who)(scope, receive, send)
            return
        token = calling.set(who)
        try:
            await self._manager.handle_request(scope, receive, send)
        finally:
            calling.reset(token)

    def _unknown(self, denied: Denied) -> JSONResponse:
        metadata = f"{self._service.public_url}/.well-known/oauth-protected-resource/mcp"
        return JSONResponse(
            {"error": "invalid_token", "error_description": Refused(denied).line},
            401,
            {"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{metadata}"'},
        )


def routes(service: Service, manager: StreamableHTTPSessionManager) -> list[Route]:
    return [Route("/mcp", McpRoute(service, manager), methods=["GET", "POST", "DELETE"])]
