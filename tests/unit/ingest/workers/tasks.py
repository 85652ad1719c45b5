"""What the tests let workers do."""

import ctypes
import os
import re
import signal
import time
from pathlib import Path

from shared.errors import NotADocument, NoText


def pid() -> int:
    return os.getpid()


def add(one: int, other: int) -> int:
    return one + other


def spin() -> None:
    while True:
        pass


def spin_with_the_lock_held() -> None:
    """One long call into C: no Python code runs meanwhile, no signal handler, no other thread."""
    re.fullmatch(r"(a|a)*b", "a" * 60)


def sleep(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def hoard(mebibytes: int) -> int:
    return len(bytearray(mebibytes << 20))


def refuse() -> None:
    raise NoText("for a test", ["https://docs.example/next"])


def break_down() -> None:
    raise ValueError("an odd page")


def nest(depth: int = 0) -> int:
    return nest(depth + 1) + 1


def kill_itself(number: int) -> None:
    os.kill(os.getpid(), number)
    time.sleep(60)


def abort() -> None:
    os.abort()


def leave(status: int) -> None:
    os._exit(status)


def unpackable() -> object:
    return lambda: None


def print_much() -> None:
    os.write(1, b"not for a person")
    os.write(2, b"nor this")


def deaf_to() -> list[int]:
    """Signals that this process does not hear."""
    return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, []))


def niceness() -> int:
    return os.nice(0)


def dumpable() -> int:
    """Whether the kernel would write down our memory."""
    found: int = ctypes.CDLL(None).prctl(3, 0, 0, 0, 0)
    return found


def refuse_to_start() -> None:
    raise NotADocument("not prepared")


def burn(seconds: float) -> int:
    """So much processor time."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return os.getpid()


def nap() -> int:
    return sleep(60)


_kept = bytearray()


def prepare_long() -> None:
    """More time and memory than a task may use."""
    global _kept
    burn(2)
    _kept = bytearray(200 << 20)


def kept() -> int:
    return len(_kept)


def be_ready_the_first_time(mark: Path) -> None:
    """Of several that start, one is ready at once and the others never are."""
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        time.sleep(600)


def die_the_first_time(mark: Path) -> None:
    if not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
