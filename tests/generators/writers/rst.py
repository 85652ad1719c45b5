"""reStructuredText for Sphinx with sphinx-design and tabs of two makes: directives, and what is indented below."""

import re
from collections.abc import Iterable, Sequence

from tests.generators.truth import Callout, Cell, Code, Details, Entry, Formula, Group, Page, Table, Tabs
from tests.generators.writers.docstrings import MODULE
from tests.generators.writers.markdown import Flavour, Lines, body, marked_lines
from tests.generators.writers.unmarked import unmarked

_CODE = re.compile(r"`([^`]*)`(\w)?")


def _directive(name: str, argument: str, lines: Iterable[str] = (), options: Sequence[str] = ()) -> Lines:
    said = ["", *lines]
    return [f".. {name}:: {argument}".rstrip(), *_below("   ", (*options, *said))]


def _below(step: str, lines: Iterable[str]) -> Lines:
    return [step + line if line else "" for line in lines]


def _code(code: Code) -> Lines | None:
    said = _readable(code)
    if said is None:
        return None
    highlighted = marked_lines(said, "*")
    options = [
        *([f":caption: {said.title}"] if said.title else []),
        *([":linenos:"] if said.numbered else []),
        *([f":emphasize-lines: {highlighted}"] if highlighted else []),
    ]
    return _directive("code-block", said.language or "text", (line.text for line in said.lines), options)


def _readable(code: Code) -> Code | None:
    """None for what it cannot say, either: it makes spaces of tabs, and indents by the least of its lines."""
    said = unmarked(code)
    texts = [line.text for line in code.lines if line.text]
    return None if any("\t" in one for one in texts) or all(one[0] == " " for one in texts) else said


def _group(flavour: Flavour, group: Group) -> Lines:
    """As sphinx-inline-tabs has it."""
    panes = (_directive("tab", label, body((code,), flavour)) for label, code in group.tabs)
    return [line for pane in panes for line in (*pane, "")]


def _tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    """As sphinx-tabs has it."""
    panes = (_directive("group-tab", label, body(blocks, flavour)) for label, blocks in tabs.tabs)
    return _directive("tabs", "", (line for pane in panes for line in (*pane, "")))


def _details(flavour: Flavour, details: Details) -> Lines:
    return _directive("dropdown", _words(details.question), body(details.body, flavour))


def _callout(flavour: Flavour, callout: Callout) -> Lines:
    lines = body(callout.body, flavour)
    if callout.title:
        return _directive("admonition", callout.title, lines, [f":class: {callout.kind}"])
    return _directive(callout.kind, "", lines)


def _table(flavour: Flavour, table: Table) -> Lines:
    lines: Lines = []
    for row in (table.header, *table.rows):
        for at, cell in enumerate(row):
            first, *rest = _cell(flavour, cell)
            lines += [f"{'  -' if at else '* -'} {first}".rstrip(), *_below("    ", rest)]
    return _directive("list-table", "", lines, [":header-rows: 1"])


def _cell(flavour: Flavour, cell: Cell) -> Lines:
    return body((cell,), flavour) if isinstance(cell, Code) else [_words(cell)]


def _formula(formula: Formula) -> Lines:
    if formula.display:
        return [formula.words, "", *_directive("math", "", [formula.tex])]
    return [f"{formula.words} :math:`{formula.tex}`."]


def _entry(entry: Entry) -> Lines | None:
    return _directive("autofunction", f"{MODULE}.{entry.symbol}") if entry.language == "python" else None


def _words(text: str) -> str:
    return _CODE.sub(lambda found: f"``{found[1]}``" + (rf"\ {found[2]}" if found[2] else ""), text)


def _head(page: Page) -> Lines:
    return [page.title, "=" * len(page.title)]


def _heading(text: str) -> Lines:
    return [text, "-" * len(text)]


RST = Flavour(
    code=_code,
    group=_group,
    tabs=_tabs,
    details=_details,
    callout=_callout,
    formula=_formula,
    entry=_entry,
    table=_table,
    words=_words,
    heading=_heading,
    head=_head,
)
