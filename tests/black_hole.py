"""A way to PostgreSQL that a test closes without a word: what is sent on it arrives nowhere, and nothing comes back."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit


class BlackHole:
    """`url` leads to the same database; `open.clear()` swallows all that is said from then on."""

    def __init__(self, database_url: str) -> None:
        self.open = asyncio.Event()
        self.open.set()
        self.url = ""
        self._behind = urlsplit(database_url)
        self._running: set[asyncio.Task[None]] = set()

    async def taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._running.add(task)
        with suppress(ConnectionError, asyncio.CancelledError):
            host = parse_qs(self._behind.query)["host"][0]
            port = parse_qs(self._behind.query).get("port", ["5432"])[0]
            behind, onward = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
            await asyncio.gather(self._passed(reader, onward), self._passed(behind, writer))
        self._running.discard(task)

    async def _passed(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()

    async def end(self) -> None:
        for task in self._running:
            task.cancel()
        if self._running:
            await asyncio.wait(self._running)


@asynccontextmanager
async def black_hole(database_url: str) -> AsyncIterator[BlackHole]:
    made = BlackHole(database_url)
    server = await asyncio.start_server(made.taken, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    made.url = f"postgresql://postgres@127.0.0.1:{port}{urlsplit(database_url).path}?sslmode=disable"
    try:
        yield made
    finally:
        server.close()
        await made.end()
