"""What an author wrote, as values: written in each generator's language, and looked for in what is built of it.

Every block holds a unique word, its `name`, in its code or text. Names of languages are those of `ingest.extract`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Mark = Literal["", "+", "-", "*", "!"]
"""Of a line: added, removed, highlighted; `!`: the source has it, and no reader sees it."""


@dataclass(frozen=True, slots=True)
class Line:
    text: str
    mark: Mark = ""


@dataclass(frozen=True, slots=True)
class Code:
    name: str
    language: str
    lines: tuple[Line, ...]
    title: str = ""
    numbered: bool = False
    twoslash: bool = False
    """Types are shown in popups, which are no part of it."""


@dataclass(frozen=True, slots=True)
class Group:
    """One code in several variants, of which a reader sees one at a time."""

    name: str
    tabs: tuple[tuple[str, Code], ...]


@dataclass(frozen=True, slots=True)
class Words:
    """A paragraph; `inline code` stands between backticks."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Tabs:
    name: str
    tabs: tuple[tuple[str, tuple["Block", ...]], ...]


@dataclass(frozen=True, slots=True)
class Details:
    name: str
    question: str
    body: tuple["Block", ...]


Cell: TypeAlias = "str | Code"


@dataclass(frozen=True, slots=True)
class Table:
    """Cells are text with `inline code`, and may be empty; one that is a Code is a block of its own in its cell."""

    name: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Formula:
    name: str
    words: str
    """What stands before it, with the name."""
    tex: str
    linear: str
    """As it may be read where a page holds no TeX; its parentheses do not count."""
    display: bool = False


@dataclass(frozen=True, slots=True)
class Callout:
    name: str
    kind: Literal["note", "tip", "warning", "danger"]
    title: str
    """Empty: the generator's own word for the kind."""
    body: tuple["Block", ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What an API reference says of one function or class."""

    name: str
    language: Literal["python", "typescript"]
    symbol: str
    signature: str
    description: str
    parameters: tuple[tuple[str, str], ...] = ()
    """Names, and words about them."""


@dataclass(frozen=True, slots=True)
class Own:
    """A block in a generator's own words, for what others have no words for."""

    source: str
    block: "Block"

    @property
    def name(self) -> str:
        return self.block.name


Block: TypeAlias = "Code | Group | Tabs | Details | Table | Formula | Callout | Entry | Words | Own"


@dataclass(frozen=True, slots=True)
class Page:
    name: str
    """Of its file and its address."""
    title: str
    blocks: tuple[Block, ...]
