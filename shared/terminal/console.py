"""Where a command writes: colour and width are those of the stream that it finds when it opens a console."""

import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from shared.terminal.legible import drawn

WIDE = 160
"""Columns where nobody looks at a terminal: lines are not broken for one."""


def output() -> Console:
    """What a command found: standard output."""
    return _opened(sys.stdout, stderr=False)


def errors() -> Console:
    """What is said beside it, progress and failures: standard error."""
    return _opened(sys.stderr, stderr=True)


def _opened(stream: TextIO | None, *, stderr: bool) -> Console:
    watched = stream is not None and stream.isatty()
    return _Guarded(
        stderr=stderr, highlight=False, emoji=False, soft_wrap=not watched, width=None if watched else WIDE
    )


class _Guarded(Console):
    """What no caller has made legible is, here: no text is obeyed by a terminal."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or (segment.text.isascii() and segment.text.isprintable()):
                yield segment
            else:
                yield Segment(drawn(segment.text), segment.style)
