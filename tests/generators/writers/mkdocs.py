"""Markdown of MkDocs Material: Python-Markdown with PyMdown's extensions, where what belongs to a box is indented."""

from collections.abc import Iterable, Sequence

from tests.generators.truth import Block, Callout, Code, Details, Entry, Group, Table, Tabs
from tests.generators.writers.containers import dollars
from tests.generators.writers.docstrings import MODULE
from tests.generators.writers.markdown import Flavour, Lines, body, fenced, marked_lines, pipes
from tests.generators.writers.unmarked import unmarked

_UNKNOWN = frozenset(("jsonc", "svelte"))
"""Languages that Pygments does not read: of such code a page does not say what it is in."""


def _code(code: Code) -> Lines | None:
    said = unmarked(code)
    if said is None or said.language in _UNKNOWN:
        return None
    highlighted = marked_lines(said, "*").replace(",", " ")
    info = (
        said.language or "text",
        f'title="{said.title}"' * bool(said.title),
        'linenums="1"' * said.numbered,
        f'hl_lines="{highlighted}"' * bool(highlighted),
    )
    return fenced(said, " ".join(filter(None, info)))


def _box(head: str, title: str, lines: Iterable[str]) -> Lines:
    said = title.replace('"', '\\"')
    return [f'{head} "{said}"' if title else head, "", *(f"    {line}" if line else "" for line in lines)]


def _panes(flavour: Flavour, tabs: Iterable[tuple[str, Sequence[Block]]]) -> Lines:
    return [line for label, blocks in tabs for line in (*_box("===", label, body(blocks, flavour)), "")]


def _group(flavour: Flavour, group: Group) -> Lines:
    return _panes(flavour, ((label, (code,)) for label, code in group.tabs))


def _tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    return _panes(flavour, tabs.tabs)


def _details(flavour: Flavour, details: Details) -> Lines:
    return _box("??? question", details.question, body(details.body, flavour))


def _callout(flavour: Flavour, callout: Callout) -> Lines:
    return _box(f"!!! {callout.kind}", callout.title, body(callout.body, flavour))


def _table(flavour: Flavour, table: Table) -> Lines:
    """One whose cells hold blocks is HTML, whose cells are read as Markdown."""
    if piped := pipes(table):
        return piped
    lines = ["<table markdown>", "<thead>", "<tr>", *(f"<th>{name}</th>" for name in table.header), "</tr>"]
    lines += ["</thead>", "<tbody>"]
    for row in table.rows:
        lines += ["<tr>"]
        for cell in row:
            said = body((cell,), flavour) if isinstance(cell, Code) else [cell]
            lines += ['<td markdown="block">', "", *said, "", "</td>"]
        lines += ["</tr>"]
    return [*lines, "</tbody>", "</table>"]


def _entry(entry: Entry) -> Lines | None:
    return [f"::: {MODULE}.{entry.symbol}"] if entry.language == "python" else None


MATERIAL = Flavour(
    code=_code,
    group=_group,
    tabs=_tabs,
    details=_details,
    callout=_callout,
    formula=dollars,
    entry=_entry,
    table=_table,
)
