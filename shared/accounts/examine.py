"""What `doctor` says of the usage that is kept on this disk."""

import os
from pathlib import Path
from secrets import token_hex

from shared.accounts import dropped
from shared.accounts.spool import FOLDER, SET_ASIDE, spooled_for
from shared.counted import counted
from shared.disk import space_left
from shared.errors import LecternError

_PROBE = b"\n" * 4096


def examine(home: Path, database_url: str | None) -> str:
    """How many rows wait for this database. Raises LecternError where rows were lost or need a person."""
    place = home / FOLDER
    try:
        _check_writable(place)
        known = dropped.drops(place)
        aside = _lines(place / SET_ASIDE)
        ours, others = spooled_for(place, database_url)
        waiting = sum(map(_lines, ours))
        elsewhere = sum(map(_lines, others))
    except OSError as error:
        why = f"{error.strerror or error}{space_left(error.errno, place)}"
        raise LecternError(
            f"usage cannot be kept in {place} ({why}): calls are answered and not counted",
            "free disk space, or let this user write there",
        ) from error
    if known.rows:
        raise LecternError(
            f"{counted(known.rows, 'usage row')} dropped, the last at {known.last} ({known.why})",
            f"mend that, then remove {place / dropped.NAME}",
        )
    if aside:
        raise LecternError(
            f"{counted(aside, 'usage row')} set aside, which the database refused",
            f"each says why in {place / SET_ASIDE}; remove that file once you have seen to them",
        )
    told = f"{counted(waiting, 'row')} {'waits' if waiting == 1 else 'wait'} for the database"
    if elsewhere:
        told += f", {elsewhere:,} for another database than the settings name"
    return told


def _check_writable(place: Path) -> None:
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    probe = place / f"probe-{token_hex(8)}"
    file = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if os.write(file, _PROBE) < len(_PROBE):
            os.write(file, _PROBE)  # says why
    finally:
        os.close(file)
        probe.unlink()


def _lines(path: Path) -> int:
    try:
        with path.open("rb") as lines:
            return sum(1 for _ in lines)
    except FileNotFoundError:
        return 0
