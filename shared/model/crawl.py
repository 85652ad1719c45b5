"""What a crawl is, and what became of it and of its pages, as the `crawls` and `crawl_pages` tables name it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

CrawlKind = Literal["crawl", "refresh", "retry"]
"""A crawl looks anew; a refresh asks for what is served and waits before it drops; a retry fetches what failed."""

CrawlState = Literal["running", "published", "unchanged", "held", "failed"]
"""An interrupted one stays `running` until it is resumed or another one begins."""

PageState = Literal["fetched", "unchanged", "carried", "skipped", "failed"]
"""What is `carried` failed, and is kept as it is served."""

NOT_SENT = "not sent (304)"
NOT_ASKED = "not requested again"
"""Why a page counts as unchanged, where it was not sent."""


@dataclass(frozen=True, slots=True)
class PageRow:
    """One URL of a crawl."""

    url: str
    position: int
    depth: int
    state: PageState
    reason: str | None = None
    attempts: int = 0
    final_url: str | None = None
    """Where it was found; of one that was skipped, the URL that it stands for."""
    document_key: bytes | None = None
    content_hash: bytes | None = None
    """Of its document: equal hashes, equal chunks."""
    chunked: bool = False
    etag: str | None = None
    last_modified: str | None = None
    fetched_at: datetime | None = None
    absences: int = 0
    """Refreshes in a row that found it gone."""
