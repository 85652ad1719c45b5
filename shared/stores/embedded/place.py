"""Where the engines live under LECTERN_HOME: one private directory for data, sockets, locks and logs."""

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared.disk import space_left
from shared.errors import EngineFailed

SOCKET_BYTES = 100
"""A socket's path must be shorter than this: macOS takes 103 bytes, Linux 107."""

SHORT_PATHS = Path("/tmp")  # noqa: S108 - not tempfile's: all clients must agree, whatever their TMPDIR says


FULL_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Place:
    """The directories of one home's engines. They exist, are ours and are closed to others."""

    home: Path
    root: Path
    run: Path
    logs: Path
    users: Path
    sockets: Path

    @property
    def pinned(self) -> Path:
        return self.run / "pinned"

    def lock(self, name: str) -> Path:
        return self.run / f"{name}.lock"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"


def place_of(home: Path) -> Place:
    """The engines' place under `home`, made if missing. Raises EngineFailed if it cannot be ours alone."""
    home = home.expanduser().absolute().resolve()
    with disk_errors(home):
        home.mkdir(parents=True, exist_ok=True)
        root = home / "engines"
        run = root / "run"
        for directory in (root, run, run / "users", root / "log"):
            _private(directory)
        sockets = run if _fits_a_url_and_a_socket(run) else _private(_short(home))
    return Place(home, root, run, root / "log", run / "users", sockets)


@contextmanager
def disk_errors(home: Path) -> Iterator[None]:
    """Turns what the file system refuses under `home` into an EngineFailed that says what to do."""
    try:
        yield
    except OSError as error:
        raise disk_failure(home, error.errno or 0, error.filename) from error


def disk_failure(home: Path, code: int, path: object = None) -> EngineFailed:
    """The EngineFailed for an errno met under `home`."""
    match code:
        case errno.ENOSPC | errno.EDQUOT:
            return EngineFailed(
                f"no space is left for the embedded engines in {home}{space_left(code, home)}",
                "free some disk space",
            )
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return EngineFailed(
                f"{path or home} cannot be written",
                "make it yours or set LECTERN_HOME to a directory of your own",
            )
        case errno.ENOTDIR | errno.EEXIST:
            return EngineFailed(
                f"{path or home} is not a directory", "move it away or set LECTERN_HOME to another place"
            )
        case errno.ENOTSUP | errno.EOPNOTSUPP | errno.ENOLCK | errno.ENOSYS:
            return EngineFailed(
                f"the file system of {home} lacks file locks or Unix sockets",
                "set LECTERN_HOME to a local disk",
            )
    return EngineFailed(
        f"the embedded engines cannot use {path or home}: {os.strerror(code)}", f"look at {home}"
    )


def _private(directory: Path) -> Path:
    directory.mkdir(mode=0o700, exist_ok=True)
    try:
        found = directory.lstat()
    except FileNotFoundError:  # a janitor that ends has removed it in between
        return _private(directory)
    if not stat.S_ISDIR(found.st_mode):
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(directory))
    if found.st_uid != os.geteuid():
        raise EngineFailed(
            f"{directory} belongs to another user (id {found.st_uid})",
            "run as that user or set LECTERN_HOME to a directory of your own",
        )
    if found.st_mode & 0o077:
        directory.chmod(0o700)
    return directory


def _fits_a_url_and_a_socket(run: Path) -> bool:
    """Postgres reads commas and quotes in a socket directory as its own syntax; URLs want valid text."""
    longest = os.fsencode(run / ".s.PGSQL.5432")
    return len(longest) < SOCKET_BYTES and re.fullmatch(r"[\w/. +-]+", str(run)) is not None


def _short(home: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return SHORT_PATHS / f"lectern-{os.geteuid()}-{digest}"
