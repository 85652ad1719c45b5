"""The service over HTTP on a free port of this machine, in the process of a test."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import httpx2
from starlette.applications import Starlette

from mcp_server.http.app import application
from mcp_server.http.hosts import names
from mcp_server.http.listener import Listener
from shared.settings import HttpSettings, Settings

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


@asynccontextmanager
async def serving(
    settings: Settings, *, serves_pages: bool = True, origins: tuple[str, ...] = (), **more: Any
) -> AsyncIterator[Running]:
    """The service for as long as the block lasts; `more` are settings."""
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    app = application(
        http_settings(settings, **more),
        url,
        serves_pages=serves_pages,
        known=names(url, "127.0.0.1", port, origins),
        origins=origins,
    )
    server = Listener(app, PATIENCE, app.state.service.draining.set)
    running = asyncio.create_task(server._serve([listening]))
    try:
        while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        assert not running.done(), "the service did not start"
        yield Running(url, app, server)
    finally:
        server.should_exit = True
        await running
