"""MyST Markdown, for Sphinx with sphinx-design and for the notebooks of Jupyter Book: directives between fences."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from tests.generators.truth import Block, Callout, Cell, Code, Details, Entry, Group, Page, Table, Tabs
from tests.generators.writers.containers import dollars
from tests.generators.writers.docstrings import MODULE
from tests.generators.writers.markdown import Flavour, Lines, body, fenced, marked_lines, pipes
from tests.generators.writers.unmarked import unmarked

_NOTEBOOK = [
    "---",
    "jupytext:",
    "  text_representation:",
    "    extension: .md",
    "    format_name: myst",
    "kernelspec:",
    "  display_name: Python 3",
    "  language: python",
    "  name: python3",
    "---",
    "",
]


def _directive(
    name: str, argument: str, lines: Iterable[str], options: Sequence[str] = (), sign: str = ":"
) -> Lines:
    """Between marks that are longer than any in what it holds."""
    said = list(lines)
    longest = max((len(run) for line in said for run in re.findall(f"{sign}{{3,}}", line)), default=2)
    marks = sign * (longest + 1)
    given = [*options, ""] if options else []
    return [f"{marks}{{{name}}} {argument}".rstrip(), *given, *said, marks]


def _code(code: Code) -> Lines | None:
    said = unmarked(code)
    if said is None:
        return None
    highlighted = marked_lines(said, "*")
    options = [
        *([f":caption: {said.title}"] if said.title else []),
        *([":linenos:"] if said.numbered else []),
        *([f":emphasize-lines: {highlighted}"] if highlighted else []),
    ]
    language = said.language or "text"
    if not options:
        return fenced(said, language)
    return _directive("code-block", language, (line.text for line in said.lines), options, "`")


def _panes(tabs: Iterable[tuple[str, Sequence[Block]]]) -> Lines:
    items = (_directive("tab-item", label, body(blocks, MYST)) for label, blocks in tabs)
    return _directive("tab-set", "", (line for item in items for line in (*item, "")))


def _group(flavour: Flavour, group: Group) -> Lines:
    return _panes(((label, (code,)) for label, code in group.tabs))


def _tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    return _panes(tabs.tabs)


def _dropdown(flavour: Flavour, details: Details) -> Lines:
    return _directive("dropdown", details.question, body(details.body, MYST))


def _toggle(flavour: Flavour, details: Details) -> Lines:
    """As notebooks have it: a call-out that opens."""
    return _directive("admonition", details.question, body(details.body, MYST), [":class: dropdown"])


def _callout(flavour: Flavour, callout: Callout) -> Lines:
    lines = body(callout.body, MYST)
    if callout.title:
        return _directive("admonition", callout.title, lines, [f":class: {callout.kind}"])
    return _directive(callout.kind, "", lines)


def _table(flavour: Flavour, table: Table) -> Lines:
    """One whose cells hold blocks is a list of lists."""
    if piped := pipes(table):
        return piped
    lines: Lines = []
    for row in (table.header, *table.rows):
        for at, cell in enumerate(row):
            first, *rest = _cell(cell)
            lines += [f"{'  -' if at else '* -'} {first}".rstrip(), *(f"    {line}" for line in rest)]
    return _directive("list-table", "", lines, [":header-rows: 1"])


def _cell(cell: Cell) -> Lines:
    return body((cell,), MYST) if isinstance(cell, Code) else [cell]


def _entry(entry: Entry) -> Lines | None:
    said = [f".. autofunction:: {MODULE}.{entry.symbol}"]
    return _directive("eval-rst", "", said, sign="`") if entry.language == "python" else None


def _cell_or_code(code: Code) -> Lines | None:
    """A listing of Python without more is a cell of the notebook."""
    if code.language == "python" and not (
        code.title or code.numbered or any(line.mark for line in code.lines)
    ):
        return _directive("code-cell", "ipython3", (line.text for line in code.lines), sign="`")
    return _code(code)


def _notebook(page: Page) -> Lines:
    return [*_NOTEBOOK, f"# {page.title}"]


MYST = Flavour(
    code=_code,
    group=_group,
    tabs=_tabs,
    details=_dropdown,
    callout=_callout,
    formula=dollars,
    entry=_entry,
    table=_table,
)
NOTEBOOK = replace(MYST, code=_cell_or_code, details=_toggle, head=_notebook)
"""Its pages are notebooks, whose cells stand in no box."""
