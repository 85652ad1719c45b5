"""A bad page, or a bad list, costs itself and nothing else: the good pages of a hostile site are complete."""

from collections.abc import Iterator

import pytest

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.jobs.crawl import crawl_library
from ingest.plan.order import Order
from ingest.report.report import CrawlReport
from shared.embedding.model import EmbeddingModel
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from tests.flows.test_report_adds_up import adds_up
from tests.hostile_lists import LISTS, OTHER_LISTS
from tests.hostile_pages import PAGES, says
from tests.hostile_site import GOOD, good_page, good_text, hostile_site
from tests.site import Answer, Site

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

SECONDS = 2.0
"""Of processor time for a page: enough for one that a person reads, under load too."""


async def crawled(stores: Stores[IngestSettings], model: EmbeddingModel, site: Site) -> CrawlReport:
    library = Library("/test/hostile", "Hostile", docs_url=site.url)
    order = Order(library, "1", Bounds(f"{site.url}/", allow_private=True), Manner(concurrency=8))
    report = await crawl_library(stores, model, order, lambda _: None)
    adds_up(report)
    return report


async def served(stores: Stores[IngestSettings]) -> dict[str, str]:
    """All that is served, by the address of its page."""
    rows = await (await stores.database()).rows(
        """SELECT split_part(source_url, '#', 1) AS url, string_agg(content, E'\\n' ORDER BY chunk_index) AS text
           FROM documentation_chunks JOIN library_versions USING (generation_id) GROUP BY 1"""
    )
    return {row["url"]: row["text"] for row in rows}


async def skipped_urls(stores: Stores[IngestSettings]) -> set[str]:
    rows = await (await stores.database()).rows("SELECT url FROM crawl_pages WHERE state = 'skipped'")
    return {row["url"] for row in rows}


async def test_the_good_pages_are_complete_and_the_report_names_the_others(
    make_settings: object, embedding_model: EmbeddingModel
) -> None:
    settings: IngestSettings = make_settings(page_seconds=SECONDS)  # type: ignore[operator]
    async with open_stores(settings, "tests") as stores:
        with hostile_site() as site:
            report = await crawled(stores, embedding_model, site)
        texts, skipped = await served(stores), await skipped_urls(stores)
    assert report.outcome == "published"
    for number in range(GOOD):
        url = f"{site.url}/{number}.html" if number else f"{site.url}/"
        assert good_text(number) in texts.get(url, ""), url
    lost = {failure.url for failure in report.lost}
    named = {failed.url for failed in report.failed_lists}
    assert dict(_judged(site, texts, lost, skipped, named)) == {}


def _judged(
    site: Site, texts: dict[str, str], lost: set[str], skipped: set[str], named: set[str]
) -> Iterator[tuple[str, str]]:
    """What did not end as it should, and how."""
    for name, one in PAGES.items():
        url = site.url + one.path
        kept = says(name) in texts.get(url, "")
        if kept and url in lost:
            yield name, "kept and lost"
        elif one.fate == "kept" and not kept:
            yield name, "is not served"
        elif one.fate == "lost" and url not in lost:
            yield name, "is not named"
        elif one.fate == "either" and url not in lost | skipped | texts.keys():
            yield name, "is neither served nor named"
    for name, one in LISTS.items():
        if one.fate == "lost" and site.url + one.path not in named:
            yield name, "is not named"


@pytest.mark.parametrize("name", OTHER_LISTS)
async def test_a_bad_list_is_named_and_costs_no_page(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, name: str
) -> None:
    bad = OTHER_LISTS[name]
    pages: dict[str, Answer] = {"/": good_page(0, 3), "/1.html": good_page(1), "/2.html": good_page(2)}
    with Site(pages | {bad.path: bad.reply}) as site:
        report = await crawled(stores, embedding_model, site)
        texts = await served(stores)
    assert {f"{site.url}/", f"{site.url}/1.html", f"{site.url}/2.html"} <= set(texts)
    named = {failed.url for failed in report.failed_lists}
    assert named <= {site.url + bad.path}
    if bad.fate != "either":
        assert bool(named) == (bad.fate == "lost")
