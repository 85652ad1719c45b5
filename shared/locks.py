"""File locks: the kernel frees them when their holder ends, however it ends.

The janitor imports this, and is to stay small: nothing here but the standard library's `os`, and `fcntl` or `msvcrt`.
"""

import os
import sys

if sys.platform == "win32":
    import msvcrt

    LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN = 1, 2, 4, 8
    _BEYOND = 0x7FFF0000
    """A byte that no file of ours has: Windows locks bytes, and keeps others from reading them."""

    def flock(lock: "FileDescriptorLike", how: int) -> None:
        file = lock if isinstance(lock, int) else lock.fileno()
        os.lseek(file, _BEYOND, os.SEEK_SET)
        mode = msvcrt.LK_UNLCK if how & LOCK_UN else msvcrt.LK_NBLCK if how & LOCK_NB else msvcrt.LK_LOCK
        try:
            msvcrt.locking(file, mode, 1)
        except OSError as error:
            raise BlockingIOError(*error.args) from error
else:
    from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, LOCK_UN, flock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike, StrPath


def open_lock(path: "StrPath") -> int:
    """A descriptor of the lock file, made if it is missing, not inherited by child processes."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def take(lock: "FileDescriptorLike") -> None:
    """Takes the lock; blocks until nobody else has it."""
    flock(lock, LOCK_EX)


def taken(lock: "FileDescriptorLike", *, shared: bool = False) -> bool:
    """Takes the lock if that needs no waiting."""
    try:
        flock(lock, (LOCK_SH if shared else LOCK_EX) | LOCK_NB)
    except BlockingIOError:
        return False
    return True


def give_back(lock: "FileDescriptorLike") -> None:
    """Gives the lock back, also for copies of the descriptor that a fork has made; it stays open."""
    flock(lock, LOCK_UN)


def free(lock: int) -> None:
    """Gives the lock back and closes its file."""
    give_back(lock)
    os.close(lock)


def is_held(path: "StrPath") -> bool:
    """Whether some process holds the lock exclusively."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not taken(lock, shared=True)
    finally:
        os.close(lock)
