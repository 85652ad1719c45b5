"""A block of the truth and what became of it: equal, or what stands there in its place."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from tests.generators.reading import Piece
from tests.generators.truth import (
    Block,
    Callout,
    Code,
    Details,
    Entry,
    Formula,
    Group,
    Own,
    Table,
    Tabs,
    Words,
)
from tests.generators.writers.markdown import LEAD

_NUMBERED = re.compile(r"^Listing \d+ ")
_AROUND = 3
"""Pieces shown of what stands where a block is not."""


@dataclass(frozen=True, slots=True)
class Wrong:
    block: Block
    why: str
    wanted: str
    got: str


@dataclass(frozen=True, slots=True)
class Read:
    """A page as it was extracted."""

    markdown: str
    pieces: tuple[Piece, ...]
    linear: bool
    """Whether the page itself holds no TeX."""
    untold: bool = False
    """Whether the page itself names no languages."""


def compare(block: Block, read: Read) -> Wrong | None:
    """The first thing that is wrong with a block."""
    return next(_faults(block, read), None)


def kind_of(block: Block) -> str:
    """What blocks are counted by."""
    if isinstance(block, Own):
        return kind_of(block.block)
    if isinstance(block, Code):
        marks = {line.mark for line in block.lines}
        return (
            "twoslash"
            if block.twoslash
            else "removed"
            if "-" in marks
            else "added"
            if "+" in marks
            else "code"
        )
    return type(block).__name__.lower()


def _faults(block: Block, read: Read, label: str = "") -> Iterator[Wrong]:
    match block:
        case Code():
            yield from _code(block, read, label or block.title)
        case Words():
            yield from _words(block, read, label)
        case Group() | Tabs():
            yield from _tabs(block, read)
        case Details():
            yield from _labelled(block, block.question, block.body, read)
        case Callout():
            yield from _callout(block, read)
        case Table():
            yield from _table(block, read)
        case Formula():
            yield from _formula(block, read)
        case Entry():
            yield from _entry(block, read)
        case Own():
            yield from _faults(block.block, read)


def _code(code: Code, read: Read, label: str) -> Iterator[Wrong]:
    wanted, language = expected(code)
    whole = f"```{language}\n{wanted}\n```"
    at, why = _find(code.name, read, "fence")
    if why:
        yield Wrong(code, why, whole, _around(code.name, read))
        return
    piece = read.pieces[at]
    said = piece.info.split(" ")[0]
    if _trimmed(piece.text.split("\n")) != wanted:
        yield Wrong(code, "other lines", whole, f"```{piece.info}\n{piece.text}```")
    elif said != language and not (read.untold and not said):
        yield Wrong(code, f"language {said!r}, not {language!r}", whole, piece.source)
    elif len(_places(code.name, read.markdown)) != len(_places(code.name, wanted)):
        yield Wrong(code, "stands twice", whole, _around(code.name, read))
    elif label and not _is_label(read.pieces[at - 1], label):
        yield Wrong(code, f"without its label {label!r}", f"{label}\n{whole}", _around(code.name, read))


def expected(code: Code) -> tuple[str, str]:
    """Its text and its language: where lines were removed, a diff in which every line has its sign."""
    seen = [line for line in code.lines if line.mark != "!"]
    if any(line.mark == "-" for line in seen):
        signed = (f"{line.mark if line.mark in ('+', '-') else ' '}{line.text}" for line in seen)
        return _trimmed(signed), "diff"
    return _trimmed(line.text for line in seen), code.language


def _words(words: Words, read: Read, label: str) -> Iterator[Wrong]:
    at, why = _find(words.name, read, "text")
    if why:
        yield Wrong(words, why, words.text, _around(words.name, read))
    elif not _squeezed(read.pieces[at].text).endswith(_squeezed(words.text)):
        yield Wrong(words, "other words", words.text, read.pieces[at].text)
    elif label and not _is_label(read.pieces[at - 1], label):
        yield Wrong(
            words, f"without its label {label!r}", f"{label}\n{words.text}", _around(words.name, read)
        )


def _tabs(block: Group | Tabs, read: Read) -> Iterator[Wrong]:
    for label, said in block.tabs:
        yield from _labelled(block, label, (said,) if isinstance(said, Code) else said, read)


def _labelled(block: Block, label: str, body: Sequence[Block], read: Read) -> Iterator[Wrong]:
    """The label stands right before the first part, the others follow it."""
    places = []
    for at, part in enumerate(body):
        for wrong in _faults(part, read, "" if at else label):
            yield replace(wrong, block=block)
            return
        places.append(next(i for i, piece in enumerate(read.pieces) if _places(part.name, piece.source)))
    if places != list(range(places[0], places[0] + len(places))):
        yield Wrong(block, "in another order", label, _around(body[0].name, read))


def _callout(callout: Callout, read: Read) -> Iterator[Wrong]:
    for part in callout.body:
        for wrong in _faults(part, read):
            yield replace(wrong, block=callout)
            return
    if callout.title and not any(
        _bare(callout.title) in _bare(piece.text) for piece in _section(callout.body[0].name, read)
    ):
        yield Wrong(callout, "without its title", callout.title, _around(callout.body[0].name, read))


def _table(table: Table, read: Read) -> Iterator[Wrong]:
    wanted = "\n".join(
        " | ".join(cell if isinstance(cell, str) else expected(cell)[0] for cell in row)
        for row in (table.header, *table.rows)
    )
    at, why = _find(table.name, read, "table")
    if why:
        yield Wrong(table, why, wanted, _around(table.name, read))
        return
    rows = read.pieces[at].rows
    same = len(rows) == len(table.rows) + 1 and all(
        len(got) == len(row) and all(_is_cell(one, cell, read) for one, cell in zip(row, got, strict=True))
        for row, got in zip((table.header, *table.rows), rows, strict=True)
    )
    if not same:
        yield Wrong(table, "other cells", wanted, read.pieces[at].text)


def _is_cell(wanted: str | Code, got: str, read: Read) -> bool:
    """Code may stand in its cell, or as a block of its own."""
    if isinstance(wanted, str):
        return _squeezed(wanted) == _squeezed(got)
    flat = _squeezed(re.sub(r"<br\s*/?>|`", "", got))
    return flat == _squeezed(expected(wanted)[0]) or next(_code(wanted, read, ""), None) is None


def _formula(formula: Formula, read: Read) -> Iterator[Wrong]:
    section = _section(formula.name, read)
    source = "\n".join(piece.source for piece in section)
    if not read.linear and _squeezed(source).count(_squeezed(formula.tex)) == 1:
        return
    said = _linear("".join(piece.text for piece in section)).replace(_linear(formula.words), "")
    if not read.linear or said != _linear(formula.linear):
        yield Wrong(formula, "other formula", formula.linear if read.linear else formula.tex, source)


def _linear(text: str) -> str:
    """Without what does not count: parentheses, marks of Markdown, and whether a sign is a word."""
    bare = re.sub(r"[(){}$`*.\\]", "", _squeezed(text))
    return bare.replace("∑", "sum").replace("∫", "int")


def _entry(entry: Entry, read: Read) -> Iterator[Wrong]:
    wanted = "\n".join(
        (entry.signature, entry.description, *(f"{name}: {words}" for name, words in entry.parameters))
    )
    section = _section(entry.name, read)
    if not section:
        yield Wrong(entry, "is not there", wanted, "")
        return
    text = "\n".join(piece.text for piece in section)
    bare = _signature(text)
    for part in (entry.signature, entry.description, *(words for _, words in entry.parameters)):
        if _signature(part) not in bare:
            yield Wrong(entry, f"without {part!r}", wanted, text)
            return


def _signature(text: str) -> str:
    """Without white space and what only the layout asks for: a comma behind the last parameter."""
    return re.sub(r"[`*]", "", _squeezed(text)).replace("→", "->").replace('"', "'").replace(",)", ")")


def _find(name: str, read: Read, kind: str) -> tuple[int, str]:
    """Where it stands, and why not as it should."""
    found = [at for at, piece in enumerate(read.pieces) if _places(name, piece.source)]
    of_kind = [at for at in found if read.pieces[at].kind == kind]
    if not found:
        return 0, "is not there"
    if not of_kind:
        return 0, f"is no {kind}"
    return of_kind[0], "" if len(of_kind) == 1 else f"in several of {kind}"


def _section(name: str, read: Read) -> tuple[Piece, ...]:
    """From the lead before a block to the next one."""
    at = next((at for at, piece in enumerate(read.pieces) if _places(name, piece.source)), None)
    if at is None:
        return ()
    first, last = at, at + 1
    while first > 0 and not _parts(read.pieces[first - 1]):
        first -= 1
    while last < len(read.pieces) and not _parts(read.pieces[last]):
        last += 1
    return read.pieces[first:last]


def _parts(piece: Piece) -> bool:
    return piece.text == LEAD or (piece.kind == "heading" and piece.text.startswith("Part "))


def _is_label(piece: Piece, label: str) -> bool:
    """Some generators number their listings."""
    said = _NUMBERED.sub("", piece.text)
    return piece.kind in ("text", "heading") and _bare(said) == _bare(label)


def _bare(text: str) -> str:
    return _squeezed(text.replace("`", "")).rstrip(":")


def _around(name: str, read: Read) -> str:
    """The Markdown from a little before the name on."""
    at = next((at for at, piece in enumerate(read.pieces) if _places(name, piece.source)), None)
    shown = () if at is None else read.pieces[max(at - _AROUND, 0) : at + _AROUND]
    return "\n\n".join(piece.source for piece in shown)


def _places(name: str, text: str) -> list[str]:
    return re.findall(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", text, re.IGNORECASE)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _trimmed(lines: Iterator[str] | Sequence[str]) -> str:
    """Without white space at the ends of lines, and without blank lines around."""
    return "\n".join(line.rstrip() for line in lines).strip("\n")
