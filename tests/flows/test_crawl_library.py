"""From a real site to what is served: crawled, embedded by the real model, published in real stores."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from uuid import uuid4

import pytest
from rich.console import Console

from ingest.crawl.addresses.bounds import Bounds
from ingest.crawl.fetch.politeness import FetchPolicy
from ingest.jobs.crawl import crawl_library
from ingest.jobs.in_turn import left_behind
from ingest.jobs.reindex import reindex_library
from ingest.plan.order import Order
from ingest.report.report import CrawlReport, Progress
from ingest.screens.report import show_report
from shared.catalogue.generations import Generations
from shared.catalogue.locks import library_lock
from shared.catalogue.store import Catalogue
from shared.embedding.embedder import Embedder
from shared.embedding.model import EmbeddingModel
from shared.errors import CrawlBusy, DatabaseUnavailable, FetchFailed, LibraryUnknown, VersionUnknown
from shared.model.answer import Hit
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from shared.stores.vectors.port import index_of
from tests.flows.locks import take_locks_away
from tests.site import Reply, Site, html

pytestmark = pytest.mark.anyio

GUIDE = """<h2 id="partial">Partial indexes</h2><p>Index only some rows of a table.</p>
<pre><code class="language-sql">CREATE INDEX ON orders (id) WHERE paid IS NOT TRUE;</code></pre>"""


def _page(body: str, *links: str) -> str:
    return html(*links, title="Guide").replace("</main>", f"{body}</main>")


@pytest.fixture
def site() -> Iterator[Site]:
    pages = {
        "/": _page("<p>Start here.</p>", "/a.html", "/b.html", "/gone.html"),
        "/a.html": _page(GUIDE, "/"),
        "/b.html": _page("<h2 id='views'>Views</h2><p>A view is a stored query.</p>", "/"),
    }
    with Site(pages) as site:
        yield site


def _order(site: Site, **more: object) -> Order:
    library = Library("/test/docs", "Test docs", docs_url=site.url)
    order = Order(library=library, version="1.0", bounds=Bounds(f"{site.url}/", allow_private=True))
    return replace(order, **more)  # type: ignore[arg-type]


async def _crawl(
    stores: Stores[IngestSettings], model: EmbeddingModel, site: Site, **more: object
) -> CrawlReport:
    return await crawl_library(stores, model, _order(site, **more), lambda progress: None)


async def _search(stores: Stores[IngestSettings], model: EmbeddingModel, question: str) -> list[Hit]:
    """The chunks that the served index finds by meaning, best first."""
    catalogue = Catalogue(await stores.database())
    served = (await catalogue.served("/test/docs", None)).generation
    vectors = await stores.vectors()
    dense = Embedder(model).query(question).tolist()
    found = await vectors.nearest(index_of(served), dense, 10)
    return await catalogue.hits({ranked.id: ranked.score for ranked in found})


async def test_a_crawled_site_is_served_with_its_code_and_anchors(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    seen: list[Progress] = []
    report = await crawl_library(stores, embedding_model, _order(site), seen.append)
    assert (report.outcome, report.pages, report.fetched) == ("published", 3, 3)
    assert [(failure.url, failure.reason) for failure in report.failed] == [
        (f"{site.url}/gone.html", "404 Not Found")
    ]
    assert report.chunks == report.embedded == seen[-1].chunks
    best = (await _search(stores, embedding_model, "index only the rows that were not paid"))[0]
    assert best.source_url.startswith(f"{site.url}/a.html")
    assert best.code_language == "sql"
    assert "CREATE INDEX ON orders (id) WHERE paid IS NOT TRUE;" in best.content
    library = await Catalogue(await stores.database()).known("/test/docs")
    assert (library.total_snippets, library.default_version) == (report.chunks, "1.0")


SOURCE = "<pre>def lift(lid):\n    turn(lid)</pre>"
LISTED = (
    f"<h2><code>lift(lid)</code></h2>{{}}<details><summary>Source code in jar.py</summary>{SOURCE}</details>"
)


async def test_source_listings_are_kept_and_not_served(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    site.pages = {
        "/": _page("<p>Start here.</p>", "/jar.html", "/bare.html", "/_modules/jar.html"),
        "/jar.html": _page(LISTED.format("<p>Lift the lid of a jar.</p>")),
        "/bare.html": f"<html><main><h1>Bare</h1>{LISTED.format('')}</main></html>",
        "/_modules/jar.html": f"<html><main><h1>Source code for jar</h1>{SOURCE}</main></html>",
    }
    report = await _crawl(stores, embedding_model, site)
    assert (report.pages, report.skipped) == (2, {"source listing": 2})
    console = Console(highlight=False)
    with console.capture() as written:
        show_report(console, report)
    assert "skipped 2 × source listing" in written.get()
    chunks = await (await stores.database()).rows("SELECT content FROM documentation_chunks")
    assert any("Lift the lid" in row["content"] for row in chunks)
    assert not any("turn(lid)" in row["content"] for row in chunks)
    kept = await (await stores.database()).rows("SELECT page::text FROM documents")
    assert any("turn(lid)" in row["page"] for row in kept)


async def test_a_second_crawl_of_the_same_site_changes_nothing(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    catalogue = Catalogue(await stores.database())
    before = await catalogue.served("/test/docs", None)
    report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.unchanged, report.fetched, report.embedded) == ("unchanged", 3, 0, 0)
    after = await catalogue.served("/test/docs", None)
    assert replace(after, confirmed_at=before.confirmed_at) == before
    assert before.confirmed_at
    assert after.confirmed_at
    assert before.confirmed_at < after.confirmed_at


async def test_only_what_changed_is_embedded(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    site.pages["/b.html"] = _page("<h2 id='views'>Views</h2><p>A view is a window on tables.</p>", "/")
    report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.unchanged, report.fetched, report.embedded) == ("published", 2, 1, 1)
    best = (await _search(stores, embedding_model, "what is a view"))[0]
    assert "window on tables" in best.content


async def test_a_fresh_crawl_takes_no_page_from_before(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    report = await _crawl(stores, embedding_model, site, fresh=True)
    assert (report.outcome, report.fetched) == ("published", 3)


async def test_where_every_page_fails_what_was_served_stays(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    catalogue = Catalogue(await stores.database())
    library = await catalogue.known("/test/docs")
    for path in list(site.pages):
        site.pages[path] = "<html><body></body></html>"
    report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.pages) == ("failed", 0)
    assert await catalogue.known("/test/docs") == library
    assert "Partial indexes" in (await _search(stores, embedding_model, "partial indexes"))[0].content


async def test_a_site_that_does_not_let_us_in_leaves_no_trace(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    site.pages["/"] = Reply(status=404)
    with pytest.raises(FetchFailed, match="404"):
        await _crawl(stores, embedding_model, site)
    with pytest.raises(LibraryUnknown):
        await Catalogue(await stores.database()).known("/test/docs")


async def test_a_crawl_that_was_cancelled_goes_on_where_it_stopped(
    make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    stopped = asyncio.Event()

    def stop_after_two(progress: Progress) -> None:
        if progress.fetched >= 2:
            stopped.set()

    site.pages["/b.html"] = Reply(_page("<p>slow</p>"), delay=30)
    async with open_stores(make_settings(), "first") as stores:
        task = asyncio.create_task(crawl_library(stores, embedding_model, _order(site), stop_after_two))
        await stopped.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    site.pages["/b.html"] = _page("<p>fast</p>")
    async with open_stores(make_settings(), "second") as stores:
        report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.pages, report.resumed) == ("published", 3, 2)
    assert site.paths.count("/a.html") == 1


async def test_a_second_crawl_at_once_is_told_who_holds_the_library(
    make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    async with (
        open_stores(make_settings(), "ingest crawl, process 7 on here") as first,
        open_stores(make_settings(), "second") as second,
        library_lock(await first.database(), "/test/docs"),
    ):
        with pytest.raises(CrawlBusy, match="process 7 on here"):
            await _crawl(second, embedding_model, site)


async def test_who_lost_the_lock_meanwhile_serves_nothing_and_the_next_run_goes_on(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, database_url: str
) -> None:
    def lose_it_late(progress: Progress) -> None:
        if progress.stage == "indexing":
            take_locks_away(database_url)

    order = _order(site)
    with pytest.raises(DatabaseUnavailable) as lost:
        await crawl_library(stores, embedding_model, order, lose_it_late)
    left = await left_behind(stores, order, error=lost.value.line)
    assert left
    assert (left.outcome, left.pages) == ("interrupted", 3)
    with pytest.raises(VersionUnknown):
        await Catalogue(await stores.database()).served("/test/docs", None)
    report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.resumed, report.embedded) == ("published", 3, 0)


async def test_a_library_is_reindexed_without_its_site(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    before = await _search(stores, embedding_model, "what is a view")
    [index] = (stores.settings.home / "vectors").glob("*-*-*")
    left = await Generations(await stores.database()).new_index_name(uuid4())
    shutil.copytree(index, index.with_name(left))
    done = await reindex_library(stores, embedding_model, "/test/docs", lambda version, count, total: None)
    assert [(version.version, version.embedded) for version in done] == [("1.0", 0)]
    assert await _search(stores, embedding_model, "what is a view") == before
    indexes = list((stores.settings.home / "vectors").glob("*-*-*"))
    assert len(indexes) == 1


async def test_who_lost_the_lock_meanwhile_serves_no_other_index(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, database_url: str
) -> None:
    await _crawl(stores, embedding_model, site)
    catalogue = Catalogue(await stores.database())
    before = await catalogue.served("/test/docs", None)
    with pytest.raises(DatabaseUnavailable):
        await reindex_library(
            stores, embedding_model, "/test/docs", lambda version, count, total: take_locks_away(database_url)
        )
    assert await catalogue.served("/test/docs", None) == before
    assert await _search(stores, embedding_model, "what is a view")


async def test_an_interrupted_crawl_goes_on_though_its_start_page_has_changed(
    make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    first_pages = asyncio.Event()
    slow = site.pages["/b.html"]
    site.pages["/b.html"] = Reply(_page("<p>slow</p>"), delay=30)

    def stop_after_two(progress: Progress) -> None:
        if progress.fetched >= 2:
            first_pages.set()

    async with open_stores(make_settings(), "first") as stores:
        task = asyncio.create_task(crawl_library(stores, embedding_model, _order(site), stop_after_two))
        await first_pages.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    site.pages["/b.html"] = slow
    site.pages["/"] = _page("<p>Start here, at another time of the day.</p>", "/a.html", "/b.html")
    async with open_stores(make_settings(), "second") as stores:
        report = await _crawl(stores, embedding_model, site)
    assert (report.outcome, report.pages, report.resumed) == ("published", 3, 2)


@pytest.mark.slow
async def test_a_host_that_stops_answering_replaces_nothing(
    stores: Stores[IngestSettings],
    embedding_model: EmbeddingModel,
    site: Site,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ingest.plan.crawl_plan.FetchPolicy", partial(FetchPolicy, backoff=0.01))
    await _crawl(stores, embedding_model, site)
    busy = Reply(status=503)
    links = [f"/{number}.html" for number in range(30)]
    site.pages.update({"/": _page("<p>Start here.</p>", *links), **dict.fromkeys(links, busy)})
    with pytest.raises(FetchFailed, match="the host stopped answering"):
        await _crawl(stores, embedding_model, site)
    assert "Partial indexes" in (await _search(stores, embedding_model, "partial indexes"))[0].content


async def test_two_databases_share_a_home_without_losing_each_others_indexes(
    make_settings: Callable[..., IngestSettings],
    other_database_url: str,
    embedding_model: EmbeddingModel,
    site: Site,
) -> None:
    for settings in (make_settings(), make_settings(database_url=other_database_url)):
        async with open_stores(settings, "tests") as stores:
            assert (await _crawl(stores, embedding_model, site)).outcome == "published"
    async with open_stores(make_settings(), "tests") as stores:
        assert await _search(stores, embedding_model, "what is a view")


async def test_every_url_of_a_crawl_is_written_down_with_its_outcome(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    rows = await (await stores.database()).rows("SELECT url, state, reason FROM crawl_pages ORDER BY url")
    assert [(row["url"].removeprefix(site.url), row["state"], row["reason"]) for row in rows] == [
        ("/", "fetched", None),
        ("/a.html", "fetched", None),
        ("/b.html", "fetched", None),
        ("/gone.html", "failed", "404 Not Found"),
    ]


async def test_a_page_that_fails_is_kept_as_it_is_served_and_one_that_is_gone_is_dropped(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    site.pages["/a.html"] = _page(GUIDE, "/c.html")
    site.pages["/c.html"] = _page("<h2>Cursors</h2><p>A cursor reads rows one after the other.</p>")
    await _crawl(stores, embedding_model, site)
    site.pages["/a.html"] = Reply(status=403)
    site.pages["/b.html"] = Reply(status=410)
    report = await _crawl(stores, embedding_model, site, force=True)
    assert (report.outcome, report.pages, report.unchanged, report.carried) == ("published", 3, 3, 1)
    assert "CREATE INDEX" in (await _search(stores, embedding_model, "partial index"))[0].content
    assert "cursor" in (await _search(stores, embedding_model, "read rows one after the other"))[0].content
    assert all("stored query" not in hit.content for hit in await _search(stores, embedding_model, "view"))


async def test_a_site_whose_pages_lose_their_text_replaces_nothing(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    await _crawl(stores, embedding_model, site)
    site.pages["/"] = "<html><title>x</title><body><main><hr></main></body></html>"
    assert (await _crawl(stores, embedding_model, site)).outcome == "failed"
    assert await _search(stores, embedding_model, "partial index")
