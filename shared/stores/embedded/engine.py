"""What PostgreSQL and Redis have in common: how an engine is described, and started under the lock."""

import asyncio
import errno
import os
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from shared.errors import EngineFailed
from shared.locks import is_held, open_lock, taken
from shared.stores.embedded.daemon import launch, trimmed
from shared.stores.embedded.janitor import stop
from shared.stores.embedded.place import FULL_DISK, Place, disk_failure, place_of

EngineName = Literal["postgres", "redis"]

START_SECONDS = 60.0
UNREACHABLE_SECONDS = 5.0


@dataclass(frozen=True)
class Launch:
    """A server's command line, and the files that a dead one leaves and that would hinder it."""

    command: list[str]
    stale: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Engine:
    """One of the two servers, as functions of its place."""

    name: EngineName
    title: str
    socket: Callable[[Place], Path]
    url: Callable[[Place], str]
    answers: Callable[[Path], Awaitable[bool]]
    """Whether the server at this socket serves: asked by connecting, an id proves nothing."""
    prepare: Callable[[Place, Path | None], Awaitable[Launch]]


async def start(engine: Engine, place: Place, pg_bin: Path | None) -> None:
    """Brings the engine up from whatever state; the caller holds the engines' lock. Raises EngineFailed."""
    clock = asyncio.get_running_loop().time
    began = clock()
    lock, log, address = place.lock(engine.name), place.log(engine.name), engine.socket(place)
    launched, offset, pause = False, 0, 0.02
    while not await engine.answers(address):
        if not is_held(lock):
            if launched:
                raise failed(engine.title, _since(log, offset), place, log)
            _check(place_of(place.home))
            recipe = await engine.prepare(place, pg_bin)
            offset = trimmed(log)
            launched = launch(lock, recipe.command, log, recipe.stale)
        elif not launched and not address.exists() and clock() - began > UNREACHABLE_SECONDS:
            await asyncio.to_thread(stop_engine, engine.name, place)  # somebody has removed its socket
            began = clock()
        elif clock() - began > START_SECONDS:
            raise EngineFailed(
                f"the embedded {engine.title} runs but has not answered for {START_SECONDS:.0f} seconds",
                f"it may be busy with recovery: see {log} and try again, or end it with `ingest down --force`",
            )
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def stop_engine(name: EngineName, place: Place) -> None:
    """Stops the engine if it runs; blocks. Raises EngineFailed if it stays."""
    lock = open_lock(place.lock(name))
    if not stop(name, lock):
        raise EngineFailed(f"{name} does not stop", f"see {place.log(name)}")


def failed(title: str, output: str, place: Place, log: Path) -> EngineFailed:
    """The EngineFailed for what a server or its tools printed."""
    if re.search(r"No space left on device|Check free disk space", output):
        return disk_failure(place.home, errno.ENOSPC)
    lines = [line.strip() for line in output.splitlines() if line.strip() and "is starting up" not in line]
    telling = [line for line in lines if re.search(r"FATAL: |PANIC: |error: ", line)]
    reason = (telling[:1] or lines[-1:] or ["it ended without a word"])[0]
    reason = re.sub(r"^.*?((FATAL|PANIC|error): | # )\s*", "", reason).rstrip(".")
    return EngineFailed(f"the embedded {title} does not start: {reason}", f"see {log}")


def _check(place: Place) -> None:
    """That the home's file system can do what everything here rests on."""
    local = "set LECTERN_HOME to a local disk"
    locks = [open_lock(place.lock("check")) for _ in range(2)]
    try:
        if [taken(lock) for lock in locks] != [True, False]:
            raise EngineFailed(f"file locks do not work in {place.home}", local)
    finally:
        for lock in locks:
            os.close(lock)
    address = place.sockets / "check.sock"
    address.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(str(address))
        except OSError as error:
            if error.errno in FULL_DISK:
                raise
            raise EngineFailed(f"the file system of {place.sockets} has no Unix sockets", local) from error
    address.unlink()


def _since(log: Path, offset: int) -> str:
    with log.open("rb") as lines:
        lines.seek(offset)
        return lines.read(100_000).decode(errors="replace")
