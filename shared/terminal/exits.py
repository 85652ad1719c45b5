"""The exit codes of every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The whole list, with what the help says of each. Of several outcomes, the first of `WORST_FIRST`."""

    meaning: str

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        made = int.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made

    DONE = 0, "done, also if there was nothing to do"
    FAILED = 1, "failed or not found, wholly or in part"
    BAD_INPUT = 2, "bad input: arguments, options or settings that cannot be used"
    HELD = 3, "crawl and refresh: held back, far less came than is served"
    INCOMPLETE = 4, "crawl and refresh: served, but some pages or a list of pages failed"
    INTERRUPTED = 130, "interrupted; run it again to resume"


WORST_FIRST = (ExitCode.INTERRUPTED, ExitCode.FAILED, ExitCode.HELD, ExitCode.INCOMPLETE, ExitCode.DONE)
