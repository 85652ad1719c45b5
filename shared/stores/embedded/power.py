"""Keeping the engines up without a user, and taking them down: `ingest up` and `ingest down`."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from shared import locks
from shared.stores.embedded.engine import stop_engine
from shared.stores.embedded.engines import ENGINES, Endpoints, attach, launch_janitor, supported_place
from shared.stores.embedded.janitor import tidy
from shared.stores.embedded.place import Place, disk_errors
from shared.stores.embedded.waiting import exclusive


@dataclass(frozen=True)
class User:
    """A process that is attached to the engines."""

    pid: int
    application: str


@dataclass(frozen=True)
class Outcome:
    """Whether the engines are stopped, and if not, who uses them."""

    stopped: bool
    users: tuple[User, ...] = ()


async def up(home: Path, *, pg_bin: Path | None = None) -> Endpoints:
    """Starts both engines and pins them: they stay when their last user has gone. Raises EngineFailed."""
    attachment = await attach(home, pg_bin=pg_bin)
    try:
        with disk_errors(home):
            supported_place(home).pinned.touch()
    finally:
        attachment.release()
    return attachment.endpoints


async def down(home: Path, *, force: bool = False) -> Outcome:
    """Unpins the engines and stops them, unless somebody uses them: then they stop with the last of these.

    With `force` they are stopped under their users' feet. Raises EngineFailed.
    """
    if not (home / "engines").is_dir():
        return Outcome(stopped=True)
    place = supported_place(home)
    with disk_errors(home):
        async with exclusive(place.lock("engines")):
            place.pinned.unlink(missing_ok=True)
            users = locks.open_lock(place.lock("users"))
            try:
                idle = not any(locks.is_held(place.lock(name)) for name in ENGINES)
                if force or idle or locks.taken(users):
                    for name in ENGINES:
                        await asyncio.to_thread(stop_engine, name, place)
                    tidy(str(place.run), str(place.sockets))
                    return Outcome(stopped=True)
            finally:
                locks.free(users)
            launch_janitor(place)
            return Outcome(stopped=False, users=attached(place))


def attached(place: Place) -> tuple[User, ...]:
    """Who is attached now. A card that nobody holds is of a process that was killed."""
    users = {}
    for card in sorted(place.users.iterdir()):
        with suppress(FileNotFoundError):
            if locks.is_held(card):
                pid = int(card.name.partition("-")[0])
                users[pid] = User(pid, card.read_text())
    return tuple(users.values())
