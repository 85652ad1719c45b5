"""How many usage rows of this home were dropped: one small file, that a full disk still lets be rewritten."""

import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from shared import locks

NAME = "dropped.json"
VERSION = 1
_BYTES = 512
"""The file has this size from the start: to fill it needs no room."""
_MOST_WHY = 200


@dataclass(frozen=True, slots=True)
class Drops:
    """How many rows, when the last one was, and why."""

    version: int = VERSION
    rows: int = 0
    last: str = ""
    why: str = ""


class Dropped:
    """Counts what this process drops, in the file once that can be written."""

    def __init__(self, place: Path) -> None:
        self._path = place / NAME
        self._waiting = Drops()

    def prepare(self) -> None:
        """Make the file while the disk has room. Raises OSError."""
        if not self._path.exists():
            _add(self._path, Drops())

    def add(self, why: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self._waiting = Drops(rows=self._waiting.rows + 1, last=now, why=why[:_MOST_WHY])
        self.keep()

    def keep(self) -> None:
        """Write what is not written yet; what cannot be is tried again at the next drop."""
        if not self._waiting.rows:
            return
        try:
            _add(self._path, self._waiting)
        except OSError:
            return
        self._waiting = Drops()


def drops(place: Path) -> Drops:
    """What was dropped in this home, of all processes. Raises OSError."""
    try:
        return _read((place / NAME).read_bytes())
    except FileNotFoundError:
        return Drops()


def _add(path: Path, more: Drops) -> None:
    file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
    try:
        locks.take(file)
        known = _read(os.read(file, _BYTES))
        told = Drops(rows=known.rows + more.rows, last=more.last or known.last, why=more.why or known.why)
        os.lseek(file, 0, os.SEEK_SET)
        os.write(file, json.dumps(asdict(told)).encode()[: _BYTES - 1].ljust(_BYTES - 1) + b"\n")
    finally:
        os.close(file)


def _read(text: bytes) -> Drops:
    """None were dropped, where nothing can be read: a count that is torn stops nobody from counting on."""
    try:
        return TypeAdapter(Drops).validate_json(text)
    except ValidationError:
        return Drops()
