"""A command in a terminal of a given width: what stands on the screen, without colours."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
_STYLE = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]")
_REDRAWN = re.compile(r"(?:\r?\x1b\[\d*[AK])+")
"""Where a live display goes back to its first line."""


class Terminal:
    """What a command has written so far."""

    def __init__(self, reader: int) -> None:
        self._reader = reader
        self._written = b""

    def screen(self) -> str:
        """The frame that stands now, and what has been printed below it."""
        text = _STYLE.sub("", self._written.decode(errors="replace")).replace("\r\n", "\n")
        return _REDRAWN.split(text)[-1].replace("\r", "")

    def read(self) -> bool:
        """Wait for more; False at the end."""
        try:
            more = os.read(self._reader, 1 << 16)
        except OSError:  # Linux says so of a terminal that nobody has open
            return False
        self._written += more
        return bool(more)

    def until(self, pattern: str) -> str:
        """The screen once it has that."""
        deadline = time.monotonic() + PATIENCE
        while not re.search(pattern, screen := self.screen()):
            assert time.monotonic() < deadline, screen
            assert self.read(), screen
        return screen


@contextmanager
def terminal(
    command: Sequence[str], env: Mapping[str, str], columns: int, cwd: Path = ROOT
) -> Iterator[Terminal]:
    reader, writer = pty.openpty()
    fcntl.ioctl(writer, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    plain = {name: value for name, value in env.items() if name not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        command, stdin=writer, stdout=writer, stderr=writer, env={**plain, "TERM": "xterm-256color"}, cwd=cwd
    ) as process:
        os.close(writer)
        shown = Terminal(reader)
        try:
            yield shown
            while shown.read():
                pass
        finally:
            process.kill()
            os.close(reader)


def shown(command: Sequence[str], env: Mapping[str, str], columns: int, cwd: Path = ROOT) -> str:
    """The screen when the command has ended."""
    with terminal(command, env, columns, cwd) as running:
        pass
    return running.screen()
