"""The header of a table in one row of names, a column each; without one, an empty row, for Markdown has no other."""

import re

from lxml.etree import _Element as Element

from ingest.extract.tables.grid import Row, cells
from ingest.extract.tree.elements import plain

_NAMED = re.compile(r"(?:^|[-_\s])(?:t?head(?:er)?|heading)(?:$|[-_\s])", re.IGNORECASE)
_BOLD = ("strong", "b", "th")


def head_rows(rows: list[Element]) -> int:
    """How many of the first rows are the header: those of `<thead>`, or the first of nothing but `<th>`."""
    headed = sum(1 for row in rows if _holder(row) == "thead")
    if headed:
        return headed
    if not rows or not _is_header(rows[0]):
        return 0
    grouped = any((one.get("colspan") or one.get("rowspan") or "1") != "1" for one in cells(rows[0]))
    return 2 if grouped and len(rows) > 2 and _is_header(rows[1]) else 1


def merged(lines: list[Row]) -> Row:
    """One row of several: what groups columns stands before the name of each."""
    first, *rest = lines
    for line in rest:
        for above, below in zip(first, line, strict=True):
            if not plain(below) or plain(below) == plain(above):
                continue
            if plain(above):
                last = above[-1] if len(above) else None
                if last is None:
                    above.text = f"{above.text or ''} "
                else:
                    last.tail = f"{last.tail or ''} "
            _add(above, below)
    return first


def _add(above: Element, below: Element) -> None:
    last = above[-1] if len(above) else None
    if last is None:
        above.text = (above.text or "") + (below.text or "")
    else:
        last.tail = (last.tail or "") + (below.text or "")
    above.extend(list(below))


def _holder(row: Element) -> str:
    holder = row.getparent()
    return "" if holder is None else str(holder.tag)


def _is_header(row: Element) -> bool:
    """Nothing but header cells, or cells that are bold as a whole, or called a header."""
    line = cells(row)
    if all(one.tag == "th" for one in line) or _NAMED.search(row.get("class") or ""):
        return True
    said = [one for one in line if plain(one)]
    return len(said) > 1 and all(one.tag == "th" or _is_bold(one) for one in said)


def _is_bold(cell: Element) -> bool:
    if cell.tag == "th" or _NAMED.search(cell.get("class") or ""):
        return True
    return any(plain(one) == plain(cell) for one in cell.iter(*_BOLD))
