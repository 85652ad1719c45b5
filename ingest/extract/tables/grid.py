"""The rows and columns of a table: its own rows in order, with a cell for each column, whatever spans what."""

from copy import deepcopy

from lxml.etree import _Element as Element

from ingest.extract.tree.elements import plain

_WIDEST = 100
"""Columns; a span beyond is a mistake."""
_MOST = 100_000
"""Cells of a table that is no attempt to fill our memory."""
_REPEATED = 80
"""Characters of a cell that is said again in each row it spans."""
_PARTS = {"thead": 0, "tfoot": 2}

Row = list[Element]


def own_rows(table: Element) -> list[Element]:
    """Its rows as a browser shows them: the head first, the foot last, none of a table within."""
    rows: list[tuple[int, Element]] = []
    for part in table:
        if part.tag == "tr":
            rows.append((1, part))
        elif part.tag in ("thead", "tbody", "tfoot"):
            rows += [(_PARTS.get(str(part.tag), 1), row) for row in part.iterchildren("tr")]
    return [row for _, row in sorted(rows, key=lambda one: one[0])]


def cells(row: Element) -> Row:
    return list(row.iterchildren("td", "th"))


def filled(rows: list[Element], groups: int = 0) -> list[Row]:
    """A cell for every row and column; none where the table is beyond reason.

    A short cell that spans rows is said in each of them, one that spans columns in the first alone, but for the
    first `groups` rows: there it heads each.
    """
    columns = _columns(rows)
    if columns * len(rows) > _MOST:
        return []
    grid: list[Row] = []
    above: dict[int, tuple[int, Element]] = {}
    for at, row in enumerate(rows):
        line: Row = []
        waiting = cells(row)
        while len(line) < columns:
            column = len(line)
            if column in above:
                left, cell = above.pop(column)
                line.append(_again(cell))
                if left > 1:
                    above[column] = (left - 1, cell)
            elif waiting:
                cell = waiting.pop(0)
                down = _span(cell, "rowspan", len(rows) - at)
                for step in range(min(_span(cell, "colspan", columns), columns - column)):
                    line.append((_again(cell) if at < groups else _empty(cell)) if step else cell)
                    if down > 1:
                        above[column + step] = (down - 1, line[-1])
                    if column + step + 1 in above:
                        break
            else:
                line.append(row.makeelement("td"))
        grid.append(line)
    return grid


def _columns(rows: list[Element]) -> int:
    """A row of one cell may span more columns than there are: it is as wide as the others."""
    lines = [cells(row) for row in rows]
    spanned = [sum(_span(one, "colspan", _WIDEST) for one in line) for line in lines if len(line) > 1]
    return max([*map(len, lines), *(min(one, _WIDEST) for one in spanned)], default=0)


def _span(cell: Element, name: str, most: int) -> int:
    said = (cell.get(name) or "1").strip()
    number = int(said) if said.isdecimal() and len(said) < 6 else 1
    return min(number or most, most)


def _again(cell: Element) -> Element:
    if len(plain(cell)) > _REPEATED:
        return _empty(cell)
    copy = deepcopy(cell)
    copy.tail = None
    for one in copy.iter():
        one.attrib.pop("id", None)
    return copy


def _empty(cell: Element) -> Element:
    return cell.makeelement(str(cell.tag))
