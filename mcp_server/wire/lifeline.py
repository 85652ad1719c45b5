"""Every way in which this process is asked to end becomes one: its standard input ends.

A signal, a parent that died, a client that no longer reads: each cuts the lifeline, the transport sees the
end of input, calls are cancelled, stores are closed, the process leaves. Unix only.
"""

import contextlib
import os
import select
import signal
import threading
import time

WATCH_MILLISECONDS = 1000
LAST_RESORT_SECONDS = 3.0
"""How long an orderly end may take, once asked for, before the process leaves as it is."""


class Lifeline:
    """Made once, before the transport starts: owns standard input and the signals that end a process."""

    def __init__(self) -> None:
        self.end, self._cord = os.pipe()
        """Becomes readable when the process is to end."""
        os.set_blocking(self._cord, False)
        self._parent = os.getppid()
        self.input, self.output = os.dup(0), os.dup(1)
        """The client's own; whatever else reads or prints here meets an empty input and standard error."""

    def attach(self) -> None:
        """Take signals, and keep child processes and stray prints off the wire."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        # started without standard error, prints are the caller's risk
        with contextlib.suppress(OSError):
            os.dup2(2, 1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self.cut())
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def cut(self) -> None:
        """End the input. May be called from anywhere, any number of times."""
        with contextlib.suppress(BlockingIOError):  # cut so often that the pipe is full
            os.write(self._cord, b".")

    def _watch(self) -> None:
        poll = select.poll()
        poll.register(self.output, 0)  # tells only that the reader is gone
        poll.register(self.end, select.POLLIN)
        while not poll.poll(WATCH_MILLISECONDS) and os.getppid() == self._parent:
            pass
        self.cut()
        time.sleep(LAST_RESORT_SECONDS)
        os._exit(0)
