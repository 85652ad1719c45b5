"""What a doctor found: a line a part, with what to do where it fails."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import typer
from rich.text import Text

from shared.errors import LecternError
from shared.terminal.console import output
from shared.terminal.exits import ExitCode
from shared.terminal.legible import sentence
from shared.terminal.table import show_beside


@dataclass(frozen=True, slots=True)
class Finding:
    part: str
    good: bool
    line: str
    warned: bool = False
    """It works, and may not go on to."""


_MARKS = {(True, False): ("✓", "green"), (True, True): ("!", "yellow"), (False, False): ("✗", "red")}


async def finding(part: str, check: Callable[[], Awaitable[str]]) -> Finding:
    """What the check says; what it raises for a person is what fails."""
    try:
        return Finding(part, True, await check())
    except LecternError as error:
        return Finding(part, False, error.line)
    except OSError as error:
        return Finding(part, False, f"{error.strerror or error} ({error.filename})")


def show_findings(findings: Sequence[Finding]) -> None:
    """Raises typer.Exit where one of them is bad."""
    console = output()
    margin = max(len(one.part) for one in findings)
    for one in findings:
        mark = Text(*_MARKS[one.good, one.warned])
        head = Text.assemble(mark, "  ", (f"{one.part:<{margin}}  ", "bold"))
        show_beside(console, head, Text.from_markup(sentence(one.line)))
    if not all(one.good for one in findings):
        raise typer.Exit(ExitCode.FAILED)
