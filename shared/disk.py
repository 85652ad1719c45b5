"""How much space a disk has left, and files that are written whole."""

import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO


def free_megabytes(path: Path) -> int | None:
    """Of the disk that holds a path, which need not be there; None where that cannot be told."""
    for place in (path, *path.absolute().parents):
        try:
            return shutil.disk_usage(place).free >> 20
        except FileNotFoundError:
            continue
        except OSError:
            break
    return None


def space_left(code: int | None, path: Path) -> str:
    """` (12 MB free)` after a failure for want of space; nothing after any other."""
    free = free_megabytes(path) if code == errno.ENOSPC else None
    return "" if free is None else f" ({free:,} MB free)"


def write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing; a file that was there keeps its rights, a device takes it as it comes. Raises OSError."""
    with whole(path) as file:
        file.write(content)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """The same of what is written in the block: it is there once that ended well."""
    place = path.resolve()
    try:
        rights = place.stat().st_mode if place.exists() else stat.S_IFREG | 0o600
        if not stat.S_ISREG(rights):
            with _closing(place.open("wb")) as file:
                yield file
            return
        handle, name = tempfile.mkstemp(prefix=f".{place.name[:100]}.", dir=place.parent)
        aside = Path(name)
        try:
            with _closing(os.fdopen(handle, "wb")) as file:
                yield file
            aside.chmod(stat.S_IMODE(rights))
            aside.replace(place)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
    except OSError as error:
        error.filename = str(path)
        raise


@contextmanager
def _closing(file: IO[bytes]) -> Iterator[IO[bytes]]:
    """Where the block failed, what waits to be written is not tried once more: it would fail anew."""
    try:
        yield file
    except BaseException:
        with suppress(OSError):
            file.close()
        raise
    file.close()
