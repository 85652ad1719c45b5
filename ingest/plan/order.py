"""What an operator orders of a crawl."""

from dataclasses import dataclass
from typing import Literal

from shared.model.library import Library

Kind = Literal["crawl", "refresh", "retry"]
"""A crawl looks anew; a refresh asks for what is served and waits before it drops; a retry fetches what failed."""


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
    kind: Kind = "crawl"

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
