"""What an operator orders of a crawl."""

from dataclasses import dataclass, field
from typing import Literal

from ingest.crawl.bounds import Bounds, Manner
from shared.model.library import Library

Kind = Literal["crawl", "refresh", "retry"]
"""A crawl looks anew; a refresh asks for what is served and waits before it drops; a retry fetches what failed."""


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
    kind: Kind = "crawl"
