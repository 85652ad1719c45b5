"""Standard input and output as the event loop's own: no message waits for a thread. Unix only.

The SDK's transport hands each line to a thread and back, three times a call: a millisecond.
"""

import asyncio
import os
import select
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any, cast

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.stdio import stdio_server

from mcp_server.clean import readable

READ_BYTES = 1 << 16
WRITE_BYTES = 4096
"""What a pipe that can be written to takes without making us wait (PIPE_BUF on Linux)."""


async def serve(server: MCPServer[Any], given: "Input", taken: "Output") -> None:
    """Run the server until its input ends. Raises BrokenPipeError when the client reads no more."""
    lines = cast("anyio.AsyncFile[str]", given)
    async with stdio_server(lines, cast("anyio.AsyncFile[str]", taken)) as (read_stream, write_stream):
        lowlevel = server._lowlevel_server
        await lowlevel.run(read_stream, write_stream, lowlevel.create_initialization_options())


class Input:
    """Whole, readable lines of a descriptor; it also ends when `end` becomes readable, and reports its end."""

    def __init__(self, wire: int, end: int, ended: Callable[[], None]) -> None:
        self._wire = wire
        self._end = end
        self._ended = ended

    async def __aiter__(self) -> AsyncIterator[str]:
        begun = bytearray()
        while data := await self._read():
            head, newline, rest = data.rpartition(b"\n")
            if newline:
                whole = readable(bytes(begun) + head)
                begun.clear()
                for line in whole.split(b"\n"):
                    yield line.decode("utf-8", "replace")
            begun += rest
        self._ended()
        if begun:
            yield readable(bytes(begun)).decode("utf-8", "replace")

    async def _read(self) -> bytes:
        await _ready(self._wire, self._end, reading=True)
        if select.select([self._end], [], [], 0)[0]:
            return b""
        return os.read(self._wire, READ_BYTES)


class Output:
    """Writes text to a descriptor, as much at a time as it takes without blocking."""

    def __init__(self, wire: int) -> None:
        self._wire = wire

    async def write(self, text: str) -> None:
        rest = memoryview(text.encode("utf-8", "replace"))
        while rest:
            if not select.select([], [self._wire], [], 0)[1]:
                await _ready(self._wire, reading=False)
            rest = rest[os.write(self._wire, rest[:WRITE_BYTES]) :]

    async def flush(self) -> None:
        """Nothing is kept back."""


async def _ready(*descriptors: int, reading: bool) -> None:
    """Wait until one of them can be read, or written. A file always can; the loop does not watch files."""
    loop = asyncio.get_running_loop()
    add, remove = (loop.add_reader, loop.remove_reader) if reading else (loop.add_writer, loop.remove_writer)
    ready = asyncio.Event()
    try:
        for descriptor in descriptors:
            try:
                add(descriptor, ready.set)
            except PermissionError:
                ready.set()
        await ready.wait()
    finally:
        for descriptor in descriptors:
            with suppress(OSError):
                remove(descriptor)
