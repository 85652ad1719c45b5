"""One worker as its parent sees it: started, given tasks, ended; all by one thread, which it never outlives."""

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any

from ingest.workers import death
from ingest.workers.child import Broke, Done, OutOfMemory, Refused, Reply, Start, Task
from shared.errors import TaskFailed, WorkerLost

_BOOT = "import sys; sys.path[:] = sys.argv[4:]; from ingest.workers.child import main; main(*map(int, sys.argv[1:4]))"
_OURS_TO_HANDLE = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
"""What a terminal or a supervisor sends to the whole group: the parent decides what becomes of the workers."""


_log = logging.getLogger(__name__)


class Stopped(Exception):
    """The crew is closed."""


class Worker:
    """A process and the connection to it. `stop` is readable as soon as the crew is to end."""

    def __init__(self, start: Start, stop: Connection) -> None:
        """Raises WorkerLost if the system starts no process, and what the preparation refuses."""
        self._limits = start.limits
        self._stop = stop
        signal.pthread_sigmask(signal.SIG_BLOCK, _OURS_TO_HANDLE)  # of this thread, and so of its children
        try:
            self._process, self._tasks, self._lifeline = _start()
        except OSError as error:
            raise _lost(error.strerror or str(error)) from error
        try:
            self._result(self._exchange(start))
        except TaskFailed as error:
            self.end()
            raise _lost(error.reason) from error
        except BaseException:
            self.end()
            raise

    def do(self, task: Task) -> Any:
        """The task's result. Raises what it refuses, TaskFailed, or Stopped; `alive` tells whether it can go on."""
        return self._result(self._exchange(task))

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    def end(self) -> None:
        """End it, whatever it is doing."""
        with suppress(OSError):
            self._process.kill()
        self._process.wait()
        self._tasks.close()
        self._lifeline.close()

    def _exchange(self, message: Start | Task) -> Reply:
        try:
            self._tasks.send(message)
            if self._stop in wait([self._tasks, self._stop]):
                raise Stopped
            reply: Reply = self._tasks.recv()
        except (EOFError, OSError):
            status = self._process.wait()
            self.end()
            raise TaskFailed(death.why(status, self._limits)) from None
        return reply

    def _result(self, reply: Reply) -> Any:
        match reply:
            case Done(result):
                return result
            case Refused(error):
                raise error
            case OutOfMemory():
                self.end()
                raise TaskFailed(death.out_of_memory(self._limits))
            case Broke(reason, trace):
                _log.debug("a task broke: %s", trace)
                raise TaskFailed(reason)


def _start() -> tuple[subprocess.Popen[bytes], Connection, Connection]:
    ours, theirs = Pipe()
    watched, held = Pipe(duplex=False)
    try:
        given = (theirs.fileno(), watched.fileno())
        process = subprocess.Popen(
            [sys.executable, "-c", _BOOT, *map(str, given), str(os.getpid()), *sys.path],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what a library prints is no result
            stderr=subprocess.DEVNULL,  # nor is the last word of one that aborts; what we know is in the reply
            pass_fds=given,
        )
    except BaseException:
        ours.close()
        held.close()
        raise
    finally:
        theirs.close()
        watched.close()
    return process, ours, held


def _lost(reason: str) -> WorkerLost:
    return WorkerLost(
        f"no worker process can start ({reason})",
        "free memory or processes and run the same command again: it resumes where it stopped",
    )
