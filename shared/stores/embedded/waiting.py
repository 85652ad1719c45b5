"""Waiting for another process that starts or stops the engines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.errors import EngineFailed
from shared.locks import free, open_lock, taken

PATIENCE = 90.0
"""Seconds; longer than either takes."""


async def wait_for(lock: int, path: Path, *, shared: bool = False) -> None:
    """Waits for the lock without blocking the loop. Raises EngineFailed after PATIENCE seconds."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    while not taken(lock, shared=shared):
        if clock() > deadline:
            raise EngineFailed(
                f"another process has been busy with the embedded engines for {PATIENCE:.0f} seconds",
                f"see which process holds {path}",
            )
        await asyncio.sleep(0.02)


@asynccontextmanager
async def exclusive(path: Path) -> AsyncIterator[None]:
    """Holds the lock for the body."""
    lock = open_lock(path)
    try:
        await wait_for(lock, path)
        yield
    finally:
        free(lock)
