"""What an operator orders of a crawl."""

from dataclasses import dataclass, field

from ingest.crawl.addresses.bounds import Bounds, Manner
from shared.model.crawl import CrawlKind
from shared.model.library import Library


@dataclass(frozen=True, slots=True)
class Order:
    library: Library
    """As it is added, where the catalogue does not have it yet."""
    version: str
    bounds: Bounds
    manner: Manner = field(default_factory=Manner)
    fresh: bool = False
    force: bool = False
    """Publish what the shrink guard would hold back."""
    kind: CrawlKind = "crawl"
