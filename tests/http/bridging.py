"""An editor on one end of a bridge, and services on the other that are not as they should be."""

import asyncio
import itertools
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio
import uvicorn

from mcp_server.bridge.bridge import Bridge
from mcp_server.bridge.message import VERSION
from mcp_server.credentials import Target
from tests.running import running

LEGACY, MODERN = "2025-11-25", "2026-07-28"
INITIALIZE: dict[str, Any] = {
    "protocolVersion": LEGACY,
    "capabilities": {},
    "clientInfo": {"name": "test", "version": "1"},
}
PATIENCE = 20.0


class Editor:
    """Writes lines, and reads those that come back."""

    def __init__(self) -> None:
        self._lines, self.given = anyio.create_memory_object_stream[str](100)
        self.told: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._numbers = itertools.count(1)

    async def write(self, text: str) -> None:
        assert text.count("\n") == 1
        self.told.put_nowait(json.loads(text))

    async def send(self, method: str, identity: object = None, **params: Any) -> None:
        self.send_now(method, identity, **params)

    def send_now(self, method: str, identity: object = None, *, modern: bool = False, **params: Any) -> None:
        """Whoever reads it had no time for anything between."""
        if modern:
            keys = {VERSION: MODERN, "io.modelcontextprotocol/clientCapabilities": {}}
            params["_meta"] = params.get("_meta", {}) | keys
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        self._lines.send_nowait(json.dumps(message | ({} if identity is None else {"id": identity})))

    async def read(self) -> dict[str, Any]:
        return await asyncio.wait_for(self.told.get(), PATIENCE)

    async def ask(self, method: str, *, modern: bool = False, **params: Any) -> dict[str, Any]:
        """The answer; nothing else may come before it."""
        identity = next(self._numbers)
        await self.send(method, identity, modern=modern, **params)
        answer = await self.read()
        assert answer["id"] == identity
        return answer

    async def call(self, tool: str, **more: Any) -> dict[str, Any]:
        modern = more.pop("modern", False)
        answer = await self.ask("tools/call", modern=modern, name=tool, arguments=more)
        result: dict[str, Any] = answer["result"]
        return result

    def end(self) -> None:
        self._lines.close()


@asynccontextmanager
async def bridged(target: Target | Callable[[], Target]) -> AsyncIterator[Editor]:
    """An editor that is connected to this service, with retries that do not wait."""
    editor = Editor()
    asked = (lambda: target) if isinstance(target, Target) else target
    async with asyncio.timeout(60), editor.given, anyio.create_task_group() as together:
        together.start_soon(Bridge(asked, editor.write, (0.0, 0.0)).run, editor.given)
        yield editor
        editor.end()


@asynccontextmanager
async def listening(app: Any, port: int = 0, **more: Any) -> AsyncIterator[str]:
    """The address of an application on this machine."""
    wire = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(
        uvicorn.Config(app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=1, **more)
    )
    async with running(server, wire):
        scheme = "https" if "ssl_certfile" in more else "http"
        yield f"{scheme}://127.0.0.1:{wire.getsockname()[1]}"


Send = Callable[[dict[str, Any]], Awaitable[None]]


def saying(status: int, kind: str, body: bytes, **headers: str) -> Callable[..., Awaitable[None]]:
    """An application that answers everything so."""

    async def app(scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Send) -> None:
        if scope["type"] != "http":
            raise NotImplementedError
        named = [(b"content-type", kind.encode())] + [
            (name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()
        ]
        await send({"type": "http.response.start", "status": status, "headers": named})
        await send({"type": "http.response.body", "body": body})

    return app
