"""Using the embedded engines: attach brings them up, and as long as anyone is attached they stay.

Every client holds a shared lock, which the kernel frees however the client ends. Starting and stopping
happens under one exclusive lock. A janitor process waits until nobody is left, and stops the servers.
"""

import os
import sys
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from shared import locks
from shared.errors import EngineFailed
from shared.stores.embedded import janitor
from shared.stores.embedded.daemon import launch, trimmed
from shared.stores.embedded.engine import Engine, EngineName, start
from shared.stores.embedded.place import Place, disk_errors, place_of
from shared.stores.embedded.postgres import POSTGRES
from shared.stores.embedded.valkey import REDIS
from shared.stores.embedded.waiting import exclusive, wait_for

ENGINES: dict[EngineName, Engine] = {"postgres": POSTGRES, "redis": REDIS}
BOTH: frozenset[EngineName] = frozenset(ENGINES)


@dataclass(frozen=True)
class Endpoints:
    """The URLs of a home's engines, over Unix sockets; they serve once they were ensured."""

    database_url: str
    redis_url: str


class Attachment:
    """One user's hold on the engines of a home. Any number may exist, in one process or many."""

    def __init__(self, place: Place, pg_bin: Path | None = None) -> None:
        self._place = place
        self._pg_bin = pg_bin
        self._held: list[int] = []
        self._card: Path | None = None
        self.endpoints = Endpoints(POSTGRES.url(place), REDIS.url(place))

    async def ensure(self, name: EngineName) -> str:
        """The engine's URL, once it serves; starts it (again) if it does not. Raises EngineFailed."""
        engine = ENGINES[name]
        with disk_errors(self._place.home):
            if not await engine.answers(engine.socket(self._place)):
                async with exclusive(self._place.lock("engines")):
                    await start(engine, self._place, self._pg_bin)
            launch_janitor(self._place)
        return engine.url(self._place)

    def release(self) -> None:
        """Gives the hold back; the last one out leaves the stopping to the janitor. May be called twice."""
        if not self._held:
            return
        with disk_errors(self._place.home):
            try:
                if self._place.run.is_dir():
                    launch_janitor(self._place)
                if self._card:
                    self._card.unlink(missing_ok=True)
            finally:
                while self._held:
                    locks.free(self._held.pop())

    async def _hold(self, application: str) -> None:
        path = self._place.lock("users")
        users = locks.open_lock(path)
        self._held.append(users)
        await wait_for(users, path, shared=True)
        card, name = tempfile.mkstemp(prefix=f"{os.getpid()}-", dir=self._place.users)
        self._held.append(card)
        self._card = Path(name)
        await wait_for(card, self._card)
        os.write(card, application.encode())


async def attach(
    home: Path,
    *,
    pg_bin: Path | None = None,
    want: Collection[EngineName] = BOTH,
    application: str | None = None,
) -> Attachment:
    """A hold on the engines of `home`, those of `want` serving. Raises EngineFailed with one clear line.

    `application` is what `ingest down` calls this process; by default the name of its program.
    """
    attachment = Attachment(supported_place(home), pg_bin)
    try:
        with disk_errors(home):
            await attachment._hold(application or Path(sys.argv[0]).name)
        for name in sorted(want):
            await attachment.ensure(name)
    except BaseException:
        attachment.release()
        raise
    return attachment


def supported_place(home: Path) -> Place:
    """The place of this home's engines. Raises EngineFailed where they cannot run at all."""
    if sys.platform == "win32":
        raise EngineFailed(
            "the embedded engines need Linux, macOS or WSL2",
            "set LECTERN_DATABASE_URL and LECTERN_REDIS_URL to servers",
        )
    return place_of(home)


# A janitor that is killed comes back: who kills it together with the last user would leave the engines running.
_AGAIN = 'while "$@"; [ $? -gt 128 ]; do sleep 1; done'


def launch_janitor(place: Place) -> None:
    """Starts the janitor unless one lives, under a shell that starts it again when a signal ended it."""
    lock, log = place.lock("janitor"), place.log("janitor")
    if locks.is_held(lock):
        return
    trimmed(log)
    command = [sys.executable, "-I", "-S", janitor.__file__, str(place.run), str(place.sockets)]
    launch(lock, ["/bin/sh", "-c", _AGAIN, "janitor", *command], log)
