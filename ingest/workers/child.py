"""What runs in a worker: tasks in turn, until the parent says no more or is gone."""

import ctypes
import os
import pickle
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from ingest.workers import limits
from ingest.workers.limits import Limits
from shared.errors import LecternError

_SET_DEATH_SIGNAL, _SET_DUMPABLE = 1, 4
_SIGKILL = 9
NICE = 5
"""Whoever asks on this machine meanwhile is answered first."""


@dataclass(frozen=True, slots=True)
class Start:
    """The setup of a worker: what it loads before its first task, and the limits of each task."""

    prepare: Callable[[], object] | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class Done:
    result: Any


@dataclass(frozen=True, slots=True)
class Refused:
    """The task, or the preparation, raised an error that it means to raise."""

    error: LecternError


@dataclass(frozen=True, slots=True)
class Broke:
    """The task raised what nobody expected."""

    reason: str
    trace: str


@dataclass(frozen=True, slots=True)
class OutOfMemory:
    """The last word of a worker: it ends, since what it holds is out of order."""


Task = Callable[[], Any]
Reply = Done | Refused | Broke | OutOfMemory


def main(tasks: int, lifeline: int, parent: int) -> None:
    """Serve the task connection, and die with the parent process, however that ends.

    `tasks` and `lifeline` are descriptors of our ends of two pipes, `parent` is a process id.
    """
    _live_no_longer_than(parent, Connection(lifeline, writable=False))
    _leave_no_core()
    connection = Connection(tasks)
    try:
        _serve(connection)
    except (EOFError, OSError):
        return  # the parent wants no more


def _serve(connection: Connection) -> None:
    start: Start = connection.recv()
    _send(connection, _attempt(start.prepare) if start.prepare else Done(None))
    idle = limits.data_size()
    while True:
        packed = connection.recv_bytes()
        limits.apply(start.limits, idle)
        reply = _attempt(_do, packed)
        del packed
        _send(connection, reply)
        if isinstance(reply, OutOfMemory):
            return


def _do(packed: bytes) -> Any:
    task: Task = pickle.loads(packed)  # noqa: S301 - our parent's own
    return task()


def _attempt(work: Callable[..., object], *args: object) -> Reply:
    try:
        return Done(work(*args))
    except MemoryError:
        return OutOfMemory()
    except LecternError as error:
        return Refused(error)
    except RecursionError:
        return Broke("nested too deeply", traceback.format_exc(limit=20))
    except Exception as error:
        return Broke(f"{type(error).__name__}: {error}"[:300], traceback.format_exc())


def _send(connection: Connection, reply: Reply) -> None:
    """A reply that cannot be packed is one of a task that broke."""
    try:
        packed = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        packed = pickle.dumps(OutOfMemory())
    except Exception as error:
        packed = pickle.dumps(Broke(f"its result cannot be handed over: {error}"[:300], ""))
    connection.send_bytes(packed)


def _live_no_longer_than(parent: int, lifeline: Connection) -> None:
    """The kernel ends us with the thread that started us; without such a kernel the pipe's end tells."""
    if sys.platform == "linux":
        _prctl(_SET_DEATH_SIGNAL, _SIGKILL)
    if os.getppid() != parent:  # it went before the kernel knew
        os._exit(0)
    threading.Thread(target=_die_with, args=(lifeline,), daemon=True).start()
    os.nice(NICE)


def _die_with(lifeline: Connection) -> None:
    """Nothing is ever sent: the other end closes with the process that holds it."""
    lifeline.poll(None)
    os._exit(0)


def _leave_no_core() -> None:
    """SIGXCPU dumps core by default: a gigabyte of somebody's page on disk."""
    if sys.platform == "linux":
        _prctl(_SET_DUMPABLE, 0)


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)
