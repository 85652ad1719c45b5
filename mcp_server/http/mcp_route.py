"""`/mcp`: the MCP server, for whoever bears a valid key or token, and for as long as it is valid."""

from typing import Final

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mcp_server.callers import Who, calling
from mcp_server.http.bearer import NoKey, bearer
from mcp_server.http.guard import Refusal, answered
from mcp_server.http.message import read
from mcp_server.http.pages.render import told
from mcp_server.http.service import Service
from mcp_server.http.streams import MOST_LISTENING, Streams
from shared.model.account import Denied

_ALLOW: Final = {"Allow": "POST"}
_LISTEN: Final = "subscriptions/listen"
_FULL = Refusal(503, "too_many_streams", f"{MOST_LISTENING} streams are open: close one first")


class McpRoute:
    """An ASGI application: who calls is known before the SDK reads the request.

    It keeps no session, so there is nothing to stream by GET, and nothing to end by DELETE.
    """

    def __init__(self, service: Service, manager: StreamableHTTPSessionManager) -> None:
        self._service = service
        self._manager = manager
        self._streams = Streams(service)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = HTTPConnection(scope)
        who = await bearer(self._service, request)
        if isinstance(who, Denied) and who.refused_by == "key":
            await self._unknown()(scope, receive, send)
            return
        receive, error = await read(scope, receive)
        if error is not None:
            await Response(error, 400, media_type="application/json")(scope, receive, send)
        elif request.headers.get("mcp-method") != _LISTEN:
            await self._answer(who, request, receive, send, listens=False)
        elif self._streams.is_full(user := _user(who)):
            await answered(_FULL)(scope, receive, send)
        else:
            with self._streams.listening(user):
                await self._answer(who, request, receive, send, listens=True)

    async def _answer(
        self, who: Who, request: HTTPConnection, receive: Receive, send: Send, *, listens: bool
    ) -> None:
        async def work(send: Send) -> None:
            await self._manager.handle_request(request.scope, receive, send)

        token = calling.set(who)
        try:
            done = await self._streams.while_known(request, send, work, listens=listens)
        finally:
            calling.reset(token)
        if not done:
            await self._unknown()(request.scope, receive, send)

    def _unknown(self) -> JSONResponse:
        metadata = f"{self._service.public_url}/.well-known/oauth-protected-resource/mcp"
        return JSONResponse(
            {"error": "invalid_token", "error_description": NoKey(self._service, Denied("key")).line},
            401,
            {"WWW-Authenticate": f'Bearer error="invalid_token", resource_metadata="{metadata}"'},
        )


def _user(who: Who) -> object:
    return None if isinstance(who, Denied) else who.user_id


def routes(service: Service, manager: StreamableHTTPSessionManager) -> list[Route]:
    async def look(request: Request) -> Response:
        """A person who opens the address in a browser reads what it is for."""
        if "text/html" not in request.headers.get("accept", ""):
            raise HTTPException(405, headers=_ALLOW)
        page = told(
            "This address is for programs",
            "Give it to your editor as the address of an MCP server; it asks here by itself.",
            "It needs a key, or signs you in by your browser." if service.serves_pages else "It needs a key.",
            405,
            ("Your account", "/account") if service.serves_pages else None,
        )
        page.headers.update(_ALLOW)
        return page

    return [
        Route("/mcp", McpRoute(service, manager), methods=["POST"]),
        Route("/mcp", look, methods=["GET"]),
    ]
