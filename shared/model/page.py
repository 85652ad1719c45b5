"""A served page as a person reads it: its name, and its parts put together from chunks."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PageName:
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk as a part of its page. `section` is the page's title and the headings above it."""

    content: str
    section: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PagePart:
    """One of `parts` parts of a page, counted from 1."""

    url: str
    part: int
    parts: int
    passages: tuple[Passage, ...]
    fetched_at: datetime
