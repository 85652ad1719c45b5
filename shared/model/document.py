"""A page on its way into the stores: Document, Chunk, and what an index holds of it."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5


class ContentType(StrEnum):
    SNIPPET = "snippet"
    """Code, with the prose that introduces it."""
    GUIDE = "guide"
    """Prose."""
    API_REF = "api_ref"
    """A signature and its description."""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a document, in document order."""

    heading: str
    """Plain text, without Markdown and without permalink signs."""
    level: int
    anchor: str | None
    line: int
    """Where the heading stands: 0-based line of the document's Markdown."""
    symbol: str | None = None
    """The dotted name, where the heading is the signature of an API entry."""


@dataclass(frozen=True, slots=True)
class Document:
    """The main region of one page as Markdown. Code blocks are fenced; headings are ATX (`## Title`)."""

    url: str
    title: str
    markdown: str
    sections: tuple[Section, ...] = ()
    language: str | None = None
    """Human language, BCP 47, where the page says it."""
    generator: str | None = None
    """What made the site, where it is recognised: `sphinx`, `docbook`, `mkdocs`, ..."""


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """A document, and what its page says to a crawler."""

    document: Document
    links: tuple[str, ...] = ()
    """Absolute http(s) URLs without fragments, in order, each once."""
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is found and read by itself."""

    content: str
    """Markdown; fences closed."""
    content_type: ContentType
    source_url: str
    """Page URL with the anchor of the nearest heading above."""
    breadcrumb: tuple[str, ...]
    """Page title, then the headings above this piece, outermost first."""
    token_count: int
    """Tokens of `content` by the embedding model's tokenizer."""
    embedded_text: str
    """What the model sees: breadcrumb and content, plain."""
    code_language: str | None = None
    symbol: str | None = None


@dataclass(frozen=True, slots=True)
class SparseVector:
    """BM25 weights by hashed term: equal lengths, indices unsigned 32-bit, ascending, each once."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


def chunk_id(generation: UUID, url: str, content: str, repeat: int) -> UUID:
    """The id of a chunk's row and of its point: the same input gives the same id, in one generation only.

    `repeat` tells equal contents under one URL apart (0, 1, ...).
    """
    return uuid5(generation, f"{url}\n{repeat}\n{content}")


def embedding_key(fingerprint: str, embedded_text: str) -> bytes:
    """SHA-256 under which a text's vector is kept: nothing is embedded twice by one model."""
    return hashlib.sha256(f"{fingerprint}\n{embedded_text}".encode()).digest()
