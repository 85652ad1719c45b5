"""Values: a line of code as it was found, with what numbers it and what is said to have changed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Number:
    """A number at the head of a line."""

    text: str
    """As it stands, white space and all."""
    kind: str
    """Of its element: tag, class and style; numbers of one column are of one kind."""
    sure: bool
    """Whether its element says that it is no code."""
    lead: str = ""
    """White space before it."""


@dataclass(frozen=True, slots=True)
class Line:
    parts: tuple[tuple[str, str], ...]
    """Text, and `+`, `-` or nothing for what became of it."""
    number: Number | None = None
    sign: str = ""
    """What a sign beside the line says: `+`, `-`, or a space."""

    @property
    def text(self) -> str:
        """The code, without trailing white space."""
        return "".join(text for text, _ in self.parts).rstrip()

    @property
    def change(self) -> str:
        """`+` or `-` for a line that was changed as a whole; else ''."""
        if self.sign:
            return self.sign.strip()
        told = {change for text, change in self.parts if text.strip()} or {
            change for _, change in self.parts if change
        }
        return told.pop() if len(told) == 1 else ""

    @property
    def within(self) -> frozenset[str]:
        """What became of words in it."""
        return frozenset(change for text, change in self.parts if change and text.strip())

    @property
    def kept(self) -> "Line":
        """The same line, with nothing said of what became of it."""
        return Line(((self.text, ""),))

    def without(self, change: str) -> str:
        """Its text before (`+`) or after (`-`) the parts of it that were changed."""
        return "".join(text for text, became in self.parts if became != change).rstrip()
