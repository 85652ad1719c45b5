"""A program that helps to make a model: it does what it should, or its last words are an error."""

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence

from shared.errors import ModelError


def to_its_end(command: Sequence[str], environment: Mapping[str, str], what: str, hint: str) -> None:
    """Raises OSError on a full disk, ModelError where it cannot do `what` for any other reason."""
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if not done.returncode:
        return
    if "No space left" in done.stderr:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    lines = done.stderr.strip().splitlines()
    told = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR:")] or lines[-1:]
    reason = told[0] if told else f"{command[0]} ended with {done.returncode}"
    raise ModelError(f"could not {what} ({reason})", hint)
