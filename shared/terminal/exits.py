"""What every command tells the shell."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The whole list. Of several outcomes, the first of `WORST_FIRST`."""

    DONE = 0
    """Also when there was nothing to do."""
    FAILED = 1
    """Failed, or not found, wholly or in part."""
    BAD_INPUT = 2
    HELD = 3
    """Crawls only: complete, and so small that `--force` is asked for."""
    INCOMPLETE = 4
    """Crawls only: served, but for pages that gave no usable answer, or a list of pages that cannot be read."""
    INTERRUPTED = 130


WORST_FIRST = (ExitCode.FAILED, ExitCode.HELD, ExitCode.INCOMPLETE, ExitCode.DONE)
