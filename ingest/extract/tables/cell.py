"""What stands in a cell in one line: blocks become runs of text, entries of lists are parted by `;`."""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.tree.elements import drop, plain
from ingest.extract.tree.placeholders import INLINE

_BREAK, _ITEM, _OPEN = "\ufdd4", "\ufdd5", "\ufdd6"
"""Where a block begins or ends, an entry, and a list: noncharacters, of which the tree was cleaned."""
_SEAM = re.compile(rf"(\s*[{_BREAK}{_ITEM}{_OPEN}][\s{_BREAK}{_ITEM}{_OPEN}]*)")
_OPENERS = frozenset(("ul", "ol", "dl", "table", "pre"))
_ENTRIES = frozenset(("li", "dd", "tr"))
_STOPS = tuple(".,:;!?([{\u2026\u3002\uff1a")
"""After these, no sign is needed before what follows."""


def in_one_line(cell: Element) -> None:
    """Make every block in a cell a run of text, in place; links, code and emphasis stay."""
    for one in [one for one in cell.iterdescendants("*") if one.tag not in INLINE]:
        sign = _OPEN if one.tag in _OPENERS else _ITEM if one.tag in _ENTRIES else _BREAK
        end = _ITEM if sign != _BREAK else _BREAK
        if one.tag in ("td", "th"):
            _part_cells(one)
        elif one.tag == "dt":
            one.tail = f"{_OPEN}{one.tail or ''}"
            one.text = f"{sign}{one.text or ''}"
        elif one.tag == "hr":
            drop(one)
            continue
        elif one.tag == "summary":
            one.tag, one.tail = "strong", f"{_BREAK}{one.tail or ''}"
            continue
        else:
            one.text = f"{sign}{one.text or ''}"
            if len(one):
                one[-1].tail = f"{one[-1].tail or ''}{end}"
            else:
                one.text += end
        one.tag = "span"
        one.attrib.clear()
    _join(cell)


def _part_cells(cell: Element) -> None:
    """A table in a cell: `name: value` of two columns, else parted by commas."""
    row = cell.getparent()
    if row is None or cell.getnext() is None or not plain(cell):
        return
    cell.tail = ": " if len(row) == 2 else ", "


def _join(cell: Element) -> None:
    """Put a sign in the place of each seam, by what stands before it; none at either end."""
    places = list(_texts(cell))
    lines = [_SEAM.split(getattr(one, name) or "") for one, name in places]  # texts, and seams between
    before = signs = ""
    seam: tuple[list[str], int] | None = None
    last: tuple[list[str], int] | None = None
    for line in lines:
        for at, said in enumerate(line):
            if at % 2:
                signs, line[at] = signs + said, ""
                seam = seam or (line, at)
            elif said.strip():
                if seam:
                    seam[0][seam[1]], line[at] = _sign(before, signs), said.lstrip()
                if seam and last:
                    last[0][last[1]] = last[0][last[1]].rstrip()
                before, signs, seam, last = said.rstrip(), "", None, (line, at)
            elif seam:
                line[at] = ""
    for (one, name), line in zip(places, lines, strict=True):
        setattr(one, name, "".join(line))


def _sign(before: str, seam: str) -> str:
    if not before:
        return ""
    if before.endswith(_STOPS):
        return " "
    return ": " if _OPEN in seam else "; " if _ITEM in seam else " "


def _texts(cell: Element) -> Iterator[tuple[Element, str]]:
    """Where text stands in a cell, in order."""
    for event, one in etree.iterwalk(cell, events=("start", "end")):
        if event == "start":
            yield one, "text"
        elif one is not cell:
            yield one, "tail"
