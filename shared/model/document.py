"""A page on its way into the stores: Document, Chunk, and what an index holds of it.

Nothing in these values is invisible, wherever they come from: each is cleaned as it is made.
"""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID, uuid5

from shared.visible import visible, visible_markdown

PERMALINK_SIGNS = "\u25c6\uf0c1\U0001f517\u2693"
"""Doxygen's ◆, the chain of icon fonts and of emoji, an anchor: documents keep them of a heading, answers do not."""

_SIGNED = re.compile(rf"^(\s*(?:#{{1,6}}\s+)?)[{PERMALINK_SIGNS}]+\s*|(?<!\s)\s*[{PERMALINK_SIGNS}]+\s*$")


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
    """Plain text, without Markdown; with the sign of its permalink where that is none of ¶, # and §."""
    level: int
    anchor: str | None
    line: int
    """Where the heading stands: 0-based line of the document's Markdown."""
    symbol: str | None = None
    """The dotted name, where the heading is the signature of an API entry."""

    def __post_init__(self) -> None:
        _show(self, "heading", "anchor", "symbol")


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
    post: bool = False
    """Whether it is a post of a blog or news: told on a day, and true of that day."""
    listings: tuple[tuple[int, int], ...] = ()
    """Source listings, which are kept and give no passages: their lines, 0-based, and the first line behind each."""

    def __post_init__(self) -> None:
        _show(self, "url", "title", "language", "generator")
        object.__setattr__(self, "markdown", visible_markdown(self.markdown))


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """A document, and what its page says to a crawler."""

    document: Document
    links: tuple[str, ...] = ()
    """Absolute http(s) URLs, in order, each once; of fragments only those that a script knows (`#/guide`)."""
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False
    twin: str | None = None
    """Where its Markdown form is, as the page says."""
    alternates: tuple[tuple[str, str], ...] = ()
    """Human languages (BCP 47) and where the page is in them."""
    named: str = ""
    """Its `<title>` as it stands."""
    incomplete: bool = False
    """Whether tabs or code groups lack panes that only a script draws: its Markdown twin is asked for, whatever the
    site's others hold."""
    listing: bool = False
    """Whether it is nothing but the source listing of a file."""


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
    """The API entry that it belongs to, by its dotted name."""
    symbols: tuple[str, ...] = ()
    """Every entry of which the signature stands here, where they are several; `symbol` is the first."""
    title: str | None = None
    """Of a snippet: the heading right above its first code, plain."""
    description: str | None = None
    """Of a snippet: what introduces its first code, plain, in one line."""
    page_title: str = ""
    generator: str | None = None
    """What made the site, where it is recognised."""
    post: bool = False
    """Whether it stands in a post of a blog or news."""
    suspicions: tuple[str, ...] = ()
    """The scanner's rules that it meets: instructions to agents, most likely."""

    def __post_init__(self) -> None:
        _show(
            self,
            "source_url",
            "embedded_text",
            "code_language",
            "symbol",
            "title",
            "description",
            "page_title",
        )
        object.__setattr__(self, "content", visible_markdown(self.content))
        object.__setattr__(self, "breadcrumb", tuple(map(visible, self.breadcrumb)))
        object.__setattr__(self, "symbols", tuple(map(visible, self.symbols)))


@dataclass(frozen=True, slots=True)
class SparseVector:
    """BM25 weights by hashed term: equal lengths, indices unsigned 32-bit, ascending, each once."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


def _show(value: object, *fields: str) -> None:
    """Clean these fields of a value that is just being made."""
    for name in fields:
        if text := getattr(value, name):
            object.__setattr__(value, name, visible(text))


def opened(source_url: str) -> str:
    """The address that a person opens: of `http://h/guide.md#/docs/#/guide` that is `http://h/docs/#/guide`."""
    page, _, fragment = source_url.partition("#")
    return "/".join(page.split("/", 3)[:3]) + fragment if "#" in fragment else source_url


def unsigned(heading: str) -> str:
    """A heading, plain or as a line of Markdown, without the sign of its permalink."""
    return _SIGNED.sub(r"\g<1>", heading)


def chunk_id(generation: UUID, url: str, content: str, repeat: int) -> UUID:
    """The id of a chunk's row and of its point: the same input gives the same id, in one generation only.

    `repeat` tells equal contents under one URL apart (0, 1, ...).
    """
    return uuid5(generation, f"{url}\n{repeat}\n{content}")


def shown_text(chunk: Chunk) -> str:
    """All that a reader sees of a chunk, each part a paragraph: what is scanned, and judged."""
    around = (*chunk.breadcrumb, chunk.page_title, chunk.title or "", chunk.description or "")
    said = dict.fromkeys(part for part in around if part and part not in chunk.content)
    return "\n\n".join((chunk.content, *said))


def quarantine_key(library_id: str, chunk: Chunk) -> bytes:
    """SHA-256 under which a verdict on a suspicious text of a library is kept."""
    return hashlib.sha256(f"{library_id}\n{shown_text(chunk)}".encode()).digest()


def embedding_key(fingerprint: str, embedded_text: str) -> bytes:
    """SHA-256 under which a text's vector is kept: nothing is embedded twice by one model."""
    return hashlib.sha256(f"{fingerprint}\n{embedded_text}".encode()).digest()
