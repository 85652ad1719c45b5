"""A site, page by page: what is asked for, in which order, and where we may connect.

The way in: `async with open_crawl(CrawlPlan(start)) as crawl: async for event in crawl`.
"""

from ingest.crawl.answer import Known
from ingest.crawl.crawl import Crawl, open_crawl
from ingest.crawl.entry import CrawlPlan
from ingest.crawl.events import Failed, FailedList, Page, PageEvent, Skipped, Unmodified
from ingest.crawl.fetch import Fetched, Validators, open_fetcher
from ingest.crawl.frontier import Finished
from ingest.crawl.guard import Guard
from ingest.crawl.inventory import with_symbols
from ingest.crawl.offers import find_version, offered_versions
from ingest.crawl.politeness import FetchPolicy, user_agent
from ingest.crawl.versions import Versions, named_version, same_version, spoken

__all__ = [
    "Crawl",
    "CrawlPlan",
    "Failed",
    "FailedList",
    "FetchPolicy",
    "Fetched",
    "Finished",
    "Guard",
    "Known",
    "Page",
    "PageEvent",
    "Skipped",
    "Unmodified",
    "Validators",
    "Versions",
    "find_version",
    "named_version",
    "offered_versions",
    "open_crawl",
    "open_fetcher",
    "same_version",
    "spoken",
    "user_agent",
    "with_symbols",
]
