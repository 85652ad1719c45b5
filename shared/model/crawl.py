"""What a crawl is, and what became of it and of its pages, as the `crawls` and `crawl_pages` tables name it."""

from typing import Literal

CrawlKind = Literal["crawl", "refresh", "retry"]
"""A crawl looks anew; a refresh asks for what is served and waits before it drops; a retry fetches what failed."""

CrawlState = Literal["running", "published", "unchanged", "held", "failed"]
"""An interrupted one stays `running` until it is resumed or another one begins."""

PageState = Literal["fetched", "unchanged", "carried", "skipped", "failed"]
"""What is `carried` failed, and is kept as it is served."""
