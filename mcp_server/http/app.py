"""The application: the routes of every room, and what is opened and closed around them."""

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mcp_server.backing import Backing
from mcp_server.http import health, mcp_route, metrics, webhooks, whoami
from mcp_server.http.account import routes as account
from mcp_server.http.api import routes as api
from mcp_server.http.guard import Guard, Refusal, answered, in_form
from mcp_server.http.hosts import Names, names
from mcp_server.http.limits import DATABASE_SECONDS, MCP_BYTES
from mcp_server.http.oauth import routes as oauth
from mcp_server.http.pages import assets
from mcp_server.http.service import Service
from mcp_server.http.sign_in import routes as sign_in
from mcp_server.server import build
from shared.errors import LecternError
from shared.settings import HttpSettings

log = logging.getLogger(__name__)

_AWAY = Refusal(503, "unavailable", "the service cannot answer now: try again in a moment")
_FAILED = Refusal(500, "failed", "the service failed: try again, and tell its operator if that does not help")


def application(
    settings: HttpSettings,
    public_url: str,
    *,
    serves_pages: bool = True,
    known: Names | None = None,
    origins: tuple[str, ...] = (),
    shows_metrics: bool = True,
) -> Starlette:
    """Nothing is opened before it starts. `known` are the names it answers to, `origins` other sites that may call it.

    Its state has `service` and `metrics`. Raises SettingsError.
    """
    backing = Backing(settings, settings.database_connections, DATABASE_SECONDS)
    service = Service(
        settings, backing, public_url, lambda: datetime.now(UTC), secrets.token_bytes, serves_pages
    )
    measured = metrics.Metrics(backing)
    backing.usage.heard = measured.record
    server = build(settings, backing=backing)
    server.streamable_http_app(  # makes its session manager; the routes are ours, and so are the checks
        stateless_http=True,
        max_request_body_size=MCP_BYTES,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    manager = server.session_manager

    @asynccontextmanager
    async def running(_app: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    app = Starlette(
        routes=[
            *health.routes(service),
            *(metrics.routes(measured) if shows_metrics else ()),
            *mcp_route.routes(service, manager),
            *api.routes(service),
            *whoami.routes(service),
            *oauth.routes(service),
            *sign_in.routes(service),
            *webhooks.routes(service),
            *assets.routes(service),
            *account.routes(service),
        ],
        middleware=[
            Middleware(ProxyHeadersMiddleware, trusted_hosts=list(settings.trusted_proxies)),
            Middleware(Guard, names=known or names(public_url), heard=measured.rejected),
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["GET", "POST"],
                allow_headers=["*"],
                expose_headers=["WWW-Authenticate", "Retry-After"],
            ),
        ],
        exception_handlers={
            HTTPException: in_form,
            ClientDisconnect: _gone,
            LecternError: _away,
            Exception: _failed,
        },
        lifespan=running,
    )
    # It would lead to http://, key and all, where a proxy's word is not believed.
    app.router.redirect_slashes = False
    app.state.service, app.state.metrics = service, measured
    return app


async def _gone(_request: Request, _error: Exception) -> Response:
    """Who went away in the middle of a body reads nothing, and nothing failed."""
    return Response(status_code=400)


async def _away(_request: Request, error: Exception) -> Response:
    """A store that is away: its line names hosts, so the log alone has it."""
    log.error("%s", error.line if isinstance(error, LecternError) else error)
    return answered(_AWAY, {"Retry-After": "5"})


async def _failed(_request: Request, _error: Exception) -> Response:
    return answered(_FAILED)
