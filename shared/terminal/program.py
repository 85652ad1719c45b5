"""A command line as a person meets it: help in plain words, a usage error in one line."""

import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import Abort, TyperException

from shared.errors import LecternError
from shared.mistakes import mistakes
from shared.one_line import one_line
from shared.terminal.console import output
from shared.terminal.ending import complain, of_system, stopped
from shared.terminal.exits import ExitCode
from shared.terminal.help import show_help
from shared.terminal.streams import unwritten, write_out


def _show_version(wanted: bool) -> None:
    if wanted:
        output().print(f"lectern {version('lectern-mcp')}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version.")
]
"""What every command line can say of itself."""


class Program(typer.Typer):
    """Typer, whose commands and groups show themselves and end as ours do."""

    def __init__(self, exits: Sequence[ExitCode] = tuple(ExitCode), **given: Any) -> None:
        group = type("_Group", (_Group,), {"exits": exits})
        settings = {"help_option_names": ["-h", "--help"]}
        super().__init__(
            **{"cls": group, "pretty_exceptions_enable": False, "context_settings": settings, **given}
        )

    def command(self, *given: Any, **named: Any) -> Callable[[Any], Any]:
        return super().command(*given, **{"cls": _Command, **named})


def _written(command: Any, context: Any, formatter: Any) -> None:
    console = output()
    top = context.parent is None and hasattr(command, "commands")
    codes = [(str(int(code)), code.meaning) for code in command.exits] if top else []
    with console.capture() as written:
        show_help(console, command, context, [("Exit codes", codes)])
    formatter.write(written.get())


class _Command(TyperCommand):
    def format_help(self, ctx: Any, formatter: Any) -> None:
        _written(self, ctx, formatter)


class _Group(TyperGroup):
    exits: Sequence[ExitCode] = ()

    def format_help(self, ctx: Any, formatter: Any) -> None:
        _written(self, ctx, formatter)

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args and not ctx.resilient_parsing:
            typer.echo(ctx.get_help())
            raise typer.Exit(ExitCode.BAD_INPUT)
        return super().parse_args(ctx, args)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **more: Any,
    ) -> Any:
        """Ends the process with one of `ExitCode`, unless it is not to stand alone."""
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **more)
            write_out()
        except TyperException as error:
            if not standalone_mode:
                raise
            complain(_misuse(error))
            code = error.exit_code
        except Abort:
            if not standalone_mode:
                raise
            stopped()
            code = ExitCode.INTERRUPTED
        except OSError as error:
            if not standalone_mode:
                raise
            if told := of_system(error) if error.filename else unwritten(error):
                complain(told)
            code = ExitCode.FAILED
        if not standalone_mode:
            return code
        sys.exit(code or ExitCode.DONE)


def _misuse(error: TyperException) -> LecternError:
    """What is wrong with the command line, and where it is explained."""
    message = one_line(error.format_message()).rstrip(".").removeprefix("Invalid value: ")
    if isinstance(error.__cause__, ValidationError):
        message = f"{message.partition(': ')[0]}: {mistakes(error.__cause__)[0][1]}"
    context = getattr(error, "ctx", None)
    return LecternError(
        message[:1].lower() + message[1:], f"{context.command_path} --help" if context else ""
    )
