"""How fast the machine itself is just now: what others do on the same host shows nowhere else."""

import os
import time

PATIENCE_SECONDS = 300
PAUSE_SECONDS = 3


def pace() -> float:
    """Milliseconds of a plain loop."""
    began = time.perf_counter()
    total = 0
    for number in range(3_000_000):
        total += number
    return (time.perf_counter() - began) * 1000


def wait_for_quiet() -> float:
    """Wait, for some minutes at most, until the loop takes no longer than the PACE asked for; the last one it took."""
    wanted = float(os.environ.get("PACE", "inf"))
    until = time.monotonic() + PATIENCE_SECONDS
    while (now := pace()) > wanted and time.monotonic() < until:
        time.sleep(PAUSE_SECONDS)
    return now
