"""What Lectern keeps on disk is its owner's alone: new files by the process's umask, older ones by being closed."""

import os
import re
import stat
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from shared.settings import IngestSettings
from shared.stores.archives import archive_name, local_path

AT_ONCE = 5_000
"""So many files are looked at, the highest first, by a command that has other things to do: 50 ms."""
_OURS = ("engines", "models", "snapshots", "usage", "vectors")
_OPEN = 0o077
_ARCHIVE = re.compile(archive_name("[0-9a-f]{8}"))
_ARCHIVE_DEPTH = 3
"""Folders above an archive: organisation, project, version."""
_OF_THE_DISK = "lost+found"

Found = tuple[str, os.stat_result]


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of files that others could read."""

    closed: int = 0
    others: tuple[str, ...] = ()
    """They belong to other users, so they are left alone, open or not."""
    open: tuple[str, ...] = ()
    """Ours, but the file system keeps no such rights."""


def keep_private() -> None:
    """From now on this process, and every one that it starts, makes files for its own user only."""
    os.umask(_OPEN)


def close(settings: IngestSettings, most: int | None = None) -> Closing:
    """Take from others what rights they have to files of ours under the home and in a snapshot directory.

    After `most` files without an open one it stops. Links are not followed.
    """
    if os.name != "posix":
        return Closing()
    me, closed = os.geteuid(), 0
    others, refused = [], []
    places = chain(_home(settings.home.resolve()), _snapshots(settings.snapshot_url))
    for number, (path, found) in enumerate(places):
        if number == most and not closed:
            break
        if found.st_uid != me:
            others.append(path)
        elif found.st_mode & _OPEN:
            if _closed(path, found.st_mode):
                closed += 1
            else:
                refused.append(path)
    return Closing(closed, tuple(others), tuple(refused))


def is_own(home: Path) -> bool:
    """Whether a directory may be Lectern's alone: everybody's, one's own whole, or the program's is not."""
    around = {Path.home(), Path(sys.prefix), Path(sys.base_prefix), Path(__file__)}
    shared = any(place.resolve().is_relative_to(home) for place in around)
    return not shared and not home.lstat().st_mode & stat.S_ISVTX


def _home(home: Path) -> Iterator[Found]:
    if not home.is_dir():
        return
    for place in [home] if is_own(home) else [home / name for name in _OURS]:
        yield from _below(place)


def _below(root: Path) -> Iterator[Found]:
    """A directory and all that is in it, itself first: whoever closes it, has no one change what comes next."""
    if not root.is_dir() or root.is_symlink():
        return
    yield str(root), root.lstat()
    waiting = deque([str(root)])
    while waiting:
        for entry, found in _entries(waiting.popleft()):
            yield entry.path, found
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                waiting.append(entry.path)


def _snapshots(url: str | None) -> Iterator[Found]:
    """A directory of snapshots may lie among an operator's other files: only archives, and what holds nothing else."""
    root = local_path(url) if url else None
    if root and root.is_dir():
        found, alone = _archives(str(root))
        if alone and is_own(root):
            yield str(root), root.lstat()
        yield from reversed(found)  # a folder before what is in it


def _archives(folder: str, depth: int = 0) -> tuple[list[Found], bool]:
    """Archives below a folder with the folders that hold nothing else, and whether this one holds nothing else."""
    below, alone = [], True
    for entry, found in _entries(folder):
        if depth < _ARCHIVE_DEPTH and stat.S_ISDIR(found.st_mode):
            more, ours = _archives(entry.path, depth + 1)
            below += more
        else:
            ours = depth == _ARCHIVE_DEPTH and bool(_ARCHIVE.fullmatch(entry.name))
        if ours:
            below.append((entry.path, found))
        alone = alone and ours
    return below, alone


def _entries(folder: str) -> Iterator[tuple["os.DirEntry[str]", os.stat_result]]:
    """What is in a folder, without links; what goes meanwhile is passed over."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError:
                    continue
                if not stat.S_ISLNK(found.st_mode) and entry.name != _OF_THE_DISK:
                    yield entry, found
    except OSError:
        return


def _closed(path: str, mode: int) -> bool:
    """Whether it is closed now; executables stay executable for their owner."""
    try:
        os.chmod(path, mode & stat.S_IRWXU)  # noqa: PTH101 - Path costs as much as the rest
        return not os.lstat(path).st_mode & _OPEN
    except FileNotFoundError:
        return True
    except OSError:
        return False
