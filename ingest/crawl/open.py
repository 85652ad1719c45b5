"""A site is entered and crawled; fetching ends with the crawl."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager

from ingest.crawl.addresses.bounds import Bounds
from ingest.crawl.crawl import Crawl
from ingest.crawl.entry import NOTHING_KNOWN, CrawlPlan, enter
from ingest.crawl.fetch.answer import Known
from ingest.crawl.fetch.credentials import find_credentials
from ingest.crawl.fetch.fetcher import Fetcher, open_fetcher
from ingest.crawl.frontier import Finished
from ingest.crawl.lists.reading import Reading, Run
from ingest.crawl.site_lists import read_inventory, read_versions
from shared.guard.guard import Guard
from shared.guard.session import check_host
from shared.guard.urls import normalise


@asynccontextmanager
async def open_crawl(
    plan: CrawlPlan,
    *,
    finished: Iterable[Finished] = (),
    known: Mapping[str, Known] = NOTHING_KNOWN,
    run: Run = asyncio.to_thread,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[Crawl]:
    """Enter a site and crawl it. `finished` are the pages of an interrupted run of the same plan; a page that
    is `known` is requested only if it has changed since. The site's own lists are read by `run`.

    Raises what `enter` raises, before there is any event.
    """
    async with open_site(plan, sleep=sleep, environment=environment) as fetcher:
        entry = await enter(fetcher, plan, known, run=run)
        reading = Reading(run)
        versions = await read_versions(fetcher, normalise(plan.bounds.start_url), entry, reading)
        inventory = await read_inventory(fetcher, entry, reading)
        crawl = Crawl(fetcher, plan, entry, versions, finished, known, inventory, reading)
        try:
            yield crawl
        finally:
            await crawl.close()


@asynccontextmanager
async def open_site(
    plan: CrawlPlan,
    *,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    environment: Mapping[str, str] = os.environ,
) -> AsyncIterator[Fetcher]:
    """Fetch as this plan may, with its credentials and at its pace."""
    guard = _guard(plan.bounds)
    credentials = find_credentials(normalise(plan.bounds.start_url), plan.manner.headers, environment)
    async with open_fetcher(
        guard,
        plan.policy,
        credentials=credentials,
        per_host=plan.manner.concurrency,
        sleep=sleep,
    ) as fetcher:
        yield fetcher


async def check_start(bounds: Bounds) -> None:
    """Raises what the address of the start page alone tells: InvalidUrl, AddressRefused, InvalidRequest."""
    await check_host(_guard(bounds), bounds.start_url)


def _guard(bounds: Bounds) -> Guard:
    return Guard(allow_private=bounds.allow_private, allowed=bounds.allowed)
