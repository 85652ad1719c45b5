"""What is served is brought up to date: what changed is named, what did not change costs nothing."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.jobs.crawl import crawl_library
from ingest.jobs.reembed import reembed_library
from ingest.jobs.refresh import due, refresh_order, retry_order
from ingest.plan.order import Order
from ingest.plan.revision import REVISIONS, Stage
from ingest.report.changes import Changes, Move
from ingest.report.report import CrawlReport
from shared.catalogue.store import Catalogue
from shared.embedding.model import EmbeddingModel
from shared.errors import LibraryUnknown, NeverCrawled
from shared.model.library import Library, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores
from shared.terminal.exits import ExitCode
from tests.marks import slow
from tests.site import Answer, Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio

PAGES = 10


def page(number: int, text: str = "") -> str:
    return html(title=f"Lantern {number}", text=text or f"Lantern {number} burns the oil of {number} olives.")


def tagged(body: str) -> Callable[[Request], Reply]:
    """Served with an ETag; a conditional request for the same gets 304 and no body."""
    etag = f'"{hashlib.sha256(body.encode()).hexdigest()[:8]}"'

    def answer(request: Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if headers.get("if-none-match") == etag:
            return Reply(status=304, headers={"ETag": etag, "Content-Type": ""})
        return Reply(body, headers={"ETag": etag})

    return answer


OTHER_EXTRACTOR = 'UPDATE crawls SET options = options || \'{"revisions": {"extract": 0}}\''


@pytest.fixture
def site() -> Iterator[Site]:
    pages: dict[str, Answer] = {f"/{number}.html": tagged(page(number)) for number in range(PAGES)}
    with Site(pages | {"/": tagged(html(*pages, title="Lanterns"))}) as site:
        yield site


@pytest.fixture
def crawl(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> Callable[..., asyncio.Future[CrawlReport]]:
    """Crawls the site as an operator would who says no more than `more`."""
    library = Library("/test/lanterns", "Lanterns", docs_url=site.url)
    order = Order(library=library, version="1.0", bounds=Bounds(f"{site.url}/", allow_private=True))

    def run(**more: object) -> asyncio.Future[CrawlReport]:
        return asyncio.ensure_future(
            crawl_library(stores, embedding_model, replace(order, **more), _nobody)  # type: ignore[arg-type]
        )

    return run


@pytest.fixture
def refresh(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel
) -> Callable[..., asyncio.Future[CrawlReport]]:
    """Refreshes the one version that is served, from what is stored of it."""

    async def run(force: bool = False) -> CrawlReport:
        database = await stores.database()
        [version] = await due(database, LibraryRef("/test/lanterns"), None)
        order = await refresh_order(database, version, force=force, manner=Manner())
        return await crawl_library(stores, embedding_model, order, _nobody)

    def start(**more: bool) -> asyncio.Future[CrawlReport]:
        return asyncio.ensure_future(run(**more))

    return start


Run = Callable[..., asyncio.Future[CrawlReport]]


def _nobody(_: object) -> None:
    pass


async def _texts(stores: Stores[IngestSettings]) -> str:
    """All that is served."""
    rows = await (await stores.database()).rows(
        """SELECT content FROM documentation_chunks c JOIN library_versions v USING (generation_id)
           WHERE v.generation_id IS NOT NULL ORDER BY c.chunk_index"""
    )
    return "\n".join(row["content"] for row in rows)


async def test_an_unchanged_site_is_asked_but_sends_no_page_and_nothing_is_embedded(
    site: Site, crawl: Run, refresh: Run
) -> None:
    await crawl()
    site.requests.clear()
    report = await refresh()
    assert (report.outcome, report.unchanged, report.embedded) == ("unchanged", PAGES + 1, 0)
    assert report.changes == Changes()
    assert report.exit_code == ExitCode.DONE
    for path in ("/0.html", "/9.html"):
        [asked] = [request for request in site.requests if request.path == path]
        assert "If-None-Match" in asked.headers


async def test_what_another_extractor_read_is_wanted_again_whole(
    stores: Stores[IngestSettings], site: Site, crawl: Run, refresh: Run
) -> None:
    site.pages["/0.html"] = tagged(html(head='<meta name="robots" content="noindex">'))
    await crawl()
    await (await stores.database()).rows(OTHER_EXTRACTOR)
    site.requests.clear()
    report = await refresh()
    assert (report.outcome, report.not_modified) == ("unchanged", 0)
    assert "/0.html" in site.paths
    assert not any("if-none-match" in map(str.lower, request.headers) for request in site.requests)


async def test_a_retry_reads_all_anew_where_another_extractor_read_what_did_not_fail(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, crawl: Run
) -> None:
    missing, site.pages["/2.html"] = site.pages["/2.html"], Reply(status=403)
    await crawl()
    await (await stores.database()).rows(OTHER_EXTRACTOR)
    site.pages["/2.html"] = missing
    site.requests.clear()
    assert (await crawl(kind="retry")).pages == PAGES + 1
    assert {f"/{number}.html" for number in range(PAGES)} <= set(site.paths)


@pytest.mark.parametrize("stage", ["terms", *slow("chunk", "scan")])
async def test_what_a_later_stage_makes_is_made_anew_and_no_page_is_sent_for_it(
    site: Site, crawl: Run, refresh: Run, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    await crawl()
    monkeypatch.setitem(REVISIONS, stage, REVISIONS[stage] + 1)
    report = await refresh()
    assert (report.outcome, report.not_modified, report.embedded) == ("published", PAGES + 1, 0)
    assert report.changes == Changes()
    assert (await refresh()).outcome == "unchanged"


@pytest.mark.parametrize("changed", ["nothing", "chunk", *slow("terms", "scan", "model")])
async def test_chunks_are_taken_over_where_they_would_be_cut_alike_and_cut_anew_where_not(
    changed: Any, site: Site, crawl: Run, refresh: Run, stores: Stores[IngestSettings], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    await crawl()
    database = await stores.database()
    await database.rows(
        "UPDATE documentation_chunks SET content = 'as it was cut' WHERE source_url LIKE '%/3.html%'"
    )
    if changed == "model":
        await database.rows("UPDATE generations SET fingerprint = 'another'")
    elif changed in REVISIONS:
        monkeypatch.setitem(REVISIONS, changed, REVISIONS[changed] + 1)
    site.pages["/1.html"] = tagged(page(1, "Lantern 1 is lit no more."))
    await refresh()

    texts = await _texts(stores)
    is_cut_anew = changed in {"chunk", "scan", "model"}
    assert "lit no more" in texts
    assert ("as it was cut" not in texts) is is_cut_anew
    assert ("3 burns the oil of 3 olives" in texts) is is_cut_anew


async def test_what_gave_no_page_is_not_sent_again_either(site: Site, crawl: Run, refresh: Run) -> None:
    site.pages |= {
        "/": tagged(html("/0.html", "/hidden.html", "/empty.html")),
        "/hidden.html": tagged(html("/behind.html", head='<meta name="robots" content="noindex">')),
        "/empty.html": tagged("<html><body></body></html>"),
        "/behind.html": tagged(page(77)),
    }
    first = await crawl()
    for _ in range(2):
        again = await refresh()
        assert (again.outcome, again.pages, again.skipped) == ("unchanged", 3, first.skipped)
    asked = [
        request
        for request in site.requests
        if request.path in ("/hidden.html", "/empty.html") and "markdown" not in request.headers["Accept"]
    ]
    assert [bool(request.headers.get("If-None-Match")) for request in asked] == [False] * 2 + [True] * 4
    site.pages["/hidden.html"] = tagged(html("/behind.html", text="Now it may be read."))
    changed = await refresh()
    assert changed.changes
    assert changed.changes.added == (f"{site.url}/hidden.html",)


async def test_the_report_names_exactly_what_changed(site: Site, crawl: Run, refresh: Run) -> None:
    await crawl()
    for number in (1, 2, 3):
        site.pages[f"/{number}.html"] = tagged(page(number, f"Lantern {number} burns gas."))
    del site.pages["/4.html"], site.pages["/5.html"]
    links = [f"/{number}.html" for number in range(PAGES)]
    site.pages["/"] = tagged(html(*links, "/new.html", title="Lanterns"))
    site.pages["/new.html"] = tagged(page(11))
    report = await refresh()
    assert report.changes == Changes(
        added=(f"{site.url}/new.html",),
        changed=(f"{site.url}/", *(f"{site.url}/{number}.html" for number in (1, 2, 3))),
        missing=(f"{site.url}/4.html", f"{site.url}/5.html"),
        chunks_added=5,
        chunks_removed=4,
    )
    assert (report.outcome, report.embedded, report.pages) == ("published", 5, PAGES + 2)
    assert report.exit_code == ExitCode.DONE


async def test_a_page_that_is_gone_is_dropped_by_the_second_refresh_that_does_not_find_it(
    stores: Stores[IngestSettings], site: Site, crawl: Run, refresh: Run
) -> None:
    await crawl()
    kept = site.pages.pop("/4.html")
    first = await refresh()
    assert first.changes == Changes(missing=(f"{site.url}/4.html",))
    assert (first.outcome, first.carried) == ("unchanged", 1)
    site.pages["/4.html"] = kept
    assert (await refresh()).changes == Changes()
    del site.pages["/4.html"]
    assert (await refresh()).outcome == "unchanged"
    last = await refresh()
    assert last.changes == Changes(removed=(f"{site.url}/4.html",), chunks_removed=1)
    assert last.outcome == "published"
    assert "4 olives" not in await _texts(stores)


async def test_a_page_that_cannot_be_had_stays_however_often(
    stores: Stores[IngestSettings], site: Site, crawl: Run, refresh: Run
) -> None:
    await crawl()
    site.pages["/4.html"] = Reply(status=403)
    for _ in range(3):
        report = await refresh()
        assert (report.outcome, report.carried) == ("unchanged", 1)
        assert report.exit_code == ExitCode.INCOMPLETE
    assert "4 olives" in await _texts(stores)


async def test_a_page_that_moved_is_followed(site: Site, crawl: Run, refresh: Run) -> None:
    await crawl()
    site.pages["/moved.html"] = site.pages["/4.html"]
    site.pages["/4.html"] = redirect("/moved.html", 301)
    report = await refresh()
    assert report.changes
    assert report.changes.moved == (Move(f"{site.url}/4.html", f"{site.url}/moved.html"),)
    assert (report.changes.added, report.changes.removed) == ((), ())
    assert (report.pages, report.embedded) == (PAGES + 1, 0)


async def test_a_page_that_nothing_links_to_any_more_is_still_asked_for(
    stores: Stores[IngestSettings], site: Site, crawl: Run, refresh: Run
) -> None:
    await crawl()
    links = [f"/{number}.html" for number in range(PAGES - 1)]
    site.pages["/"] = tagged(html(*links, title="Lanterns"))
    report = await refresh()
    assert report.changes
    assert (report.changes.changed, report.changes.removed) == ((f"{site.url}/",), ())
    assert "9 olives" in await _texts(stores)


async def test_other_bytes_that_say_the_same_change_nothing(site: Site, crawl: Run, refresh: Run) -> None:
    await crawl()
    site.pages["/4.html"] = tagged(page(4).replace("<body>", "<body><!-- built at noon --><nav>Menu</nav>"))
    report = await refresh()
    assert (report.outcome, report.changes) == ("unchanged", Changes())


async def test_a_site_that_lost_a_third_of_its_pages_is_held_back_until_it_is_forced(
    stores: Stores[IngestSettings], site: Site, crawl: Run, refresh: Run
) -> None:
    await crawl()
    links = [f"/{number}.html" for number in range(6)]
    site.pages["/"] = tagged(html(*links, title="Lanterns"))
    held = await crawl()
    assert (held.outcome, held.pages, held.exit_code) == ("held", 7, ExitCode.HELD)
    assert "7 pages instead of 11" in held.held
    assert "9 olives" in await _texts(stores)
    site.requests.clear()
    forced = await refresh(force=True)
    assert (forced.outcome, forced.pages, forced.embedded) == ("published", 7, 0)
    assert site.requests == []
    assert "9 olives" not in await _texts(stores)


async def test_what_is_held_back_is_replaced_by_the_next_crawl(
    stores: Stores[IngestSettings], site: Site, crawl: Run
) -> None:
    await crawl()
    start = site.pages["/"]
    site.pages["/"] = tagged(html("/1.html", title="Lanterns"))
    assert (await crawl()).outcome == "held"
    site.pages["/"] = start
    assert (await crawl()).outcome == "unchanged"
    rows = await (await stores.database()).rows("SELECT held FROM generations")
    assert [row["held"] for row in rows] == [None]


async def test_embedding_anew_what_is_so_already_drops_neither_what_is_held_back_nor_what_was_interrupted(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, crawl: Run
) -> None:
    async def reembed() -> None:
        [done] = await reembed_library(stores, embedding_model, LibraryRef("/test/lanterns"), lambda *_: None)
        assert (done.unchanged, done.pages, done.embedded) == (True, PAGES + 1, 0)

    await crawl()
    site.pages["/"] = tagged(html("/1.html", title="Lanterns"))
    assert (await crawl()).outcome == "held"
    await reembed()
    rows = await (await stores.database()).rows("SELECT held FROM generations WHERE published_at IS NULL")
    assert [bool(row["held"]) for row in rows] == [True]

    database = await stores.database()
    await database.rows("UPDATE crawls SET state = 'running', finished_at = NULL WHERE state = 'held'")
    await reembed()
    assert len(await database.rows("SELECT id FROM crawls WHERE state = 'running'")) == 1


async def test_what_failed_is_fetched_again_and_nothing_else(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, crawl: Run
) -> None:
    broken = {path: site.pages[path] for path in ("/2.html", "/5.html", "/8.html")}
    site.pages.update(
        {"/2.html": Reply(status=403), "/5.html": Reply(status=500), "/8.html": Reply(status=403)}
    )
    report = await crawl()
    assert (report.outcome, report.pages, report.wanted) == ("published", 8, 11)
    assert report.exit_code == ExitCode.INCOMPLETE
    site.pages.update(broken)
    site.requests.clear()
    library = await Catalogue(await stores.database()).known("/test/lanterns")
    order = Order(library=library, version="1.0", bounds=Bounds(f"{site.url}/"), kind="retry")
    order = await retry_order(await stores.database(), order)
    report = await crawl_library(stores, embedding_model, order, _nobody)
    assert (report.outcome, report.pages, report.failed) == ("published", 11, ())
    assert report.exit_code == ExitCode.DONE
    assert {path for path in site.paths if path.endswith(".html")} == set(broken)
    served = await _texts(stores)
    assert all(f"{number} olives" in served for number in range(PAGES))


@pytest.mark.slow
async def test_a_refresh_that_was_stopped_goes_on_where_it_stopped(
    make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    library = Library("/test/lanterns", "Lanterns", docs_url=site.url)
    first = Order(library=library, version="1.0", bounds=Bounds(f"{site.url}/", allow_private=True))
    async with open_stores(make_settings(), "first") as stores:
        await crawl_library(stores, embedding_model, first, _nobody)
        for number in range(PAGES - 1):
            site.pages[f"/{number}.html"] = tagged(page(number, f"Lantern {number} burns gas."))
        site.pages["/9.html"] = Reply(page(9), delay=30)
        database = await stores.database()
        [version] = await due(database, LibraryRef("/test/lanterns"), None)
        order = await refresh_order(database, version, force=False, manner=Manner())
        stopped = asyncio.Event()

        def stop_when_all_but_one_came(progress: object) -> None:
            if getattr(progress, "fetched", 0) >= PAGES - 1:
                stopped.set()

        task = asyncio.create_task(crawl_library(stores, embedding_model, order, stop_when_all_but_one_came))
        await stopped.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    site.pages["/9.html"] = tagged(page(9))
    site.requests.clear()
    async with open_stores(make_settings(), "second") as stores:
        report = await crawl_library(stores, embedding_model, order, _nobody)
    assert (report.outcome, report.pages) == ("published", PAGES + 1)
    assert {path for path in site.paths if path.endswith("html")} == {"/9.html"}


async def test_what_is_due_is_what_was_not_looked_at_since(
    stores: Stores[IngestSettings], crawl: Run
) -> None:
    database = await stores.database()
    with pytest.raises(LibraryUnknown):
        await due(database, LibraryRef("/no/such"), None)
    began = datetime.now(UTC)
    await crawl()
    assert await due(database, None, began) == []
    [version] = await due(database, None, datetime.now(UTC))
    assert (version.library_id, version.version) == ("/test/lanterns", "1.0")
    await database.rows("DELETE FROM crawls")
    with pytest.raises(NeverCrawled):
        await due(database, LibraryRef("/test/lanterns"), None)
