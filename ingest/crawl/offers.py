"""Which versions a site offers, and where each of them begins."""

from ingest.crawl.addresses.site_versions import Versions
from ingest.crawl.entry import CrawlPlan, enter, no_page
from ingest.crawl.fetch.fetcher import Fetcher
from ingest.crawl.lists.reading import Reading, Run
from ingest.crawl.lists.robots import FORBIDDEN
from ingest.crawl.open import open_site
from ingest.crawl.site_lists import read_versions
from ingest.interstitials import interstitial_of_answer
from shared.errors import AddressRefused, FetchFailed, InvalidUrl
from shared.guard.urls import normalise


async def offered_versions(plan: CrawlPlan, run: Run) -> Versions:
    """What the start page and the site's list of versions name. Raises what entering the site raises."""
    async with open_site(plan) as fetcher:
        entry = await enter(fetcher, plan, run=run)
        return await read_versions(fetcher, normalise(plan.bounds.start_url), entry, Reading(run))


async def find_version(plan: CrawlPlan, version: str, run: Run) -> tuple[str | None, Versions]:
    """Where a version begins, if the site has it: as it is named, or beside that of the start page."""
    async with open_site(plan) as fetcher:
        entry = await enter(fetcher, plan, run=run)
        offered = await read_versions(fetcher, normalise(plan.bounds.start_url), entry, Reading(run))
        if found := offered.address(version):
            return found, offered
        for guess in offered.guesses(version):
            if entry.robots.allows(guess) and await _stands(fetcher, guess):
                return guess, offered
        return None, offered


async def _stands(fetcher: Fetcher, url: str) -> bool:
    """Whether a page is there, at this address or below it."""

    async def admit(target: str) -> str | None:
        return None if target.startswith(url) else FORBIDDEN

    try:
        found = await fetcher.get(url, admit=admit, wanted=no_page)
    except (FetchFailed, AddressRefused, InvalidUrl):
        return False
    return interstitial_of_answer(found.body) is None
