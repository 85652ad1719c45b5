"""The generation before is served again, and what was served is not lost by that."""

import shutil
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace

import pytest

from ingest.crawl.addresses.bounds import Bounds
from ingest.jobs.crawl import crawl_library
from ingest.jobs.rollback import RolledBack, roll_back
from ingest.plan.order import Order
from ingest.report.report import CrawlReport
from shared.catalogue.store import Catalogue
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from shared.errors import DatabaseUnavailable, LibraryUnknown, NoPreviousGeneration, VersionUnknown
from shared.model.library import Library, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.stores.vectors.port import index_of
from tests.flows.locks import take_locks_away
from tests.site import Site, html

pytestmark = pytest.mark.anyio

REF = LibraryRef("/test/lanterns", "1.0")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({"/": html(title="Lanterns", text="A lantern burns oil.")}) as site:
        yield site


@pytest.fixture
def crawl(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> Callable[..., Awaitable[CrawlReport]]:
    """Publishes the site with this text on its only page."""
    library = Library("/test/lanterns", "Lanterns", docs_url=site.url)
    order = Order(library=library, version="1.0", bounds=Bounds(f"{site.url}/", allow_private=True))

    async def run(text: str, version: str = "1.0") -> CrawlReport:
        site.pages["/"] = html(title="Lanterns", text=text)
        return await crawl_library(
            stores, embedding_model, replace(order, version=version), lambda progress: None
        )

    return run


@pytest.fixture
def rollback(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel
) -> Callable[[], Awaitable[RolledBack]]:
    return lambda: roll_back(stores, embedding_model, REF, lambda version, done, total: None)


Crawl = Callable[..., Awaitable[CrawlReport]]
Rollback = Callable[[], Awaitable[RolledBack]]


async def _answer(
    stores: Stores[IngestSettings], model: EmbeddingModel, question: str = "what does a lantern burn"
) -> str:
    """The best chunk that the served index finds."""
    catalogue = Catalogue(await stores.database())
    served = (await catalogue.served("/test/lanterns", "1.0")).generation
    dense = Embedder(model).query(question).tolist()
    found = await (await stores.vectors()).nearest(index_of(served), dense, 5)
    hits = await catalogue.hits({ranked.id: ranked.score for ranked in found})
    return hits[0].content


async def test_a_rollback_serves_what_was_served_before_and_a_second_one_takes_it_back(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, rollback: Rollback
) -> None:
    await crawl("A lantern burns oil.")
    await crawl("A lantern burns gas, and much more is said of it. " * 40)
    catalogue = Catalogue(await stores.database())
    large, revision = await catalogue.known("/test/lanterns"), await catalogue.revision()
    done = await rollback()
    assert done.reindexed is None
    assert "oil" in await _answer(stores, embedding_model)
    small = await catalogue.known("/test/lanterns")
    assert small.total_snippets < large.total_snippets
    assert small.last_crawled_at == large.last_crawled_at
    assert await catalogue.revision() != revision
    again = await rollback()
    assert (again.now.id, again.before.id) == (done.before.id, done.now.id)
    assert "gas" in await _answer(stores, embedding_model)


@pytest.mark.slow
async def test_what_changed_is_judged_by_what_is_served_after_a_rollback(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, rollback: Rollback
) -> None:
    await crawl("A lantern burns oil.")
    await crawl("A lantern burns gas.")
    await rollback()
    assert (await crawl("A lantern burns oil.")).outcome == "unchanged"
    assert (await crawl("A lantern burns gas.")).outcome == "published"
    assert "oil" not in await _answer(stores, embedding_model)
    await rollback()
    assert "oil" in await _answer(stores, embedding_model)


async def test_an_index_that_is_lost_is_built_again_before_it_is_served(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, rollback: Rollback
) -> None:
    await crawl("A lantern burns oil.")
    await crawl("A lantern burns gas.")
    served = (await Catalogue(await stores.database()).served("/test/lanterns", "1.0")).generation
    for index in (stores.settings.home / "vectors").glob("*-*-*"):
        if index.name != served.index_name:
            shutil.rmtree(index)
    done = await rollback()
    assert done.reindexed
    assert done.reindexed.embedded == 0
    assert "oil" in await _answer(stores, embedding_model)


async def test_who_lost_the_lock_meanwhile_rolls_nothing_back(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, database_url: str
) -> None:
    await crawl("A lantern burns oil.")
    await (await stores.database()).rows("UPDATE generations SET fingerprint = 'another'")
    await crawl("A lantern burns gas.")
    with pytest.raises(DatabaseUnavailable):
        await roll_back(stores, embedding_model, REF, lambda *_: take_locks_away(database_url))
    assert "gas" in await _answer(stores, embedding_model)


async def test_an_index_of_another_model_is_built_again_with_the_one_in_use(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, rollback: Rollback
) -> None:
    await crawl("A lantern burns oil.")
    database = await stores.database()
    await database.rows("UPDATE generations SET fingerprint = 'another'")
    await crawl("A lantern burns gas.")
    done = await rollback()
    assert done.reindexed
    assert "oil" in await _answer(stores, embedding_model)


async def test_where_there_is_nothing_to_go_back_to_nothing_changes(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, crawl: Crawl, rollback: Rollback
) -> None:
    with pytest.raises(LibraryUnknown):
        await rollback()
    await crawl("A lantern burns oil.", version="2.0")
    with pytest.raises(VersionUnknown):
        await rollback()
    await crawl("A lantern burns oil.")
    with pytest.raises(NoPreviousGeneration):
        await rollback()
    assert "oil" in await _answer(stores, embedding_model)
