"""Usage records on this disk until the database has them: an append-only file for each process, below LECTERN_HOME.

The kernel frees a file's lock when its process ends, however it ends; whoever comes by then delivers what is left.
"""

import errno
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from urllib.parse import parse_qs, urlsplit

from shared import locks
from shared.accounts import spooled
from shared.accounts.dropped import Dropped
from shared.disk import space_left
from shared.model.account import UsageRecord

log = logging.getLogger(__name__)

FOLDER = "usage"
SET_ASIDE = "set-aside.jsonl"
MOST_BYTES = 256_000_000
"""Of all files of one home."""
MOST_ROWS = 1_000
"""Records in one batch."""

_NAME = re.compile(r"([0-9a-f]{12})-[0-9a-f]{16}\.jsonl")
_AT_ONCE = 1 << 20
_UNSEEN = 1 << 16
"""So much is appended before this process looks again at what others have."""
_NEAR = 16_000_000
"""So near to the most, it looks before each line."""
_FLAGS = os.O_RDWR | os.O_APPEND | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that is no record, and why."""

    line: bytes
    why: str


@dataclass(frozen=True, slots=True)
class Batch:
    """The next lines of a file, up to the byte `end`."""

    records: tuple[UsageRecord, ...]
    unread: tuple[Unread, ...]
    end: int


class SpoolFile:
    """One file, while this process holds its lock. Used by one thread. Errors: OSError."""

    def __init__(self, path: Path, file: int) -> None:
        self.path = path
        self._file = file
        self._done = 0

    @classmethod
    def made(cls, path: Path) -> "SpoolFile | None":
        """A new file; None where another process took it for an orphan before it was locked."""
        file = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
        return cls._locked(path, file)

    @classmethod
    def adopted(cls, path: Path) -> "SpoolFile | None":
        """An orphan; None where its process runs, or another adopts it, or it is gone."""
        try:
            file = os.open(path, _FLAGS)
        except FileNotFoundError:
            return None
        return cls._locked(path, file)

    @classmethod
    def _locked(cls, path: Path, file: int) -> "SpoolFile | None":
        if locks.taken(file) and os.fstat(file).st_nlink:
            return cls(path, file)
        os.close(file)
        return None

    @property
    def is_gone(self) -> bool:
        """Whether somebody deleted it."""
        return not os.fstat(self._file).st_nlink

    def append(self, line: bytes) -> None:
        """The whole line, or nothing of it."""
        before = os.fstat(self._file).st_size
        if (written := os.write(self._file, line)) != len(line):
            os.ftruncate(self._file, before)
            raise OSError(errno.ENOSPC, f"{os.strerror(errno.ENOSPC)}, after {written} bytes")

    def read(self) -> Batch | None:
        """Of what is not delivered, the oldest; None where nothing is. A torn last line is none.

        Raises spooled.Newer.
        """
        size = os.fstat(self._file).st_size
        most = _AT_ONCE
        while True:
            chunk = self._chunk(most)
            lines = chunk.split(b"\n")[:-1][:MOST_ROWS]
            if lines or self._done + most >= size:
                break
            most *= 2
        if not lines:
            return None
        records, unread = [], []
        for line in lines:
            try:
                records.append(spooled.record(line))
            except spooled.Unreadable as error:
                unread.append(Unread(line, str(error)))
        return Batch(tuple(records), tuple(unread), self._done + sum(map(len, lines)) + len(lines))

    def delivered(self, batch: Batch) -> None:
        """The batch is in the database; once all is, the file is empty."""
        self._done = batch.end
        if self._done == os.fstat(self._file).st_size:
            os.ftruncate(self._file, 0)
            self._done = 0

    def rest(self) -> bytes:
        """What is not delivered."""
        return self._chunk(os.fstat(self._file).st_size)

    def remove(self) -> None:
        """Delete the file, of which all is delivered; the lock is held until `release`."""
        with suppress(OSError):  # on Windows an open file stays, and is empty
            self.path.unlink(missing_ok=True)

    def release(self) -> None:
        locks.free(self._file)
        self._file = -1  # which no other file ever is

    def _chunk(self, most: int) -> bytes:
        os.lseek(self._file, self._done, os.SEEK_SET)
        return os.read(self._file, most)


class Spool:
    """What one process appends, and what others left. Used by one thread.

    `database_url` is where the rows are to go (None is the embedded database): rows of other databases are let be.
    """

    def __init__(self, home: Path, database_url: str | None, *, most_bytes: int = MOST_BYTES) -> None:
        self.place = home / FOLDER
        self._database_url = database_url
        self._most_bytes = most_bytes
        self._own: SpoolFile | None = None
        self._dropped = Dropped(self.place)
        self._bytes = 0
        self._unseen = most_bytes
        self._is_told = False

    def append(self, record: UsageRecord) -> None:
        """Keep a record. One that cannot be kept is dropped: counted, and told once until another is kept."""
        line = spooled.line(record)
        try:
            own = self._made()
            self._check_room(len(line))
            own.append(line)
        except OSError as error:
            self._drop(error)
        else:
            self._is_told = False

    @property
    def own(self) -> SpoolFile | None:
        """This process's file, if it has appended anything."""
        return self._own

    def orphans(self) -> Iterator[SpoolFile]:
        """Files of processes that ended, for the same database, each locked; the caller releases them."""
        for path in spooled_for(self.place, self._database_url)[0]:
            if self._own and path == self._own.path:
                continue
            try:
                found = SpoolFile.adopted(path)
            except OSError as error:
                log.info("%s is left alone: %s", path, error.strerror)
                continue
            if found:
                yield found

    def set_aside(self, line: bytes, why: str) -> None:
        """Keep a row that the database will never take in a file of its own, for a person."""
        try:
            kept = spooled.set_aside(line, why)
            self._check_room(len(kept))
            file = os.open(self.place / SET_ASIDE, _FLAGS | os.O_CREAT, 0o600)
            try:
                locks.take(file)
                SpoolFile(self.place / SET_ASIDE, file).append(kept)
            finally:
                os.close(file)
        except OSError as error:
            self._drop(error)

    def close(self) -> None:
        """Leave what is not delivered to others."""
        self._dropped.keep()
        if self._own:
            if not self._own.rest():
                self._own.remove()
            self._own.release()
            self._own = None

    def _made(self) -> SpoolFile:
        if self._own and not self._own.is_gone:
            return self._own
        lost, self._own = self._own, None
        self.place.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._dropped.prepare()
        while self._own is None:
            name = f"{destination(self._database_url)}-{token_hex(8)}.jsonl"
            self._own = SpoolFile.made(self.place / name)
        if lost:
            self._own.append(lost.rest())
            lost.release()
        return self._own

    def _check_room(self, more: int) -> None:
        if self._unseen >= _UNSEEN or self._bytes + self._unseen > self._most_bytes - _NEAR:
            self._bytes, self._unseen = sum(map(_size, self._paths())), 0
        if self._bytes + self._unseen + more > self._most_bytes:
            raise OSError(errno.EDQUOT, f"its {self._most_bytes / 1e6:,.0f} MB are full")
        self._unseen += more

    def _paths(self) -> list[Path]:
        """Of all files here."""
        return list(self.place.iterdir()) if self.place.is_dir() else []

    def _drop(self, error: OSError) -> None:
        why = f"{error.strerror or error}{space_left(error.errno, self.place)}"
        self._dropped.add(why)
        if not self._is_told:
            self._is_told = True
            log.warning(
                "usage cannot be kept in %s (%s): calls are answered and not counted;"
                " free disk space or start the database, `ingest doctor` shows more",
                self.place,
                why,
            )


def destination(database_url: str | None) -> str:
    """A database's part of a file's name: the same for each role and password, and it tells nothing."""
    if database_url is None:
        return sha256(b"embedded").hexdigest()[:12]
    parts = urlsplit(database_url)
    query = parse_qs(parts.query)
    said = [
        parts.hostname or "",
        str(parts.port or ""),
        parts.path,
        *query.get("host", ()),
        *query.get("port", ()),
    ]
    return sha256("\n".join(said).encode()).hexdigest()[:12]


def spooled_for(place: Path, database_url: str | None) -> tuple[list[Path], list[Path]]:
    """The files of this database, and those of others."""
    ours, here = destination(database_url), place.iterdir() if place.is_dir() else ()
    named = [(path, name) for path in sorted(here) if (name := _NAME.fullmatch(path.name))]
    return [path for path, name in named if name[1] == ours], [
        path for path, name in named if name[1] != ours
    ]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
