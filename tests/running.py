"""A server of uvicorn's in the process of a test, for as long as a block lasts."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn


@asynccontextmanager
async def running(server: uvicorn.Server, listening: socket.socket) -> AsyncIterator[None]:
    """It answers on this socket, and has ended with the block."""
    task = asyncio.create_task(server._serve([listening]))
    try:
        while not server.started and not task.done():  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
        assert not task.done(), "the server did not start"
        yield
    finally:
        server.should_exit = True
        await task
