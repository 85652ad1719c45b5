"""What the two tools give back: values that are the structured output as they stand."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict

DEFAULT_TOKENS = 3000
LEAST_TOKENS = 500
MOST_TOKENS = 20_000
"""What an answer may cost."""


MOST_COPIES = 10
"""Other addresses that are named of a passage which stands in several places."""

FACTS = "lectern/snippets"
"""Where a result's `_meta` has the facts about its snippets, in their order."""


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found, with what is needed to show it. Higher scores are better."""

    chunk_id: UUID
    score: float
    content: str
    content_type: str
    source_url: str
    breadcrumb: tuple[str, ...]
    token_count: int
    chunk_index: int
    code_language: str | None
    symbols: tuple[str, ...]
    """What it documents, if it is an entry of an API."""
    fetched_at: datetime | None
    post: bool = False
    """Whether it stands in a post of a blog or news."""
    also: tuple[str, ...] = ()
    """Other addresses, with their anchors, where a passage says the same."""


class Snippet(_Frozen):
    """One whole piece of documentation, as it stands there, and where it comes from."""

    title: str
    source_url: str
    """Of the page, with the anchor of its section."""
    language: str | None
    content: str


class SnippetFacts(_Frozen):
    """What a program may want to know of a snippet, and no assistant has to read."""

    version: str
    content_type: str
    anchors: tuple[str, ...]
    """Of its section, in the page; none where that has none."""
    tokens: int
    """Of its content, as the budget counts them."""
    score: float
    hash: str
    """The first digits of the content's SHA-256, hexadecimal."""
    verbatim: bool = True
    """Whether the content is the page's own words: nothing here is summed up or made up."""
    fetched_at: datetime | None
    also_at: tuple[str, ...] = ()
    """Other addresses, with their anchors, where the same is said; the first MOST_COPIES of each passage."""


class Answer(_Frozen):
    """The structured output of `query-docs`. `tokens` is the cost of the text.

    `version` is the one that is served, `asked_version` the one that was asked for where it is written otherwise.
    `crawled` is the day (UTC) on which a crawl or refresh last found the documentation to be so.
    `next_cursor` leads to what was found and did not fit; none where all of it is here.
    `partial` says that only words were searched, because the embedding model was not ready in time.
    `message` says why there is nothing, and what to do; none where there are snippets.
    """

    library_id: str
    version: str
    asked_version: str | None = None
    crawled: date | None = None
    snippets: tuple[Snippet, ...]
    tokens: int
    next_cursor: str | None = None
    partial: bool = False
    message: str | None = None

    @classmethod
    def empty(cls, library_id: str, version: str) -> Self:
        """An answer without snippets."""
        return cls(library_id=library_id, version=version, snippets=(), tokens=0)


class Found(_Frozen):
    """An answer, with the facts about each of its snippets in their order: SnippetFacts, as they are sent."""

    answer: Answer
    facts: tuple[dict[str, Any], ...] = ()
    cached: bool = False


class LibraryMatch(_Frozen):
    """One library that may be meant. `confidence` is 0 to 1."""

    id: str
    title: str
    description: str
    snippets: int
    versions: tuple[str, ...]
    default_version: str | None
    asked_version: str | None = None
    """The version that was asked for with it, as it was written."""
    pinned_version: str | None = None
    """The one of `versions` that this is, to be appended to the id; none where it is not here."""
    confidence: float
    source: str | None
    """The address at which the served crawl of that version began, or of the default one."""


class Libraries(_Frozen):
    """The structured output of `resolve-library-id`."""

    libraries: tuple[LibraryMatch, ...]
    not_indexed: tuple[str, ...] = ()
    """Ids of what was asked for where it is known and no documentation of it is here."""
    message: str | None = None
    """Why there is nothing, and what to do; none where there are libraries."""
