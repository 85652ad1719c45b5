"""Where a command writes: colour and width are those of the stream that it finds when it opens a console."""

import sys
from typing import TextIO

from rich.console import Console

WIDE = 160
"""Columns where nobody looks at a terminal: lines are not broken for one."""


def output() -> Console:
    """What a command found: standard output."""
    return _console(sys.stdout, stderr=False)


def errors() -> Console:
    """What is said beside it, progress and failures: standard error."""
    return _console(sys.stderr, stderr=True)


def _console(stream: TextIO | None, *, stderr: bool) -> Console:
    watched = stream is not None and stream.isatty()
    return Console(stderr=stderr, highlight=False, soft_wrap=not watched, width=None if watched else WIDE)
