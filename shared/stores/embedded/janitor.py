"""The janitor: a small process that stops the engines when their last user has gone, however it went.

It needs the standard library and the locks only, and is run as a script, apart from everything it could
outlive. All files are opened at the start, so that engines are stopped even after their home was deleted.
"""

import contextlib
import os
import signal
import sys
import time

if not __package__:  # as a script
    sys.path.append(__file__.rsplit("/", 4)[0])

from shared.locks import give_back, open_lock, take, taken

if sys.platform != "win32":
    # What ends a server: first the gentle way, then harder ones, each with its seconds to work.
    _STOPS: dict[str, tuple[tuple[signal.Signals, float], ...]] = {
        "redis": ((signal.SIGTERM, 10), (signal.SIGKILL, 5)),
        "postgres": ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 5)),
    }


def stop(name: str, lock: int) -> bool:
    """Stops the engine whose lock file is open as `lock`; whether it is gone. Blocks up to 45 seconds."""
    for signum, seconds in _STOPS[name]:
        if _granted(lock):
            return True
        _kill(lock, signum)
        deadline = time.monotonic() + seconds
        while not _granted(lock) and time.monotonic() < deadline:
            time.sleep(0.01)
    return _granted(lock)


def watch(run: str, sockets: str, own: int) -> None:
    """Waits until nobody uses the engines of the directory `run`, stops them and returns. `own`: our lock."""
    users, starting, *servers = (open_lock(f"{run}/{name}.lock") for name in ("users", "engines", *_STOPS))
    while True:
        take(users)
        give_back(users)
        take(starting)
        if os.path.exists(f"{run}/pinned"):  # noqa: PTH110
            break
        if not taken(users):  # somebody came in between
            give_back(starting)
            continue
        for name, lock in zip(_STOPS, servers, strict=True):
            if not stop(name, lock):
                print(f"{name} does not stop", file=sys.stderr)  # noqa: T201
        for card in os.listdir(f"{run}/users") if os.path.isdir(run) else ():  # noqa: PTH112, PTH208
            os.unlink(f"{run}/users/{card}")  # noqa: PTH108 - left by users who were killed
        tidy(run, sockets)
        break
    # Before the other locks, and for the shell above us: whoever comes next must see that no janitor is left.
    give_back(own)


def tidy(run: str, sockets: str) -> None:
    """Removes the sockets' directory where it is one of its own, outside the home."""
    if sockets != run:
        with contextlib.suppress(OSError):
            os.rmdir(sockets)  # noqa: PTH106


def _granted(lock: int) -> bool:
    free = taken(lock)
    if free:
        give_back(lock)
    return free


def _kill(lock: int, signum: signal.Signals) -> None:
    pid = os.pread(lock, 20, 0).strip()
    if pid.isdigit():
        try:
            os.kill(int(pid), signum)
        except (ProcessLookupError, PermissionError):
            return  # it has ended, its children are about to


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2], int(os.environ["LOCK_DESCRIPTOR"]))
