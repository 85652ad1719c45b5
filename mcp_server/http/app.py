"""The application: the routes of every room, and what is opened and closed around them."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from mcp_server.backing import Backing
from mcp_server.http import mcp_route
from mcp_server.http.account import routes as account
from mcp_server.http.api import routes as api
from mcp_server.http.oauth import routes as oauth
from mcp_server.http.pages import assets
from mcp_server.http.service import Service
from mcp_server.http.sign_in import routes as sign_in
from mcp_server.server import build
from shared.settings import HttpSettings


def application(settings: HttpSettings, public_url: str, *, serves_pages: bool = True) -> Starlette:
    """Nothing is opened before it starts."""
    backing = Backing(settings)
    service = Service(
        settings, backing, public_url, lambda: datetime.now(UTC), secrets.token_bytes, serves_pages
    )
    server = build(settings, backing=backing)
    server.streamable_http_app(stateless_http=True)  # makes its session manager; the routes are ours
    manager = server.session_manager

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    return Starlette(
        routes=[
            Route("/healthz", _live),
            *mcp_route.routes(service, manager),
            *api.routes(service),
            *oauth.routes(service),
            *assets.routes(service),
            *account.routes(service),
            *sign_in.routes(service),
        ],
        lifespan=running,
    )


async def _live(_request: Request) -> Response:
    return PlainTextResponse("ok\n")
