"""Every way in which this process is asked to end becomes one: its standard input ends.

A signal, a parent that died, a client that no longer reads: each cuts the lifeline, the transport sees the
end of input, calls are cancelled, stores are closed, the process leaves. Unix only.
"""

import contextlib
import io
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable

from typing_extensions import Buffer

from mcp_server.clean import readable

READ_BYTES = 65_536
WATCH_MILLISECONDS = 1000
LAST_RESORT_SECONDS = 3.0
"""How long an orderly end may take, once asked for, before the process leaves as it is."""


class Lifeline:
    """Made once, before the transport starts: owns standard input and the signals that end a process."""

    def __init__(self) -> None:
        self._end, self._cord = os.pipe()
        os.set_blocking(self._cord, False)
        self._parent = os.getppid()
        self._wire = os.dup(1)

    def attach(self) -> None:
        """Serve `sys.stdin` from a private copy; child processes and stray reads meet an empty one."""
        wire = os.dup(0)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        sys.stdin = io.TextIOWrapper(io.BufferedReader(_Input(wire, self._end, self.cut)), encoding="utf-8")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.cut())
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def cut(self) -> None:
        """End the input. May be called from anywhere, any number of times."""
        with contextlib.suppress(BlockingIOError):  # cut so often that the pipe is full
            os.write(self._cord, b".")

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self._wire, 0)  # tells only that the reader is gone
        poll.register(self._end, select.POLLIN)
        while not poll.poll(WATCH_MILLISECONDS) and os.getppid() == self._parent:
            pass
        self.cut()
        time.sleep(LAST_RESORT_SECONDS)
        os._exit(0)


class _Input(io.RawIOBase):
    """Lines of a descriptor, each handed on once it is whole and readable.

    It also ends when `end` becomes readable, and reports its own end through `ended`.
    """

    def __init__(self, wire: int, end: int, ended: Callable[[], None]) -> None:
        self._wire = wire
        self._end = end
        self._ended = ended
        self._begun = bytearray()
        self._whole = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer) -> int:
        while not self._whole:
            ready, _, _ = select.select([self._wire, self._end], [], [])
            data = b"" if self._end in ready else os.read(self._wire, READ_BYTES)
            if not data:
                self._ended()
                if not self._begun:
                    return 0
                self._whole = bytes(self._begun)
                self._begun.clear()
            head, newline, rest = data.rpartition(b"\n")
            if newline:
                self._whole = readable(bytes(self._begun) + head + newline)
                self._begun.clear()
            self._begun += rest
        room = memoryview(buffer)
        data, self._whole = self._whole[: len(room)], self._whole[len(room) :]
        room[: len(data)] = data
        return len(data)
