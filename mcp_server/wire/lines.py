"""Standard input and output as the event loop's own: no message waits for a thread. Unix only.

The SDK's transport hands each line to a thread and back, three times a call: a millisecond.
"""

import asyncio
import fcntl
import os
import select
import termios
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

from mcp_server.wire.clean import readable
from mcp_server.wire.malformed import MOST_BYTES, refusal, too_long

READ_BYTES = 1 << 16
WRITE_BYTES = 4096
"""What a pipe that can be written to takes without making us wait (PIPE_BUF on Linux)."""
_CAPACITY = getattr(fcntl, "F_GETPIPE_SZ", None)


class Input:
    """Readable messages of a descriptor, a line each; it also ends when `end` becomes readable, and reports its end.

    What is no message is refused by an error line, before the next line is read: a flood of them takes no memory.
    """

    def __init__(
        self, wire: int, end: int, ended: Callable[[], None], refuse: Callable[[str], Awaitable[None]]
    ) -> None:
        self._wire = wire
        self._end = end
        self._ended = ended
        self._refuse = refuse

    async def __aiter__(self) -> AsyncIterator[str]:
        async for raw in self._lines():
            line = readable(raw).decode("utf-8", "replace").removeprefix("\ufeff")
            if error := refusal(line) if len(raw) <= MOST_BYTES else too_long():
                await self._refuse(error)
            else:
                yield line

    async def _lines(self) -> AsyncIterator[bytes]:
        """Whole lines; what goes beyond MOST_BYTES of one is not kept, but for a byte that tells."""
        begun = bytearray()
        while data := await self._read():
            *ends, rest = data.split(b"\n")
            for end in ends:
                yield bytes(begun + end)
                begun.clear()
            begun += rest
            del begun[MOST_BYTES + 1 :]
        self._ended()
        if begun:
            yield bytes(begun)

    async def _read(self) -> bytes:
        await _ready(self._wire, self._end, reading=True)
        if select.select([self._end], [], [], 0)[0]:
            return b""
        return os.read(self._wire, READ_BYTES)


class Output:
    """Writes texts to a descriptor, one after the other, as much at a time as it takes without blocking."""

    def __init__(self, wire: int) -> None:
        self._wire = wire
        self._turn = asyncio.Lock()

    async def write(self, text: str) -> None:
        rest = memoryview(text.encode("utf-8", "replace"))
        async with self._turn:
            while rest:
                if not select.select([], [self._wire], [], 0)[1]:
                    await _ready(self._wire, reading=False)
                rest = rest[os.write(self._wire, rest[: _room(self._wire)]) :]

    async def flush(self) -> None:
        """Nothing is kept back."""


def _room(wire: int) -> int:
    """Bytes that can be written at once where something can: all that a pipe holds, if it is known to be empty.

    Each write wakes the reader: a reply in one piece is there sooner than in six.
    """
    try:
        if _CAPACITY and not any(fcntl.ioctl(wire, termios.FIONREAD, bytes(4))):
            return fcntl.fcntl(wire, _CAPACITY)
    except OSError:  # no pipe
        pass
    return WRITE_BYTES


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
