"""The janitor: a small process that stops the engines when their last user has gone, however it went.

It needs the standard library only and is run as a script, apart from everything it could outlive. All
files are opened at the start, so that engines are stopped even after their home was deleted.
"""

import contextlib
import os
import signal
import sys
import time

if sys.platform != "win32":
    import fcntl

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
    users, starting = (_open(run, name) for name in ("users", "engines"))
    engines = {name: _open(run, name) for name in _STOPS}
    while True:
        fcntl.flock(users, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_UN)
        fcntl.flock(starting, fcntl.LOCK_EX)
        if os.path.exists(f"{run}/pinned"):  # noqa: PTH110
            break
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # somebody came in between
            fcntl.flock(starting, fcntl.LOCK_UN)
            continue
        for name, lock in engines.items():
            if not stop(name, lock):
                print(f"{name} does not stop", file=sys.stderr)  # noqa: T201
        for card in os.listdir(f"{run}/users") if os.path.isdir(run) else ():  # noqa: PTH112, PTH208
            os.unlink(f"{run}/users/{card}")  # noqa: PTH108 - left by users who were killed
        tidy(run, sockets)
        break
    # Before the other locks: whoever comes next must see that no janitor is left.
    os.close(own)


def tidy(run: str, sockets: str) -> None:
    """Removes the sockets' directory where it is one of its own, outside the home."""
    if sockets != run:
        with contextlib.suppress(OSError):
            os.rmdir(sockets)  # noqa: PTH106


def _open(run: str, name: str) -> int:
    return os.open(f"{run}/{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)


def _granted(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(lock, fcntl.LOCK_UN)
    return True


def _kill(lock: int, signum: signal.Signals) -> None:
    pid = os.pread(lock, 20, 0).strip()
    if pid.isdigit():
        try:
            os.kill(int(pid), signum)
        except (ProcessLookupError, PermissionError):
            return  # it has ended, its children are about to


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2], int(os.environ["LOCK_DESCRIPTOR"]))
