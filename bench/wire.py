"""A raw MCP client: JSON lines over the pipes of a server process, with next to no time of its own."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
MOST_BYTES = 1 << 24
INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "bench", "version": "1"},
}


class Failed(Exception):
    """The server's answer was an error."""


class Wire:
    """One server process. Calls may overlap."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process
        self._next = 0
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._reading = asyncio.create_task(self._read())

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The result of a request. Raises Failed."""
        self._next += 1
        number = self._next
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        self._write({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        message = await answer
        if "error" in message:
            raise Failed(json.dumps(message["error"]))
        result: dict[str, Any] = message["result"]
        return result

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a tool. Raises Failed."""
        result = await self.ask("tools/call", name=tool, arguments=arguments)
        if result.get("isError"):
            raise Failed(result["content"][0]["text"])
        return result

    async def timed(self, tool: str, **arguments: Any) -> float:
        """Milliseconds of one call, from the request's first byte to the answer's last, read as JSON."""
        began = time.perf_counter()
        await self.call(tool, **arguments)
        return (time.perf_counter() - began) * 1000

    async def open(self) -> None:
        await self.ask("initialize", **INITIALIZE)
        self._write({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def _write(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _read(self) -> None:
        assert self._process.stdout
        while line := await self._process.stdout.readline():
            message = json.loads(line)
            if waiting := self._waiting.pop(message.get("id"), None):
                waiting.set_result(message)
        for waiting in self._waiting.values():
            waiting.set_exception(Failed("the server ended"))

    async def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        await self._process.wait()
        await self._reading


@asynccontextmanager
async def server(home: Path, *command: str, env: Mapping[str, str] | None = None) -> AsyncIterator[Wire]:
    """A server as an editor starts it, by default ours, with the opening handshake done."""
    program = command or (sys.executable, "-P", "-m", "mcp_server")
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *program,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=kept | {"PYTHONPATH": str(ROOT), "LECTERN_HOME": str(home)} | dict(env or {}),
        limit=MOST_BYTES,
    )
    wire = Wire(process)
    try:
        await wire.open()
        yield wire
    finally:
        await wire.close()
