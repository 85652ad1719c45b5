"""Pure: which numbers at the heads of lines number them; the lines without those."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.extract.code.lines.line import Line

_ANYWHERE = 3
"""Numbers: as many in a row may begin anywhere, fewer begin at 1."""


def without_numbers(lines: Sequence[Line]) -> list[Line]:
    """Numbers that say so themselves go, and those that count the lines; others are put back into the code.

    A single space that stands behind each number belongs to it.
    """
    counted = _count(lines)
    bare = [_bare(line, counted) for line in lines]
    told = [(line, one) for line, one in zip(lines, bare, strict=True) if one.text]
    spaced = bool(told) and all(
        line.number is not None and line.number.text[-1:].isdigit() and one.text[0] == " "
        for line, one in told
    )
    if not spaced or min(len(one.text) - len(one.text.lstrip()) for _, one in told) != 1:
        return bare
    return [_outdented(one) if one.text else one for one in bare]


def _count(lines: Sequence[Line]) -> bool:
    """Whether every line that says something begins with a number of one kind, one more than that before it."""
    numbers = [line.number for line in lines if line.number is not None]
    if len(numbers) < 2 or len({number.kind for number in numbers}) > 1:
        return False
    if any(line.number is None and line.text for line in lines) or not any(line.text for line in lines):
        return False
    values = [int(number.text) for number in numbers]
    return all(after == before + 1 for before, after in pairwise(values)) and (
        values[0] == 1 or len(values) >= _ANYWHERE
    )


def _bare(line: Line, counted: bool) -> Line:
    number = line.number
    if number is None or number.sure or counted:
        return line
    return replace(line, number=None, parts=((number.lead + number.text, ""), *line.parts))


def _outdented(line: Line) -> Line:
    """Without the space that its first part begins with."""
    parts = [part for part in line.parts if part[0]]
    return replace(line, parts=((parts[0][0][1:], parts[0][1]), *parts[1:]))
