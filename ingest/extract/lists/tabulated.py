"""Lists that a page draws as tables, to align them, become lists again: of AsciiDoc, DocBook and Sphinx."""

from lxml import etree
from lxml.etree import _Element as Element

_TABLES = etree.XPath('.//table[contains(@class, "hlist") or parent::div[contains(@class, "list")]]')
_NUMBERED = frozenset(("colist", "calloutlist"))
"""Notes on code, each behind its number."""


def list_tables(region: Element) -> None:
    """Make lists of them, in place. To be asked before code is taken out: it would open the tables."""
    for table in list(_TABLES(region)):
        holder = table.getparent()
        made = None if holder is None else _list(table, holder)
        if holder is not None and made is not None:
            made.tail = table.tail
            holder.replace(table, made)


def _list(table: Element, holder: Element) -> Element | None:
    rows = [[one for one in row if one.tag in ("td", "th")] for row in _rows(table)]
    if "hlist" in _names(table):
        return _joined(table, rows)
    if any(len(row) != 2 for row in rows):
        return None
    if not _NUMBERED.isdisjoint(_names(holder)):
        return _numbered(table, rows)
    return _defined(table, rows) if "hdlist" in _names(holder) else None


def _names(element: Element) -> frozenset[str]:
    return frozenset((element.get("class") or "").split())


def _rows(table: Element) -> list[Element]:
    return [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]


def _joined(table: Element, rows: list[list[Element]]) -> Element | None:
    """The lists of all columns as one, where there is nothing else."""
    parts = [one for row in rows for cell in row for one in cell]
    if not parts or any(one.tag != "ul" for one in parts):
        return None
    made = table.makeelement("ul")
    made.extend([item for one in parts for item in one])
    return made


def _numbered(table: Element, rows: list[list[Element]]) -> Element:
    made = table.makeelement("ol")
    for _, words in rows:
        words.tag = "li"
        made.append(words)
    return made


def _defined(table: Element, rows: list[list[Element]]) -> Element:
    made = table.makeelement("dl")
    for term, words in rows:
        term.tag, words.tag = "dt", "dd"
        made.extend((term, words))
    return made
