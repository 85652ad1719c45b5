"""A page that cannot be cut, embedded or stored costs itself, whatever it was before; the rest is served."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.jobs.crawl import crawl_library
from ingest.jobs.reembed import reembed_library
from ingest.jobs.refresh import due, refresh_order
from ingest.jobs.reindex import reindex_library
from ingest.plan.order import Order
from ingest.plan.revision import REVISIONS
from ingest.report.report import CrawlReport
from shared.embedding.model import EmbeddingModel
from shared.errors import TaskFailed
from shared.model.library import Library, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.stores.postgres import Database
from shared.terminal.exits import ExitCode
from tests import fragile
from tests.fragile import DEADLY, SHARP
from tests.marks import slow
from tests.site import Reply, Site, html

pytestmark = pytest.mark.anyio

NAME = "/test/mine"
PAGES = 8
Crawl = Callable[..., asyncio.Future[CrawlReport]]


def page(number: int, text: str = "") -> str:
    return html(title=f"Shaft {number}", text=text or f"Shaft {number} is {number * 7} feet deep.")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site({f"/{number}.html": page(number) for number in range(PAGES)}) as site:
        site.pages["/"] = html(*site.pages, title="Shafts")
        yield site


@pytest.fixture
def crawl(stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site) -> Crawl:
    order = Order(Library(NAME, "Mine", docs_url=site.url), "1.0", Bounds(f"{site.url}/", allow_private=True))

    def run(**more: object) -> asyncio.Future[CrawlReport]:
        ordered = replace(order, **more)  # type: ignore[arg-type]
        return asyncio.ensure_future(crawl_library(stores, embedding_model, ordered, lambda progress: None))

    return run


@pytest.fixture
def refresh(stores: Stores[IngestSettings], embedding_model: EmbeddingModel) -> Crawl:
    async def run() -> CrawlReport:
        database = await stores.database()
        [version] = await due(database, LibraryRef(NAME), None)
        order = await refresh_order(database, version, force=False, manner=Manner())
        return await crawl_library(stores, embedding_model, order, lambda progress: None)

    return lambda: asyncio.ensure_future(run())


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model and the cutter end their processes at one word each."""
    monkeypatch.setattr("ingest.embed.pool._embed", fragile.embed)
    monkeypatch.setattr("ingest.jobs.reader.read_page", fragile.read_page)
    monkeypatch.setattr("ingest.jobs.page_task.chunk_document", fragile.chunk_document)


async def served(database: Database) -> dict[str, str]:
    """The text of each page that is served, by path."""
    rows = await database.rows(
        """SELECT c.source_url, c.content FROM documentation_chunks c
           JOIN library_versions v ON v.generation_id = c.generation_id ORDER BY c.chunk_index"""
    )
    texts: dict[str, str] = {}
    for row in rows:
        path = "/" + row["source_url"].partition("#")[0].split("/", 3)[3]
        texts[path] = texts.get(path, "") + row["content"]
    return texts


def failed(report: CrawlReport) -> dict[str, str]:
    return {"/" + failure.url.split("/", 3)[3]: failure.reason for failure in report.failed}


@pytest.mark.parametrize("word", [DEADLY, *slow(SHARP)])
async def test_a_page_that_ends_a_worker_fails_by_name_and_the_others_are_served(
    crawl: Crawl, site: Site, database: Database, crash: None, word: str
) -> None:
    site.pages["/3.html"] = page(3, f"Shaft 3 stores {word}.")
    report = await crawl()
    assert (report.outcome, report.exit_code) == ("published", ExitCode.INCOMPLETE)
    assert failed(report) == {"/3.html": "its worker crashed (SIGSEGV)"}
    assert report.pages == PAGES
    assert set(await served(database)) == {"/", *(f"/{n}.html" for n in range(PAGES) if n != 3)}
    rows = await database.rows("SELECT url, state, reason FROM crawl_pages WHERE state = 'failed'")
    assert [(row["url"], row["reason"]) for row in rows] == [
        (f"{site.url}/3.html", "its worker crashed (SIGSEGV)")
    ]


async def test_a_page_that_cannot_be_cut_still_leads_on_to_others(
    crawl: Crawl, site: Site, crash: None
) -> None:
    site.pages["/3.html"] = html("/deep.html", title="Shaft 3", text=f"Shaft 3 has a {SHARP}.")
    site.pages["/deep.html"] = page(99)
    report = await crawl()
    assert failed(report) == {"/3.html": "its worker crashed (SIGSEGV)"}
    assert report.pages == PAGES + 1


@pytest.mark.slow
async def test_two_pages_with_the_same_deadly_text_both_fail(
    crawl: Crawl, site: Site, database: Database, crash: None
) -> None:
    for number in (2, 5):
        section = f"<h2>Store</h2><p>Keep {DEADLY} cold.</p>"
        site.pages[f"/{number}.html"] = page(number).replace("</main>", f"{section}</main>")
    report = await crawl()
    assert failed(report).keys() == {"/2.html", "/5.html"}
    assert set(await served(database)) == {"/", *(f"/{n}.html" for n in range(PAGES) if n not in (2, 5))}


@pytest.mark.slow
@pytest.mark.parametrize("word", [DEADLY, SHARP])
async def test_a_refresh_keeps_what_is_served_of_a_page_that_now_ends_a_worker(
    crawl: Crawl, refresh: Crawl, site: Site, database: Database, crash: None, word: str
) -> None:
    await crawl()
    before = await served(database)
    site.pages["/3.html"] = page(3, f"Shaft 3 stores {word}.")
    site.pages["/4.html"] = page(4, "Shaft 4 is flooded.")
    report = await refresh()
    after = await served(database)
    assert failed(report) == {"/3.html": "its worker crashed (SIGSEGV)"}
    assert report.carried == 1
    assert after["/3.html"] == before["/3.html"]
    assert "flooded" in after["/4.html"]
    site.pages["/3.html"] = page(3, "Shaft 3 is empty.")
    again = await refresh()
    assert (failed(again), again.exit_code) == ({}, ExitCode.DONE)
    assert "empty" in (await served(database))["/3.html"]


async def test_a_page_that_was_served_and_can_no_longer_be_cut_is_left_out_by_name(
    crawl: Crawl, site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/3.html"] = page(3, f"Shaft 3 has a {SHARP}.")
    assert (await crawl()).exit_code == ExitCode.DONE
    monkeypatch.setattr("ingest.jobs.page_task.chunk_document", fragile.chunk_document)
    monkeypatch.setitem(REVISIONS, "chunk", REVISIONS["chunk"] + 1)
    report = await crawl()
    assert failed(report) == {"/3.html": "its worker crashed (SIGSEGV)"}
    assert set(await served(database)) == {"/", *(f"/{n}.html" for n in range(PAGES) if n != 3)}


@pytest.mark.parametrize("table", ["documents", *slow("documentation_chunks")])
async def test_a_page_that_the_database_refuses_fails_by_name(
    crawl: Crawl, site: Site, database: Database, table: str
) -> None:
    column = {"documents": "page::text", "documentation_chunks": "content"}[table]
    await database.rows(f"ALTER TABLE {table} ADD CHECK ({column} NOT LIKE '%%heretic%%')")
    site.pages["/3.html"] = page(3, "Shaft 3 hides a heretic.")
    report = await crawl()
    assert failed(report).keys() == {"/3.html"}
    assert failed(report)["/3.html"].startswith("PostgreSQL cannot store a value")
    assert set(await served(database)) == {"/", *(f"/{n}.html" for n in range(PAGES) if n != 3)}


async def test_one_outcome_that_the_database_refuses_costs_no_other_one(
    crawl: Crawl, site: Site, database: Database
) -> None:
    await database.rows("ALTER TABLE crawl_pages ADD CHECK (url NOT LIKE '%%/gone-3.html')")
    gone = [f"/gone-{number}.html" for number in range(6)]
    site.pages["/"] = html(*(path for path in site.pages if path != "/"), *gone, title="Shafts")
    report = await crawl()
    assert report.outcome == "published"
    assert failed(report).keys() == set(gone)
    rows = await database.rows("SELECT count(*) AS rows FROM crawl_pages WHERE state = 'failed'")
    assert rows[0]["rows"] == len(gone) - 1


async def test_a_twin_that_ends_its_worker_leaves_the_page_as_it_is(
    crawl: Crawl, site: Site, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ingest.jobs.reader.finish_page", fragile.finish_page)
    tabs = "<div role=tablist><button role=tab aria-selected=true>npm</button><button role=tab>pnpm</button></div>"
    lacking = f"<div>{tabs}<div role=tabpanel><pre>npm install shaft</pre></div></div></main>"
    head = '<link rel="alternate" type="text/markdown" href="/3.md"></head>'
    site.pages["/3.html"] = page(3).replace("</main>", lacking).replace("</head>", head)
    site.pages["/3.md"] = Reply("# Shaft 3\n", headers={"Content-Type": "text/markdown"})
    report = await crawl()
    assert "/3.md" in site.paths
    assert failed(report) == {}
    assert "npm install shaft" in (await served(database))["/3.html"]


async def test_a_rebuilt_index_names_the_page_that_the_model_cannot_read(
    crawl: Crawl, site: Site, stores: Stores[IngestSettings], database: Database, embedding_model: EmbeddingModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    site.pages["/3.html"] = page(3, f"Shaft 3 stores {DEADLY}.")
    await crawl()
    before = await served(database)
    await database.rows("DELETE FROM embeddings")
    monkeypatch.setattr("ingest.embed.pool._embed", fragile.embed)
    with pytest.raises(TaskFailed, match=r"/3\.html") as refused:
        await reindex_library(stores, embedding_model, NAME, lambda *_: None)
    assert refused.value.hint
    assert await served(database) == before


async def test_reembedding_leaves_out_the_page_that_the_model_cannot_read_and_names_it(
    crawl: Crawl, site: Site, stores: Stores[IngestSettings], database: Database, embedding_model: EmbeddingModel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    site.pages["/3.html"] = page(3, f"Shaft 3 stores {DEADLY}.")
    await crawl()
    await database.rows("DELETE FROM embeddings")
    await database.rows("UPDATE generations SET fingerprint = 'another'")
    monkeypatch.setattr("ingest.embed.pool._embed", fragile.embed)
    [done] = await reembed_library(stores, embedding_model, LibraryRef(NAME), lambda *_: None)
    assert [(one.url, one.reason) for one in done.failed] == [
        (f"{site.url}/3.html", "its worker crashed (SIGSEGV)")
    ]
    assert set(await served(database)) == {"/", *(f"/{n}.html" for n in range(PAGES) if n != 3)}
