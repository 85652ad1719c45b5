"""Values: what a crawl tells its caller of each URL."""

from dataclasses import dataclass

from ingest.crawl.fetch.answer import Fetched, Validators


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was fetched. The crawl waits for `extracted`, `unreadable` or `failed` of its URL."""

    url: str
    depth: int
    """Links from the start page."""
    fetched: Fetched


@dataclass(frozen=True, slots=True)
class Skipped:
    """A URL of the site that gives no page of its own. `detail` is the URL that it stands for, if any."""

    url: str
    reason: str
    detail: str = ""
    validators: Validators | None = None
    """Of an answer that gave the reason by itself: as long as they hold, it holds."""


@dataclass(frozen=True, slots=True)
class Failed:
    """A URL that should have given a page."""

    url: str
    reason: str
    attempts: int
    status: int | None = None
    """HTTP's, where there was an answer."""
    landed: str = ""
    """Where it was led to, under which an earlier crawl may have kept it."""

    @property
    def gone(self) -> bool:
        """Whether the site says that there is no such page (404, 410), rather than failing for now."""
        return self.status in (404, 410)


@dataclass(frozen=True, slots=True)
class Unmodified:
    """A known page that has not changed: nothing was sent. `recalled` takes its links."""

    url: str
    depth: int
    fetched: Fetched


PageEvent = Page | Unmodified | Skipped | Failed
