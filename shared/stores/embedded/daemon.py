"""Starting a program that outlives us, and finding it again by the lock that it holds.

A daemon inherits an exclusive lock on its own file and writes its process id there. The kernel keeps
the lock until the daemon and all its children are gone, so "the lock is held" is "it runs", with no
guess about ids that were used again, zombies or half-dead process groups.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from shared.errors import EngineFailed
from shared.locks import open_lock, taken

LOG_BYTES = 1_000_000

# The outer shell ends at once, so that the daemon is nobody's child and leaves no zombie.
_DETACH = """sh -c 'echo $$ >"$0"; exec "$@"' "$0" "$@" &"""


def launch(lock: Path, command: Sequence[str], log: Path, stale: Sequence[Path] = ()) -> bool:
    """Starts `command` as the daemon of `lock`; False if one runs. `stale` files of a dead one go first."""
    descriptor = open_lock(lock)
    try:
        if not taken(descriptor):
            return False
        for path in stale:
            path.unlink(missing_ok=True)
        os.truncate(descriptor, 0)
        with log.open("ab") as output:
            subprocess.run(
                ["/bin/sh", "-c", _DETACH, str(lock), *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env={**environment(), "LOCK_DESCRIPTOR": str(descriptor)},
                cwd="/",
                umask=0o077,
                pass_fds=[descriptor],
                start_new_session=True,
                check=True,
            )
        return True
    finally:
        os.close(descriptor)


async def run(command: Sequence[str], feed: bytes = b"") -> tuple[int, str]:
    """Runs a program to its end: exit code and everything it printed. A cancelled caller kills it."""
    process = subprocess.Popen(  # noqa: ASYNC220 - a child watcher of asyncio would need a thread as well
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        cwd="/",
        umask=0o077,
    )
    try:
        output, _ = await asyncio.to_thread(process.communicate, feed)
    except BaseException:
        process.kill()
        raise
    return process.returncode, output.decode(errors="replace")


def environment() -> Mapping[str, str]:
    """What a server may know: a PGPORT or LANG of the process that came first is not its business."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def without_root(command: Sequence[str]) -> list[str]:
    """The command so that it does not see itself as root, which PostgreSQL refuses. Files stay root's."""
    if os.geteuid() != 0:
        return list(command)
    if sys.platform != "linux" or shutil.which("unshare") is None:
        raise EngineFailed(
            "PostgreSQL does not run as root", "run as an ordinary user or set LECTERN_DATABASE_URL"
        )
    return ["unshare", "--user", "--map-user=65534", "--map-group=65534", *command]


def trimmed(log: Path) -> int:
    """Puts a log aside that has grown too long; the size of what is left, in bytes."""
    size = log.stat().st_size if log.exists() else 0
    if size < LOG_BYTES:
        return size
    log.replace(log.with_suffix(".old"))
    return 0
