"""Tables that hold blocks stay tables: cells in one line, with long code and tables of their own below."""

from lxml.etree import _Element as Element

from ingest.extract.clean.labels import put_label
from ingest.extract.code.block import code_text
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import matcher
from ingest.extract.tables.cell import in_one_line
from ingest.extract.tables.grid import Row, cells, filled, own_rows
from ingest.extract.tables.header import head_rows, merged
from ingest.extract.tree.elements import HEADINGS, drop, plain
from ingest.extract.tree.selectors import Matcher

_SMALL = 200
"""Characters of a table in a cell that is text there."""
_NAME = 60
"""Characters of what names a row or a column."""


def keep_tables(region: Element, generator: Generator) -> None:
    """Give every table of data the form that Markdown has for one, in place. To be asked before code is taken."""
    listings = matcher(("pre", *generator.listings))
    code = matcher(("pre", "code", *generator.listings, *generator.prototypes, *generator.signatures))
    opening = matcher((*HEADINGS, *generator.signatures, *generator.terms))
    moved = {"Code": 0, "Table": 0}
    for table in list(region.iter("table")):
        if table.tag != "table" or any(map(code.matches, table.iterancestors())):
            continue
        if (table.get("role") or "") in ("presentation", "none") or next(
            opening.within(table), None
        ) is not None:
            continue
        _keep(table, listings, moved)


def _keep(table: Element, listings: Matcher, moved: dict[str, int]) -> None:
    rows = own_rows(table)
    if max((len(cells(row)) for row in rows), default=0) < 2:
        return
    heads = head_rows(rows)
    if not _is_data(table, rows, heads, listings):
        return
    said = [one for row in rows[heads:] for one in cells(row) if plain(one)]
    if 2 * sum(1 for one in said if _code_in(one, listings)) > len(said):
        if heads:
            _label_cells(rows, heads)
        return
    grid = filled(rows, groups=heads - 1)
    if not grid:
        return
    names = [plain(one)[:_NAME] for one in merged(grid[:heads])] if heads else [""] * len(grid[0])
    below: list[Element] = []
    for line in grid:
        row = "" if _code_in(line[0], listings) else plain(line[0])
        for at, cell in enumerate(line):
            name = ", ".join(part for part in (row if at and len(row) <= _NAME else "", names[at]) if part)
            for block in _too_long(cell, listings):
                kind = "Table" if block.tag == "table" else "Code"
                moved[kind] += 1
                below += _moved_out(block, f"{kind} {moved[kind]}", name)
            in_one_line(cell)
    _rebuild(table, grid, heads or int(len(grid) == 1))
    _put_behind(table, below)


def _is_data(table: Element, rows: list[Element], heads: int, listings: Matcher) -> bool:
    """Whether rows and columns say something: a single row of blocks, or boxes around tables, are but a layout."""
    headed = heads > 0 or any(one.tag == "th" for row in rows for one in cells(row))
    if table.find(".//table") is not None:
        return headed and len(rows) > 1
    if len(rows) > 1 or headed:
        return True
    return not any(_code_in(one, listings) or _is_long(one) for one in cells(rows[0]))


def _is_long(cell: Element) -> bool:
    return sum(1 for one in cell.iterdescendants("p", "ul", "ol", "dl", "blockquote")) > 1


def _code_in(cell: Element, listings: Matcher) -> list[Element]:
    found = list(listings.within(cell))
    return [one for one in found if not any(up in found for up in one.iterancestors())]


def _label_cells(rows: list[Element], heads: int) -> None:
    """Code beside code, as in a comparison: the name of its column stands above each cell."""
    names = [plain(one) for one in merged(filled(rows[:heads], groups=heads - 1))]
    for row in rows[heads:]:
        for name, cell in zip(names, cells(row), strict=False):
            if name and plain(cell):
                put_label(cell, name)
    for row in rows[:heads]:
        drop(row)


def _too_long(cell: Element, listings: Matcher) -> list[Element]:
    """What a cell has no room for, in order; short code becomes a code span in its place."""
    found: list[Element] = []
    for code in _code_in(cell, listings):
        text = code_text(code)
        if "\n" in text:
            found.append(_wrapper(code, cell))
        else:
            tail = code.tail
            code.clear()
            code.tag, code.tail = "pre", tail
            if text:
                span = code.makeelement("code")
                span.text = text
                code.append(span)
    for table in cell.iterdescendants("table"):
        if any(up in found for up in table.iterancestors()) or table.getparent() is None:
            continue
        if len(plain(table)) > _SMALL or next(listings.within(table), None) is not None:
            found = [one for one in found if table not in one.iterancestors()]
            found.append(table)
    return found


def _wrapper(code: Element, cell: Element) -> Element:
    """The outermost element that holds nothing but this code: it may name its language."""
    block = code
    for up in code.iterancestors():
        if up is cell or plain(up) != plain(code):
            break
        block = up
    return block


def _moved_out(block: Element, mark: str, name: str) -> list[Element]:
    """The block behind a line that says whose it is; in its place stands its mark."""
    place = block.makeelement("pre")
    place.text, place.tail, block.tail = f"({mark.lower()})", block.tail, None
    holder = block.getparent()
    if holder is not None:
        holder.replace(block, place)
    line = block.makeelement("p")
    strong = block.makeelement("strong")
    strong.text = mark
    strong.tail = f" ({name}):" if name else ":"
    line.append(strong)
    return [line, block]


def _rebuild(table: Element, grid: list[Row], heads: int) -> None:
    caption = table.find("caption")
    tail = table.tail
    table.clear()
    table.tail = tail
    if caption is not None:
        caption.tail = None
        in_one_line(caption)
        for bold in list(caption.iter("strong", "b", "em", "i")):
            bold.tag = "span"
        table.append(caption)
    head, body = table.makeelement("thead"), table.makeelement("tbody")
    first = grid[0] if heads else [table.makeelement("th") for _ in grid[0]]
    _add_row(head, first, "th")
    for line in grid[heads:]:
        _add_row(body, line, "td")
    table.extend((head, body))


def _add_row(part: Element, line: Row, tag: str) -> None:
    row = part.makeelement("tr")
    for cell in line:
        cell.tag, cell.tail = tag, None
        cell.attrib.clear()
        row.append(cell)
    part.append(row)


def _put_behind(table: Element, below: list[Element]) -> None:
    if not below:
        return
    below[-1].tail, table.tail = table.tail, None
    for block in reversed(below):
        table.addnext(block)
