"""What an operator says of a site: which pages belong to a crawl, and how they are asked for. Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Bounds:
    """What decides which pages belong to a crawl: a later crawl within the same bounds goes on with it."""

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

    @property
    def stored(self) -> dict[str, object]:
        """As the `crawls` table keeps them."""
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()
        }

    def as_stored(self, options: Mapping[str, Any]) -> "Bounds":
        """As they were when these options were stored; what the options do not say is as it is now."""
        known = {field.name for field in fields(self)}
        then: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in options.items()
            if name in known
        }
        return replace(self, **then)


@dataclass(frozen=True, slots=True)
class Manner:
    """How pages are asked for, whichever belong to the crawl."""

    headers: tuple[str, ...] = ()
    """Where the credentials for the host of the start page are found, as in `Authorization: $DOCS_TOKEN`."""
    concurrency: int = 4
    """Connections to a host."""
