"""How much space a disk has left."""

import errno
import shutil
from pathlib import Path


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
