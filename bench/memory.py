"""What a process holds in memory, as Linux counts it."""

import re
from dataclasses import dataclass
from pathlib import Path

_LINE = re.compile(r"^(Rss|Pss|Anonymous):\s+(\d+) kB", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes (10^6 bytes)."""

    anonymous: float
    """Its own: nobody else has it, and no file behind it."""
    rss: float
    """All that it has mapped and touched, the files of indexes too."""
    pss: float
    """The same, with what is shared divided among those who share it."""


def memory_of(pid: int) -> Memory | None:
    """None where the system does not tell (it is not Linux)."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return None
    found = {name: int(kilobytes) * 1024 / 1e6 for name, kilobytes in _LINE.findall(rollup)}
    return Memory(found["Anonymous"], found["Rss"], found["Pss"])
