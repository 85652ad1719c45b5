"""Values: what a crawl was asked for, how far it is, and what came of it."""

from dataclasses import dataclass, field
from typing import Literal

from shared.model.library import Library

Outcome = Literal["published", "unchanged", "failed"]


@dataclass(frozen=True, slots=True)
class Order:
    """What the operator asked for. These fields decide which pages belong to a crawl."""

    library: Library
    """As it is added, where the catalogue does not have it yet."""
    version: str
    start_url: str
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_pages: int = 10_000
    max_depth: int | None = None
    languages: tuple[str, ...] = ()
    """Human languages that are wanted, BCP 47; without any, that of the start page."""
    base_url: str | None = None
    """The public address of a mirrored site: what its canonical links and sitemaps say for `start_url`."""
    allow_private: bool = False
    allowed: tuple[str, ...] = ()
    """Addresses and networks (CIDR) that may be connected to though they are private."""
    headers: tuple[str, ...] = ()
    """Where the credentials for the host of `start_url` are found, as in `Authorization: $DOCS_TOKEN`."""
    concurrency: int = 4
    fresh: bool = False
    force: bool = False
    """Publish what the shrink guard would hold back."""
    retry_failed: bool = False
    """Fetch only what failed in the last crawl of this version."""

    @property
    def options(self) -> dict[str, object]:
        """What an interrupted crawl must share with this order to be gone on with."""
        return {
            "start_url": self.start_url,
            "include": list(self.include),
            "exclude": list(self.exclude),
            "max_pages": self.max_pages,
            "max_depth": self.max_depth,
            "languages": list(self.languages),
            "base_url": self.base_url,
            "allow_private": self.allow_private,
            "allowed": list(self.allowed),
        }


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is."""

    stage: str = "crawling"
    found: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    chunks: int = 0
    embedded: int = 0
    """Chunks that have their vector."""
    computed: int = 0
    """Vectors that the model made in this run; the others were there."""


@dataclass(frozen=True, slots=True)
class Failure:
    url: str
    reason: str
    attempts: int


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What came of a crawl. `skipped` counts URLs by reason."""

    library_id: str
    version: str
    outcome: Outcome
    pages: int
    fetched: int
    unchanged: int
    carried: int
    """Of those, pages that failed now and are kept as they are served."""
    failed: tuple[Failure, ...]
    skipped: dict[str, int]
    outside: int
    chunks: int
    tokens: int
    embedded: int
    seconds: float
    resumed: int = 0
    """Pages that an interrupted run had finished."""
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""
