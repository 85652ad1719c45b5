"""How a command ends: with a result, or with one line that says what to do."""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer

from shared.disk import space_left
from shared.errors import InvalidRequest, LecternError, SettingsError
from shared.terminal.console import errors
from shared.terminal.exits import ExitCode
from shared.terminal.legible import sentence

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work, ended as `ending` says."""
    # psycopg cannot use the loop that Windows has by default.
    loop = asyncio.SelectorEventLoop if sys.platform == "win32" else None
    with ending(), asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(_until_terminated(work))


@contextmanager
def ending() -> Iterator[None]:
    """An expected failure is one red line on stderr and an exit code; an interruption is no failure."""
    try:
        yield
    except LecternError as error:
        raise fail(error) from None
    except (KeyboardInterrupt, asyncio.CancelledError):
        stopped()
        raise typer.Exit(ExitCode.INTERRUPTED) from None
    except OSError as error:
        raise fail(of_system(error)) from None


def of_system(error: OSError) -> LecternError:
    """What the system refused, and of which file."""
    where = f" ({error.filename})" if error.filename else ""
    if isinstance(error.filename, str):
        where += space_left(error.errno, Path(error.filename))
    absent = isinstance(error, FileNotFoundError | NotADirectoryError)
    hint = "name a path that is there" if absent else "check disk space and permissions"
    return LecternError(f"{error.strerror or error}{where}", hint)


def fail(error: LecternError) -> typer.Exit:
    """Say what went wrong and what to do next; the caller raises what this returns."""
    complain(error)
    return typer.Exit(exit_code(error))


def exit_code(error: LecternError) -> ExitCode:
    """Whether the input was bad, or what it asks for failed."""
    return ExitCode.BAD_INPUT if isinstance(error, InvalidRequest | SettingsError) else ExitCode.FAILED


def complain(error: LecternError) -> None:
    """What went wrong and what to do next, in one line."""
    hint = f" [dim]→ {sentence(error.hint)}[/]" if error.hint else ""
    errors().print(f"[bold red]error[/] {sentence(str(error))}{hint}", soft_wrap=True)


def stopped() -> None:
    errors().print("[yellow]stopped[/]")


async def _until_terminated(work: Coroutine[Any, Any, T]) -> T:
    """SIGTERM and a closed terminal end a command as Ctrl-C does: everything that was opened is closed."""
    task = asyncio.ensure_future(work)
    if os.name == "posix":
        for ends in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(ends) is not signal.SIG_IGN:  # nohup
                asyncio.get_running_loop().add_signal_handler(ends, task.cancel)
    return await task
