"""The service over HTTP on a free port of this machine, in the process of a test."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
from starlette.applications import Starlette

from mcp_server.http.app import application
from mcp_server.http.hosts import names
from mcp_server.http.listener import Listener
from shared.accounts.roles import HTTP, Roles
from shared.settings import HttpSettings, Settings
from shared.stores.postgres import Database
from shared.stores.redis import connect, disconnect
from tests.running import running

PATIENCE = 30.0


class Running(NamedTuple):
    """A service that answers at `url`."""

    url: str
    app: Starlette
    listener: Listener | None = None

    def client(self, key: str | None = None, **more: Any) -> httpx2.AsyncClient:
        """Whoever bears this key."""
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        return httpx2.AsyncClient(
            base_url=self.url, headers=headers | more.pop("headers", {}), timeout=PATIENCE, **more
        )


def http_settings(settings: Settings, **more: Any) -> HttpSettings:
    """Those of the stores of a test, and what it adds."""
    return HttpSettings.model_validate(settings.model_dump() | more)


async def as_the_service(settings: Settings) -> str:
    """The address of the database, for the role of the service and with its rights."""
    assert settings.database_url
    url = settings.database_url.get_secret_value()

    async def locate() -> str:
        return url

    owner = Database(locate, "tests")
    await Roles(owner).apply()
    await owner.close()
    return f"{url}{'&' if '?' in url else '?'}options={quote(f'-c role={HTTP}')}"


async def _forget_strangers(settings: Settings) -> None:
    """Tests share a Redis and an address: what others presented there counts for nothing."""
    if settings.redis_url:
        client = await connect(settings.redis_url.get_secret_value(), PATIENCE)
        await client.delete("sign_in:unknown:127.0.0.1")
        await disconnect(client)


@asynccontextmanager
async def serving(
    settings: Settings, *, serves_pages: bool = True, origins: tuple[str, ...] = (), **more: Any
) -> AsyncIterator[Running]:
    """The service for as long as the block lasts; `more` are settings."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    await _forget_strangers(settings)
    app = application(
        http_settings(settings, **more),
        url,
        serves_pages=serves_pages,
        known=names(url, "127.0.0.1", port, origins),
        origins=origins,
    )
    server = Listener(app, PATIENCE, app.state.service.draining.set)
    async with running(server, listening):
        yield Running(url, app, server)
