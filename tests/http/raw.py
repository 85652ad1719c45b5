"""HTTP as bytes on a socket, for what no client of HTTP would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

PATIENCE = 20.0


class Wire:
    """A connection to the service."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, host: str) -> None:
        self._reader, self._writer, self._host = reader, writer, host

    async def send(self, data: bytes) -> None:
        """HOST stands for the service's own name."""
        self._writer.write(data.replace(b"HOST", self._host.encode()))
        await self._writer.drain()

    async def line(self) -> bytes:
        async with asyncio.timeout(PATIENCE):
            return await self._reader.readline()

    async def rest(self) -> bytes:
        """All that comes until the service closes the connection."""
        read = b""
        with suppress(ConnectionError):  # closed with something of ours unread
            async with asyncio.timeout(PATIENCE):
                while part := await self._reader.read(1 << 16):
                    read += part
        return read


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Wire]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Wire(reader, writer, parts.netloc)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def exchanged(url: str, request: bytes) -> list[int]:
    """The statuses of all answers to these bytes, on one connection that the service closes in the end."""
    async with connected(url) as wire:
        with suppress(ConnectionError):  # refused before all was read
            await wire.send(request)
        said = await wire.rest()
    return [int(line.split()[1]) for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.1 ")]
