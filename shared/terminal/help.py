"""Help as people read it: how to call a command, what its words mean, and examples."""

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from shared.one_line import one_line

WIDEST = 100
NARROW = 80
"""Columns where nobody looks at a terminal."""
WIDEST_WORD = 26
"""Beside which its explanation stands; longer ones have theirs below them."""
EXAMPLE = "$ "
"""How an example begins in a docstring, on a line of its own."""


def show_help(
    console: Console, command: Any, context: Any, notes: Iterable[tuple[str, list[tuple[str, str]]]]
) -> None:
    """Of a command or a group; `notes` are further tables, each with its title."""
    width = min(console.width, WIDEST) if console.is_terminal else NARROW
    words, examples = _told(command)
    console.print(Text.assemble(("Usage  ", "bold"), _usage(command, context)), soft_wrap=True)
    console.print()
    console.print(textwrap.fill(words, width), markup=False)
    tables = [(title, rows) for title, rows in (*_tables(command, context), *notes) if rows]
    margin = min(WIDEST_WORD, max(len(left) for _, rows in tables for left, _ in rows))
    for title, rows in tables:
        console.print(Text(f"\n{title}", "bold"))
        for left, right in rows:
            console.print(_row(left, right, margin, width), soft_wrap=True)
    if examples:
        console.print(Text("\nExamples", "bold"))
        for example in examples:
            console.print(Text(f"  {example}", "cyan"), soft_wrap=True)


def summary(command: Any) -> str:
    """The first sentence of a command's docstring."""
    return _told(command)[0].partition(". ")[0].rstrip(".")


def _told(command: Any) -> tuple[str, list[str]]:
    lines = (command.help or "").splitlines()
    examples = [line.strip().removeprefix(EXAMPLE) for line in lines if line.strip().startswith(EXAMPLE)]
    words = " ".join(line.strip() for line in lines if not line.strip().startswith(EXAMPLE))
    return one_line(words), examples


def _usage(command: Any, context: Any) -> str:
    if hasattr(command, "commands"):
        return f"{context.command_path} COMMAND"
    arguments = [_argument(one) for one in command.params if one.param_type_name == "argument"]
    return " ".join((context.command_path, *arguments, "[OPTIONS]"))


def _tables(command: Any, context: Any) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    panels: dict[str, list[tuple[str, str]]] = {}
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            panels.setdefault(child.rich_help_panel or "Commands", []).append((name, summary(child)))
    yield from panels.items()
    shown = [one for one in command.get_params(context) if not one.hidden]
    yield "Arguments", [(_argument(one), _meaning(one)) for one in shown if one.param_type_name == "argument"]
    yield "Options", [(_option(one), _meaning(one)) for one in shown if one.param_type_name == "option"]


def _argument(one: Any) -> str:
    name = one.metavar or one.name.upper()
    return name if one.required else f"[{name}]"


def _option(one: Any) -> str:
    spelled = ", ".join(sorted(one.opts, key=len))
    if one.is_flag:
        return spelled
    counted = getattr(one, "min", None) is not None
    return f"{spelled} {one.metavar or ('N' if counted else one.name.rpartition('_')[2].upper())}"


def _meaning(one: Any) -> str:
    notes = []
    if getattr(one, "max", None) is not None:
        notes.append(f"{one.min:,} to {one.max:,}")
    if isinstance(one.show_default, str):
        notes.append(f"default: {one.show_default}")
    elif one.default not in (None, False, "", ()) and not one.is_eager:
        notes.append(
            f"default: {one.default:,}" if isinstance(one.default, int) else f"default: {one.default}"
        )
    told = (one.help or "").rstrip(".")
    return f"{told} ({'; '.join(notes)})" if notes else told


def _row(left: str, right: str, margin: int, width: int) -> Text:
    lines = textwrap.wrap(right, max(20, width - margin - 4), break_long_words=False, break_on_hyphens=False)
    gap = "\n" + " " * (margin + 4)
    head = f"  {left:<{margin}}  " if len(left) <= margin else f"  {left}{gap}"
    return Text.assemble((head, "cyan"), gap.join(lines))
