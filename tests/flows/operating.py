"""What `lectern-admin` printed for a test."""

import json
from collections.abc import Callable
from typing import Any

from typer.testing import Result

EMAIL = "ada@example.org"

Admin = Callable[..., Result]
"""The fixture `admin`: runs a command, which ends with `code`."""


def read(result: Result) -> Any:
    return json.loads(result.stdout)


def refused(result: Result) -> str:
    """The one line that says what is wrong."""
    told = [line for line in result.stderr.splitlines() if line.startswith("error")]
    assert len(told) == 1, result.output
    assert "Traceback" not in result.output
    return told[0]
