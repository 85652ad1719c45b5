"""File locks: the kernel frees them when their holder ends, however it ends."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from shared.errors import EngineFailed

if sys.platform != "win32":
    import fcntl

PATIENCE = 90.0
"""Seconds to wait for another process that starts or stops the engines; longer than either takes."""


def open_lock(path: Path) -> int:
    """A descriptor of the lock file, made if it is missing, not inherited by child processes."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def taken(lock: int, *, shared: bool = False) -> bool:
    """Takes the lock if that needs no waiting."""
    try:
        fcntl.flock(lock, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def free(lock: int) -> None:
    """Gives the lock back, also for copies of the descriptor that a fork has made."""
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock exclusively."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not taken(lock, shared=True)
    finally:
        os.close(lock)


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
