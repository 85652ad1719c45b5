"""Limits of one task, and how the kernel enforces them. All but the value runs in a worker."""

import math
import resource
import time
from dataclasses import dataclass
from pathlib import Path

GIBIBYTE = 1 << 30
_UNLIMITED = resource.RLIM_INFINITY


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one task: seconds of processor time, and bytes above what the prepared, idle worker holds.

    Processor time is rounded up to whole seconds: the kernel counts no finer. Memory is unlimited at None, and
    where the system counts none (macOS).
    """

    seconds: float
    memory: int | None = None


def apply(limits: Limits, idle: int | None) -> None:
    """Let this process use so much more from now on. The kernel ends it by SIGXCPU, whatever it is doing."""
    _soften(resource.RLIMIT_CPU, math.ceil(time.process_time() + limits.seconds))
    if limits.memory is not None and idle is not None:
        _soften(resource.RLIMIT_DATA, idle + limits.memory)


def data_size() -> int | None:
    """Bytes that RLIMIT_DATA counts of this process now; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[5])
    except (OSError, IndexError, ValueError):
        return None
    return pages * resource.getpagesize()


def _soften(kind: int, wanted: int) -> None:
    """Set the soft limit; a hard limit that somebody else set stays, and is not exceeded."""
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (wanted if hard == _UNLIMITED else min(wanted, hard), hard))
