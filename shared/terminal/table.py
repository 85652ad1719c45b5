"""Tables of what one copies: nothing in them is cut or broken, however narrow the terminal is.

A row that does not fit is shown in two lines, what it is called and what is said of it, and prose at its end goes on
below itself. Through a pipe a row is a line, its cells parted by tabs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from shared.terminal.legible import drawn

GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    title: str
    right: bool = False
    prose: bool = False
    """The last of what is said: lines may break between its words."""


def show_table(
    console: Console, called: Sequence[Column], said: Sequence[Column], rows: Iterable[Sequence[str]]
) -> None:
    """Cells are markup, in the order of the columns: first what a row is `called`, then what is `said` of it."""
    columns = (*called, *said)
    cells = [[Text.from_markup(cell) for cell in row] for row in rows]
    if not console.is_terminal:
        for row in ([Text(column.title) for column in columns], *cells):
            _write(console, *(cell.plain for cell in row))
        return
    table = [[Text(column.title, "bold") for column in columns], *cells]
    widths = [max(row[at].cell_len for row in table) for at in range(len(columns))]
    fits = sum(widths) + GAP * (len(widths) - 1) <= console.width
    first = len(columns) if fits else len(called)
    for row in table:
        padded = [_padded(*one) for one in zip(columns, widths, row, strict=True)]
        for margin, part in (("", padded[:first]), (" " * GAP, padded[first:])):
            if not part:
                continue
            *before, last = part
            head = Text(margin) + Text(" " * GAP).join([*before, Text()])
            if columns[-1].prose and last is padded[-1] and row[-1] and not fits:
                show_beside(console, head, row[-1])
            else:
                line = head + last
                line.rstrip()
                console.print(line, soft_wrap=True)


def _write(console: Console, *cells: str) -> None:
    """Past the console, which would make spaces of tabs."""
    console.file.write("\t".join(map(drawn, cells)) + "\n")


def _padded(column: Column, width: int, cell: Text) -> Text:
    space = Text(" " * (width - cell.cell_len))
    return space + cell if column.right else cell + space


def show_facts(console: Console, facts: Iterable[tuple[str, str]]) -> None:
    """A fact a line: what it is, and a value as markup, wrapped beside it where it is of several words."""
    told = list(facts)
    margin = max((len(name) for name, _ in told), default=0) + GAP
    for name, value in told:
        if console.is_terminal:
            show_beside(console, Text(f"{name:<{margin}}", "dim"), Text.from_markup(value))
        else:
            _write(console, name, Text.from_markup(value).plain)


def show_beside(console: Console, head: Text, text: Text) -> None:
    """Text beside its head: lines break between words, and never in one."""
    width = max(20, console.width - head.cell_len)
    line, length = head, 0
    for word in text.split(" "):
        if length and length + 1 + word.cell_len > width:
            console.print(line, soft_wrap=True)
            line, length = Text(" " * head.cell_len), 0
        line, length = line + (" " if length else "") + word, length + bool(length) + word.cell_len
    console.print(line, soft_wrap=True)
