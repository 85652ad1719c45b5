"""One piece of code, of which several blocks are made: as it is, numbered, with lines added, with lines removed."""

from dataclasses import dataclass
from typing import cast

from tests.generators.truth import Code, Line, Mark

_NAME = "NAME"


@dataclass(frozen=True, slots=True)
class Sample:
    word: str
    """Of which the names of its blocks are made: in no other sample, and in no other words."""
    language: str
    title: str
    text: str
    """The first column of each line is its mark, as in a diff; `NAME` stands for the block's name."""

    @property
    def edited(self) -> bool:
        return any(line[:1] == "-" for line in self.text.splitlines())

    def plain(self, form: int, *, title: str = "", numbered: bool = False) -> Code:
        """What remains after the edit, without marks."""
        kept = (line for line in self._lines() if line[:1] != "-")
        lines = tuple(Line(line[1:]) for line in kept)
        return self._code(form, lines, title=title, numbered=numbered)

    def highlighted(self, form: int) -> Code:
        """What remains after the edit, numbered, with its second line and the added ones highlighted."""
        kept = [line for line in self._lines() if line[:1] != "-"]
        lines = tuple(
            Line(line[1:], "*" if line[1:].strip() and (at == 1 or line[:1] == "+") else "")
            for at, line in enumerate(kept)
        )
        return self._code(form, lines, numbered=True)

    def added(self, form: int) -> Code:
        """With the added lines marked, and the removed ones left out."""
        kept = (line for line in self._lines() if line[:1] != "-")
        return self._code(form, tuple(_marked(line) for line in kept))

    def removed(self, form: int) -> Code:
        """With both marked."""
        return self._code(form, tuple(map(_marked, self._lines())))

    def _lines(self) -> list[str]:
        return self.text.removeprefix("\n").removesuffix("\n").split("\n")

    def _code(self, form: int, lines: tuple[Line, ...], *, title: str = "", numbered: bool = False) -> Code:
        name = f"{self.word}{form}"
        named = tuple(Line(line.text.replace(_NAME, name), line.mark) for line in lines)
        return Code(name, self.language, named, title, numbered)


def _marked(line: str) -> Line:
    mark = line[:1].strip()
    return Line(line[1:], cast(Mark, mark if mark in ("+", "-") else ""))
