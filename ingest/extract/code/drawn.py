"""A block of code as its reader sees it: its lines, each with what numbers it and what was changed in it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.gutters import is_gutter
from ingest.extract.code.beside.note_signs import NOTED, is_note_sign
from ingest.extract.code.beside.popups import described, is_popup, is_trigger
from ingest.extract.code.lines.breaks import breaks_line, is_line, stands_in_words, within_line
from ingest.extract.code.lines.changes import change_of, sign_of
from ingest.extract.code.lines.display import is_block, is_coloured, is_unselectable
from ingest.extract.code.lines.line import Line, Number
from ingest.extract.code.words import is_word
from ingest.extract.tree.elements import plain

_SKIPPED = frozenset(("button", "script", "style", "svg", "select", "input", "template", "noscript"))
_LABELS = frozenset(("sql_link",))
"""What stands before a line of code and is no part of it: kept, with a space behind."""
_NEWLINE, _WORDS = "newline", "words"
_DIGITS = 6
"""Of the longest number of a line."""


@dataclass(frozen=True, slots=True)
class _Drawing:
    texts: list[str] = field(default_factory=list)
    heads: dict[int, Number | str] = field(default_factory=dict)
    """What stands at the head of a line in place of an empty text: a number, or a sign."""
    changes: list[tuple[int, int, str]] = field(default_factory=list)
    """Which texts, from and to, were added or removed."""


def draw(pre: Element) -> list[Line]:
    """The lines of a block with their own indentation: they end at newlines, `<br>`, and elements that are lines."""
    drawing = _Drawing()
    out = drawing.texts
    opened: list[int] = []
    changing = -1
    change, began_change = "", 0
    skipped = 0
    in_word = False
    explained = described(pre)
    for event, element in etree.iterwalk(pre, events=("start", "end")):
        if element is pre:
            out.append((pre.text or "") if event == "start" else "")
            continue
        if in_word:
            in_word = False
            out.append(element.tail or "")
            continue
        if event == "start":
            if not skipped and element.get("class") not in _LABELS and is_word(element):
                in_word = True
                out.append(element.text or "")
                continue
            if (
                skipped
                or element.tag in _SKIPPED
                or is_popup(element)
                or (explained and element.get("id") in explained)
            ):
                if not skipped and _parts_lines(element) and out and not _ends_line(out, 0):
                    out.append("\n")
                skipped += 1
                continue
            if is_note_sign(element):
                out.append(NOTED)
                skipped += 1
                continue
            if _stands_beside(element, drawing):
                skipped += 1
                continue
            if element.tag == "br" or (_breaks(element) and out and not _ends_line(out, 0)):
                out.append("\n")
            if changing < 0 and (change := change_of(element)):
                changing, began_change = len(opened), len(out)
            opened.append(len(out))
            out.append(element.text or "")
            continue
        if skipped:
            skipped -= 1
        else:
            began = opened.pop()
            if changing == len(opened):
                drawing.changes.append((began_change, len(out), change))
                changing = -1
            if (is_line(element) or is_block(element)) and not _ends_line(out, began) and _ends(element, pre):
                out.append("\n")
            if element.get("class") in _LABELS:
                out.append(" ")
        if not skipped:
            out.append(element.tail or "")
    return _lines(drawing)


def _breaks(element: Element) -> bool:
    """Whether an element begins and ends a line as a block."""
    if not is_block(element):
        return False
    if is_trigger(element.get("class") or ""):
        return within_line(element) is None and not stands_in_words(element)
    return breaks_line(element)


def _ends(element: Element, pre: Element) -> bool:
    """Whether a line ends with an element, and no newline behind it says so."""
    behind = _behind(element)
    if behind == _NEWLINE:
        return False
    if is_line(element) and not (behind == _WORDS and _is_made_of_newlines(pre)):
        return True
    return _breaks(element)


def _behind(element: Element) -> str:
    """What comes behind an element, or behind what it stands last in: a newline, words, or else."""
    one: Element | None = element
    while one is not None and one.tag != "pre":
        if tail := (one.tail or "").lstrip(" \t"):
            return _NEWLINE if tail[0] == "\n" else _WORDS
        if (behind := one.getnext()) is not None:
            if behind.tag == "br":
                return _NEWLINE
            return "" if is_line(behind) or is_block(behind) or is_popup(behind) else _WORDS
        one = one.getparent()
    return ""


def _is_made_of_newlines(pre: Element) -> bool:
    """Whether newlines end the lines, so that their elements need not: words that cross lines tear those apart."""
    written = sum(bool(line.strip()) for line in "".join(pre.itertext()).split("\n"))
    return written >= sum(bool(plain(one)) for one in pre.iterdescendants("*") if is_line(one))


def _parts_lines(popup: Element) -> bool:
    """Whether what is said of a line stands between it and the next, in place of a newline."""
    above = popup.getparent()
    return (
        above is not None
        and above.tag in ("pre", "code")
        and is_block(popup)
        and popup.getnext() is not None
        and _behind(popup) != _NEWLINE
    )


def _ends_line(out: Sequence[str], began: int) -> bool:
    """Whether what was written since `began` is something, and ends its line."""
    for at in range(len(out) - 1, began - 1, -1):
        if out[at]:
            return out[at].endswith("\n")
    return False


def _stands_beside(element: Element, drawing: _Drawing) -> bool:
    """Whether an element is no code of its line, but numbers it or bears its sign; what it says is kept apart."""
    gutter = is_gutter(element)
    if not gutter and (len(element) or len(element.text or "") > _DIGITS):
        return False
    text = "".join(element.itertext())
    numbers = text.strip().isdecimal()
    head = _number(element, text, gutter) if numbers else sign_of(element, text, sure=gutter)
    if head is None or not _at_head(drawing.texts, indented=numbers):
        return gutter
    drawing.heads[len(drawing.texts)] = head
    drawing.texts.append("")
    return True


def _number(element: Element, text: str, gutter: bool) -> Number | None:
    names = (element.get("class") or "").split()
    kind = " ".join((str(element.tag), *names[:1]))
    if gutter or is_unselectable(element):
        return Number(text, kind, sure=True)
    if "\n" in text or is_coloured(element) or _breaks(element):
        return None
    return Number(text, kind, sure=False)


def _at_head(out: Sequence[str], *, indented: bool) -> bool:
    """Whether nothing was written to the line that is open, but for white space where it may be indented."""
    for text in reversed(out):
        _, ended, said = text.rpartition("\n")
        if said.strip() or (said and not indented):
            return False
        if ended:
            return True
    return True


def _lines(drawing: _Drawing) -> list[Line]:
    out, heads = [text.replace("\xa0", " ") for text in drawing.texts], drawing.heads
    if not (heads or drawing.changes):
        return [Line(((line, ""),)) for line in "".join(out).split("\n")]
    became = [""] * len(out)
    for start, stop, change in drawing.changes:
        end = _end_of_change(out, start, stop)
        became[start:end] = [change] * (end - start)
    lines: list[Line] = []
    parts: list[tuple[str, str]] = []
    number: Number | None = None
    sign = ""
    for at, text in enumerate(out):
        head = heads.get(at)
        if isinstance(head, Number):
            number = number or replace(head, lead="".join(said for said, _ in parts))
            parts = []
        elif head is not None:
            sign = sign.strip() or head
        else:
            first, *rest = text.split("\n")
            parts.append((first, became[at]))
            for said in rest:
                lines.append(Line(tuple(parts), number, sign))
                parts, number, sign = [(said, became[at])], None, ""
            if rest and not rest[-1]:
                parts = []
    return [*lines, Line(tuple(parts), number, sign)]


def _end_of_change(out: Sequence[str], start: int, end: int) -> int:
    """Where changed texts end: not on a line that they only begin."""
    for at in range(end - 1, start - 1, -1):
        _, ended, said = out[at].rpartition("\n")
        if said.strip():
            return end
        if ended:
            return at + 1
    return end
