"""Processor time of a server and of the embedded engines that answer it, as Linux counts it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Processor:
    """Seconds since each process began; those of PostgreSQL are summed over its processes."""

    server: float
    postgres: float
    redis: float

    def since(self, before: "Processor", calls: int) -> "Processor":
        """Milliseconds a call, of so many calls."""
        spent = (
            self.server - before.server,
            self.postgres - before.postgres,
            self.redis - before.redis,
        )
        return Processor(*(seconds / calls * 1000 for seconds in spent))


def processor_of(pid: int, home: Path) -> Processor | None:
    """Of the server with this process id and the engines of its home; None where the system does not tell."""
    if not PROC.is_dir():
        return None
    postgres = redis = 0.0
    commands = dict(_commands())
    postmasters = {
        one for one, command in commands.items() if f"{home}/" in command and "/postgres " in command
    }
    for one, command in commands.items():
        if one in postmasters or _parent(one) in postmasters:
            postgres += _seconds(one)
        elif f"{home}/" in command and "valkey" in command.partition(" ")[0]:
            redis += _seconds(one)
    return Processor(_seconds(pid), postgres, redis)


def _commands() -> Iterator[tuple[int, str]]:
    for entry in PROC.iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except (OSError, UnicodeDecodeError):
                continue


def _stat(pid: int) -> list[str]:
    """What stands behind the name of a process; nothing of one that has ended."""
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _parent(pid: int) -> int:
    found = _stat(pid)
    return int(found[1]) if found else 0


def _seconds(pid: int) -> float:
    found = _stat(pid)
    return (int(found[11]) + int(found[12])) / os.sysconf("SC_CLK_TCK") if found else 0.0
