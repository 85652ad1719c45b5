"""AsciiDoc for Antora with `@asciidoctor/tabs`: blocks between lines of signs."""

import re
from collections.abc import Iterable, Sequence

from tests.generators.truth import Block, Callout, Cell, Code, Details, Formula, Group, Page, Table, Tabs
from tests.generators.writers.markdown import Flavour, Lines, body, marked_lines
from tests.generators.writers.unmarked import unmarked

_CODE = re.compile(r"`([^`]*)`(\w)?")
_KINDS = {"note": "NOTE", "tip": "TIP", "warning": "WARNING", "danger": "CAUTION"}


def _delimited(sign: str, style: str, lines: Iterable[str], title: str = "") -> Lines:
    """Between lines of more signs than any in what it holds."""
    said = list(lines)
    longest = max((len(line) for line in said if len(line) > 3 and set(line) == {sign}), default=3)
    line = sign * (longest + 1)
    return [*([f".{title}"] if title else []), style, line, *said, line]


def _code(code: Code) -> Lines | None:
    said = unmarked(code)
    if said is None:
        return None
    highlighted = marked_lines(said, "*").replace(",", ";")
    style = (
        "source",
        said.language or "text",
        "linenums" * said.numbered,
        f"highlight={highlighted}" * bool(highlighted),
    )
    listed = (line.text for line in said.lines)
    return _delimited("-", f"[{','.join(filter(None, style))}]", listed, said.title)


def _panes(flavour: Flavour, tabs: Iterable[tuple[str, Sequence[Block]]]) -> Lines:
    lines: Lines = []
    for label, blocks in tabs:
        lines += [f"{label}::", "+", "--", *body(blocks, flavour), "--"]
    return _delimited("=", "[tabs]", lines)


def _group(flavour: Flavour, group: Group) -> Lines:
    return _panes(flavour, ((label, (code,)) for label, code in group.tabs))


def _tabs(flavour: Flavour, tabs: Tabs) -> Lines:
    return _panes(flavour, tabs.tabs)


def _details(flavour: Flavour, details: Details) -> Lines:
    lines = body(details.body, flavour)
    return _delimited("=", "[%collapsible]", lines, _words(details.question))


def _callout(flavour: Flavour, callout: Callout) -> Lines:
    return _delimited("=", f"[{_KINDS[callout.kind]}]", body(callout.body, flavour), callout.title)


def _table(flavour: Flavour, table: Table) -> Lines:
    columns = ",".join("1" * len(table.header))
    lines = [f'[cols="{columns}",options="header"]', "|===", "".join(f"|{one}" for one in table.header)]
    for row in table.rows:
        lines += ["", *(line for cell in row for line in _cell(flavour, cell))]
    return [*lines, "|==="]


def _cell(flavour: Flavour, cell: Cell) -> Lines:
    """With a block, a cell is AsciiDoc of its own."""
    if isinstance(cell, str):
        return ["|" + _words(cell).replace("|", r"\|")]
    return ["a|", *(line.replace("|", r"\|") for line in body((cell,), flavour))]


def _formula(formula: Formula) -> Lines:
    if formula.display:
        return [formula.words, "", "[stem]", "++++", formula.tex, "++++"]
    return [f"{formula.words} stem:[{formula.tex}]."]


def _words(text: str) -> str:
    """Code as it is, whatever signs it holds."""
    return _CODE.sub(lambda found: f"``+{found[1]}+``{found[2]}" if found[2] else f"`+{found[1]}+`", text)


def _head(page: Page) -> Lines:
    return [f"= {page.title}", ":stem: latexmath"]


ASCIIDOC = Flavour(
    code=_code,
    group=_group,
    tabs=_tabs,
    details=_details,
    callout=_callout,
    formula=_formula,
    table=_table,
    words=_words,
    heading=lambda text: [f"== {text}"],
    head=_head,
)
