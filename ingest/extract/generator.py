"""What a documentation generator is to us: how it is recognised, and where it keeps what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Generator:
    """Selectors are those of `ingest.extract.selectors`; the earlier a region, the better."""

    name: str
    meta: str | None = None
    """Pattern at the start of `<meta name="generator">`, any case."""
    marks: tuple[str, ...] = ()
    """Any of these elements gives it away where the meta does not."""
    regions: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    """What is not content, beside what is dropped everywhere."""
    signatures: tuple[str, ...] = ()
    """API entries: each becomes a heading in a code span."""
    terms: tuple[str, ...] = ()
    """Terms of definition lists that people link to: each becomes a heading."""
    listings: tuple[str, ...] = ()
    """Code blocks that are not in a `<pre>`."""
    prototypes: tuple[str, ...] = ()
    """Declarations that become a code block of one line."""
    grids: tuple[tuple[str, int], ...] = ()
    """Tables made of `<div>`s: the element that holds the cells, and how many make a row."""
    code_language: str | None = None
    """Language of signatures and prototypes, and of highlighted code that names none."""
    machinery: tuple[str, ...] = ()
    """Globs over the URL's path of pages that hold no documentation: indexes, search, sources."""


def names(text: str) -> tuple[str, ...]:
    """Selectors, or globs, written with white space between them."""
    return tuple(text.split())
