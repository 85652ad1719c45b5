"""What every `doctor` says of the usage that is kept on this disk, and of the Redis that counts limits."""

import asyncio
import os
from pathlib import Path
from secrets import token_hex
from typing import Any

from shared.accounts import dropped
from shared.accounts.counters import Counters
from shared.accounts.spool import FOLDER, SET_ASIDE, spooled_for
from shared.counted import counted
from shared.disk import space_left
from shared.errors import LecternError
from shared.settings import Settings
from shared.stores.open import Stores

NO_EVICTION = "noeviction"
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


async def usage(settings: Settings) -> str:
    """The same for the home and database of these settings."""
    url = settings.database_url
    return await asyncio.to_thread(examine, settings.home, url.get_secret_value() if url else None)


async def eviction(stores: Stores[Any]) -> str:
    """The policy of the Redis that counts limits. Raises LecternError for one that evicts, and CountersUnavailable."""
    counters = Counters(stores.counters_url)
    try:
        policy = await counters.check()
    finally:
        await counters.close()
    if policy and policy != NO_EVICTION:
        raise LecternError(
            f"maxmemory-policy is {policy}: an evicted counter is a fresh limit",
            "set it to noeviction, or name another server in LECTERN_LIMITS_REDIS_URL",
        )
    return policy or "cannot be seen: this user may not run CONFIG GET"


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
