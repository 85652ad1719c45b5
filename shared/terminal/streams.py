"""Standard streams that are closed, or cannot be written."""

import errno
import os
import sys
from contextlib import suppress

from shared.errors import LecternError


def open_closed() -> None:
    """Give what is closed a place, lest a file that is opened later is taken for it: input is empty, output fails."""
    for name, mode, access in (
        ("stdin", "r", os.O_RDONLY),
        ("stdout", "w", os.O_RDONLY),
        ("stderr", "w", os.O_WRONLY),
    ):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, access), mode))


def check_output() -> None:
    """Raise LecternError where nothing could be written, before work whose result is shown once."""
    try:
        os.write(sys.stdout.fileno(), b"")
    except ValueError:  # not a file, in a test
        pass
    except OSError as error:
        raise _unwritable(error) from None


def write_out() -> None:
    """All that waits in this process. Raises OSError."""
    sys.stdout.flush()


def unwritten(error: OSError) -> LecternError | None:
    """What to say of output that cannot be written, and no more is tried; None where nobody reads it any more."""
    with suppress(OSError, ValueError):  # not a file, in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return None if error.errno == errno.EPIPE else _unwritable(error)


def _unwritable(error: OSError) -> LecternError:
    return LecternError(
        f"standard output cannot be written ({error.strerror})", "free disk space, or write it elsewhere"
    )
