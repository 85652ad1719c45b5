"""A page as Markdown. A flavour is a table of how it writes what Markdown itself cannot say."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from tests.generators.truth import (
    Block,
    Callout,
    Code,
    Details,
    Entry,
    Formula,
    Group,
    Own,
    Page,
    Table,
    Tabs,
    Words,
)

_B = TypeVar("_B")
Lines: TypeAlias = list[str]
Write: TypeAlias = Callable[["Flavour", _B], Lines]
"""How a flavour writes one kind of block that holds others."""
LEAD = "So it is written:"
"""Before each block, which holds its own name."""
_PART = 6
"""Blocks below one heading."""


@dataclass(frozen=True, slots=True)
class Flavour:
    """How each block is written; None where there is no way to say such blocks, or this one."""

    code: Callable[[Code], Lines | None]
    group: Write[Group] | None = None
    tabs: Write[Tabs] | None = None
    details: Write[Details] | None = None
    callout: Write[Callout] | None = None
    formula: Callable[[Formula], Lines] | None = None
    entry: Callable[[Entry], Lines | None] | None = None
    blocks_in_cells: bool = True
    table: Callable[["Flavour", Table], Lines | None] | None = None
    """Where it is not as in most Markdown."""
    words: Callable[[str], str] = str
    """A text with `code` in it."""
    heading: Callable[[str], Lines] = lambda text: [f"## {text}"]
    head: Callable[[Page], Lines] = lambda page: [f"# {page.title}"]
    """What a page begins with: its title."""


def write(page: Page, flavour: Flavour) -> str:
    lines = list(flavour.head(page))
    for at, block in enumerate(page.blocks):
        if at % _PART == 0:
            lines += ["", *flavour.heading(f"Part {at // _PART + 1} of {page.name}")]
        lines += ["", LEAD, "", *_said(block, flavour)]
    return "\n".join(lines) + "\n"


def says(block: Block, flavour: Flavour) -> bool:
    """Whether the flavour has a way to write a block, and all that is in it."""
    return _written(block, flavour) is not None


def body(blocks: Iterable[Block], flavour: Flavour) -> Lines:
    """Blocks within another one, a blank line between them."""
    lines: Lines = []
    for block in blocks:
        lines += [*([""] if lines else []), *_said(block, flavour)]
    return lines


def fenced(code: Code, info: str, lines: Iterable[str] | None = None) -> Lines:
    """Between marks that are longer than any in the code. `lines`: in place of its own."""
    texts = [line.text for line in code.lines] if lines is None else list(lines)
    longest = max((len(run) for text in texts for run in re.findall("`{3,}", text)), default=2)
    marks = "`" * (longest + 1)
    return [marks + info, *texts, marks]


def marked_lines(code: Code, mark: str) -> str:
    """The numbers of the lines with a mark, as `2,4`."""
    return ",".join(str(at) for at, line in enumerate(code.lines, start=1) if line.mark == mark)


def _said(block: Block, flavour: Flavour) -> Lines:
    lines = _written(block, flavour)
    if lines is None:
        raise ValueError(f"{block.name} cannot be said: leave it out by says()")
    return lines


def _written(block: Block, flavour: Flavour) -> Lines | None:
    match block:
        case Words():
            return [flavour.words(block.text)]
        case Code():
            return flavour.code(block)
        case Table():
            return (flavour.table or _table)(flavour, block)
        case Formula():
            return flavour.formula(block) if flavour.formula else None
        case Entry():
            return flavour.entry(block) if flavour.entry else None
        case Own():
            return block.source.split("\n")
        case Group():
            codes = (code for _, code in block.tabs)
            return flavour.group(flavour, block) if flavour.group and _all_said(codes, flavour) else None
        case Tabs():
            parts = (part for _, parts in block.tabs for part in parts)
            return flavour.tabs(flavour, block) if flavour.tabs and _all_said(parts, flavour) else None
        case Details():
            said = flavour.details and _all_said(block.body, flavour)
            return flavour.details(flavour, block) if said and flavour.details else None
        case Callout():
            said = flavour.callout and _all_said(block.body, flavour)
            return flavour.callout(flavour, block) if said and flavour.callout else None


def _all_said(blocks: Iterable[Block], flavour: Flavour) -> bool:
    return all(says(block, flavour) for block in blocks)


def pipes(table: Table) -> Lines | None:
    """A table as Markdown has it; None where a cell holds a block."""
    rows = [[cell for cell in row if isinstance(cell, str)] for row in table.rows]
    if rows != [list(row) for row in table.rows]:
        return None
    return [_row(one) for one in (table.header, ["---"] * len(table.header), *rows)]


def _table(flavour: Flavour, table: Table) -> Lines | None:
    return pipes(table) or (_table_of_blocks(table, flavour) if flavour.blocks_in_cells else None)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _table_of_blocks(table: Table, flavour: Flavour) -> Lines:
    """As HTML, with Markdown between blank lines in each cell."""
    lines = ["<table>", "<thead>", "<tr>"]
    for name in table.header:
        lines += ["<th>", "", name, "", "</th>"]
    lines += ["</tr>", "</thead>", "<tbody>"]
    for row in table.rows:
        lines += ["<tr>"]
        for cell in row:
            said = _said(cell, flavour) if isinstance(cell, Code) else [cell]
            lines += ["<td>", "", *said, "", "</td>"]
        lines += ["</tr>"]
    return [*lines, "</tbody>", "</table>"]
