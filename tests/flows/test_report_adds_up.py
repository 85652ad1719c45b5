"""The report tells the truth: for any mix of outcomes each URL is counted once, and every number adds up."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.jobs.crawl import crawl_library
from ingest.jobs.in_turn import left_behind
from ingest.jobs.refresh import due, refresh_order, retry_order
from ingest.plan.order import Order
from ingest.report.report import CrawlReport, Progress
from shared.catalogue.crawls import ENDED, Crawls
from shared.catalogue.generations import Generations
from shared.embedding.model import EmbeddingModel
from shared.model.library import Library, LibraryRef
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.terminal.exits import ExitCode
from tests.flows.test_refresh import tagged
from tests.marks import slow
from tests.site import Answer, Reply, Site, html, redirect

pytestmark = pytest.mark.anyio

KEPT, SKIPPED, LOST, DEAD = "kept", "skipped", "lost", "dead"


def page(name: str, *links: str, **more: str) -> str:
    return html(*links, title=f"Page {name}", text=f"The page {name} is about the lantern {name}.", **more)


@dataclass(frozen=True)
class Kind:
    """What one link may lead to: an answer for the path, other paths that come with it, what becomes of it."""

    answer: Callable[[str], Answer]
    becomes: str
    beside: Callable[[str], dict[str, Answer]] = lambda _: {}
    """Other paths, to which nothing links, each of which becomes a page."""


KINDS = {
    "plain": Kind(page, KEPT),
    "tagged": Kind(lambda name: tagged(page(name)), KEPT),
    "moved": Kind(
        lambda name: redirect(f"/to-{name}"), SKIPPED, lambda name: {f"/to-{name}": page(f"to {name}")}
    ),
    "out": Kind(lambda _: redirect("http://127.0.0.1:9/"), SKIPPED),
    "noindex": Kind(lambda name: page(name, head='<meta name="robots" content="noindex">'), SKIPPED),
    "foreign": Kind(lambda name: page(name).replace("<html>", '<html lang="fr">'), SKIPPED),
    "headings": Kind(lambda name: f"<html><main><h1>{name}</h1><h2>Part</h2></main></html>", SKIPPED),
    "listing": Kind(
        lambda name: f"<html><main><h1>Source code for {name}</h1><pre>lit = {len(name)}</pre></main></html>",
        SKIPPED,
    ),
    "tagged-headings": Kind(lambda name: tagged(f"<html><main><h1>{name}</h1></main></html>"), SKIPPED),
    "empty": Kind(lambda _: "<html><body><nav>Menu</nav></body></html>", SKIPPED),
    "picture": Kind(lambda _: Reply(b"\x89PNG", headers={"Content-Type": "image/png"}), SKIPPED),
    "forbidden": Kind(lambda _: Reply(status=403), LOST),
    "cut": Kind(lambda _: Reply(b"x", headers={"Content-Encoding": "gzip"}), LOST),
    "gone": Kind(lambda _: Reply(status=404), DEAD),
    "gone-for-good": Kind(lambda _: Reply(status=410), DEAD),
    "moved-to-nothing": Kind(lambda name: redirect(f"/no-{name}"), DEAD),
    "canonical": Kind(
        lambda name: page(name, head=f'<link rel="canonical" href="/{name}/">'),
        SKIPPED,
        lambda name: {f"/{name}/": page(name, head=f'<link rel="canonical" href="/{name}/">')},
    ),
}
ROBOTS = "User-agent: *\nDisallow: /private\n"


@dataclass(frozen=True)
class Mix:
    """A site of such links, and what each URL of it becomes."""

    pages: dict[str, Answer]
    becomes: dict[str, str]

    def paths(self, what: str) -> set[str]:
        return {path for path, became in self.becomes.items() if became == what}


def mixed(names: list[str]) -> Mix:
    """One link for each name of a kind; one more to a picture by its name, and one that robots.txt forbids."""
    pages: dict[str, Answer] = {"/robots.txt": Reply(ROBOTS, headers={"Content-Type": "text/plain"})}
    becomes = {"/": KEPT, "/private/x": SKIPPED, "/shot.png": SKIPPED}
    links = [f"/{name}-{number}" for number, name in enumerate(names)]
    for number, name in enumerate(names):
        kind, path = KINDS[name], f"/{name}-{number}"
        pages[path] = kind.answer(f"{name}-{number}")
        becomes[path] = kind.becomes
        for other, answer in kind.beside(f"{name}-{number}").items():
            pages[other], becomes[other] = answer, KEPT
    pages["/"] = page("start", *links, "/private/x", "/shot.png", "http://127.0.0.1:9/elsewhere")
    pages["/"] = str(pages["/"]).replace("<html>", '<html lang="en">')
    return Mix(pages, becomes)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        yield site


Run = Callable[..., Awaitable[CrawlReport]]


@pytest.fixture
def run(stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site) -> Run:
    """Crawls, refreshes or retries, and sees that the numbers of the report add up."""
    library = Library("/test/mixed", "Mixed", docs_url=site.url)

    async def start(kind: str = "crawl", *, force: bool = False, **bounds: Any) -> CrawlReport:
        database = await stores.database()
        bounded = Bounds(f"{site.url}/", allow_private=True, **bounds)
        order = Order(library=library, version="1", bounds=bounded, force=force)
        if kind == "refresh":
            [version] = await due(database, LibraryRef(library.id), None)
            order = await refresh_order(database, version, force=False, manner=Manner())
        elif kind == "retry":
            order = await retry_order(database, replace(order, kind="retry"))
        shown: list[Progress] = []
        report = await crawl_library(stores, embedding_model, order, shown.append)
        adds_up(report)
        # what was held back is released without a look at the site
        for last in [progress for progress in shown if progress.stage in ("crawling", "embedding")][-1:]:
            assert (last.failed, last.dead) == (len(report.lost), len(report.dead))
            assert last.skipped == sum(report.skipped.values())
        await is_written(stores, report)
        return report

    return start


def adds_up(report: CrawlReport) -> None:
    """The report's numbers, against each other."""
    assert report.found == (
        report.pages - report.carried + len(report.failed) + sum(report.skipped.values()) + report.waiting
    )
    assert report.waiting == 0 or report.outcome == "interrupted"
    assert report.pages == report.fetched + report.unchanged
    assert report.equal >= 0
    assert report.carried == sum(failure.kept for failure in report.failed)
    assert len({failure.url for failure in report.failed}) == len(report.failed)
    assert set(report.lost) | set(report.dead) == set(report.failed)
    assert report.complete == (report.given == report.wanted and not report.failed_lists)
    if report.outcome in ("published", "unchanged"):
        lacks = report.lost or report.failed_lists
        assert report.exit_code == (ExitCode.INCOMPLETE if lacks else ExitCode.DONE)


async def is_written(stores: Stores[IngestSettings], report: CrawlReport) -> None:
    """The report's numbers, against what is written down of each URL."""
    rows = await (await stores.database()).rows(
        """SELECT p.url, p.state, p.reason FROM crawl_pages p JOIN crawls c ON c.id = p.crawl_id
           WHERE c.started_at = (SELECT max(started_at) FROM crawls)"""
    )
    states = Counter(row["state"] for row in rows)
    assert states["skipped"] == sum(report.skipped.values())
    assert Counter(row["reason"] for row in rows if row["state"] == "skipped") == report.skipped
    assert states["failed"] + states["carried"] == len(report.failed)
    assert states["carried"] == report.carried
    assert states["fetched"] == report.fetched
    assert states["unchanged"] + states["carried"] == report.unchanged
    assert len(rows) == report.found - report.waiting


def became(report: CrawlReport, site: Site) -> dict[str, set[str]]:
    return {
        LOST: {failure.url.removeprefix(site.url) for failure in report.lost},
        DEAD: {failure.url.removeprefix(site.url) for failure in report.dead},
    }


async def served_urls(stores: Stores[IngestSettings], site: Site) -> set[str]:
    rows = await (await stores.database()).rows(
        """SELECT DISTINCT split_part(source_url, '#', 1) AS url FROM documentation_chunks c
           JOIN library_versions v USING (generation_id)"""
    )
    return {row["url"].removeprefix(site.url) for row in rows}


def check(report: CrawlReport, mix: Mix, site: Site) -> None:
    assert (report.pages - report.carried, sum(report.skipped.values())) == (
        len(mix.paths(KEPT)),
        len(mix.paths(SKIPPED)),
    )
    assert became(report, site) == {LOST: mix.paths(LOST), DEAD: mix.paths(DEAD)}
    assert report.given == len(mix.paths(KEPT))
    assert report.wanted == len(mix.paths(KEPT) | mix.paths(LOST))
    assert report.found == len(mix.becomes)
    assert report.outside == 1
    assert report.exit_code == (ExitCode.INCOMPLETE if mix.paths(LOST) else ExitCode.DONE)


async def through_all(stores: Stores[IngestSettings], site: Site, run: Run, names: list[str]) -> None:
    """A crawl, a refresh of the same, a crawl of the same and a retry tell the same of a site."""
    mix = mixed(names)
    site.pages = mix.pages
    first = await run()
    check(first, mix, site)
    assert first.fetched == len(mix.paths(KEPT))
    assert await served_urls(stores, site) == mix.paths(KEPT)
    tagged_pages = sum(name == "tagged" for name in names)
    for kind in ("refresh", "crawl", "refresh"):
        again = await run(kind)
        check(again, mix, site)
        assert again.skipped == first.skipped
        assert (again.outcome, again.fetched, again.not_modified) == ("unchanged", 0, tagged_pages)
        assert again.equal == again.pages - tagged_pages
    retried = await run("retry")
    assert became(retried, site) == became(first, site)
    assert (retried.given, retried.wanted, retried.skipped) == (first.given, first.wanted, first.skipped)
    assert (retried.resumed, retried.not_asked, retried.equal) == (first.pages, first.pages, 0)


@pytest.mark.slow
async def test_one_of_each_kind_adds_up(stores: Stores[IngestSettings], site: Site, run: Run) -> None:
    await through_all(stores, site, run, list(KINDS))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
async def test_any_mix_of_kinds_adds_up(
    stores: Stores[IngestSettings], site: Site, run: Run, seed: int
) -> None:
    dice = random.Random(seed)
    await through_all(stores, site, run, dice.choices(list(KINDS), k=dice.randint(1, 25)))


@pytest.mark.slow
async def test_a_page_that_comes_no_more_is_counted_as_kept_and_as_failed(site: Site, run: Run) -> None:
    mix = mixed(["plain"] * 6)
    site.pages = dict(mix.pages)
    await run()
    site.pages["/plain-0"] = Reply(status=403)
    site.pages["/plain-1"] = Reply(status=404)
    refreshed = await run("refresh")
    assert (refreshed.pages, refreshed.carried, refreshed.given, refreshed.wanted) == (7, 2, 5, 6)
    assert [failure.url for failure in refreshed.dead] == [f"{site.url}/plain-1"]
    assert refreshed.exit_code == ExitCode.INCOMPLETE
    again = await run("refresh")
    assert (again.pages, again.carried, again.given, again.wanted) == (6, 1, 5, 6)
    crawled = await run()
    assert (crawled.pages, crawled.carried, crawled.given, crawled.wanted) == (6, 1, 5, 6)
    retried = await run("retry")
    assert (retried.pages, retried.given, retried.wanted, len(retried.dead)) == (6, 5, 6, 1)


@pytest.mark.slow
async def test_a_dead_link_counts_where_the_site_lists_it(site: Site, run: Run) -> None:
    mix = mixed(["plain", "gone", "gone"])
    listed = "".join(f"<url><loc>{path}</loc></url>" for path in ("/plain-0", "/gone-1"))
    site.pages = mix.pages | {"/sitemap.xml": f"<?xml version='1.0'?><urlset>{listed}</urlset>"}
    for kind in ("crawl", "refresh", "retry"):
        report = await run(kind)
        assert [failure.url for failure in report.lost] == [f"{site.url}/gone-1"]
        assert [failure.url for failure in report.dead] == [f"{site.url}/gone-2"]
        assert (report.given, report.wanted, report.exit_code) == (2, 3, ExitCode.INCOMPLETE)


@pytest.mark.slow
async def test_what_a_limit_cuts_off_belongs_to_the_site(site: Site, run: Run) -> None:
    site.pages = mixed(["plain"] * 6 + ["gone"]).pages
    for kind in ("crawl", "refresh", "retry"):
        report = await run(kind, **({"max_pages": 3} if kind == "crawl" else {}))
        over = {reason: count for reason, count in report.skipped.items() if "--max-pages" in reason}
        assert over == {"over the limit of 3 pages (--max-pages)": report.wanted - 3}
        assert (report.pages, report.given) == (3, 3)
        assert report.wanted >= 7


async def test_what_is_deeper_than_allowed_is_counted_once_though_a_shorter_way_is_found(
    site: Site, run: Run
) -> None:
    site.pages = {
        "/": page("start", "/a", "/slow"),
        "/a": page("a", "/b"),
        "/slow": Reply(page("slow", "/c"), delay=0.5),
        "/b": page("b", "/c", "/d"),
        "/c": page("c"),
        "/d": page("d"),
    }
    report = await run(max_depth=2)
    assert (report.pages, report.found, report.skipped) == (5, 6, {"deeper than --max-depth 2": 1})


@pytest.mark.slow
async def test_what_a_retried_page_leads_to_is_told_of(site: Site, run: Run) -> None:
    site.pages = {"/": page("start", "/guide"), "/guide": Reply(status=403)}
    first = await run()
    assert (first.given, first.wanted) == (1, 2)
    site.pages["/guide"] = page("guide", "/one", "/two")
    retried = await run("retry")
    assert (retried.given, retried.wanted, sum(retried.skipped.values())) == (2, 4, 2)
    crawled = await run()
    assert len(crawled.dead) == 2


@pytest.mark.slow
async def test_a_crawl_that_is_held_back_adds_up(site: Site, run: Run) -> None:
    site.pages = mixed(["plain"] * 8).pages
    await run()
    site.pages = mixed(["plain", "plain", "noindex", "gone"]).pages
    held = await run()
    assert (held.outcome, held.pages, held.exit_code) == ("held", 3, ExitCode.HELD)
    released = await run(force=True)
    assert (released.outcome, released.pages, released.found) == ("published", 3, held.found)


async def interrupted(crawl: Coroutine[Any, Any, CrawlReport], at: asyncio.Event) -> None:
    task = asyncio.create_task(crawl)
    await at.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("kind", ["crawl", *slow("retry")])
async def test_what_an_interrupted_run_has_kept_is_told_and_the_next_run_goes_on(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site, run: Run, kind: str
) -> None:
    names = ["plain"] * 6 + ["gone", "noindex", "picture", "headings"]
    mix = mixed(names)
    site.pages = dict(mix.pages)
    if kind == "retry":
        site.pages |= {f"/plain-{number}": Reply(status=403) for number in range(6)}
        await run()
        site.pages = dict(mix.pages)
    slow = dict.fromkeys(("/plain-4", "/plain-5"), Reply(delay=60))
    site.pages |= slow
    enough = asyncio.Event()

    def stop(progress: Progress) -> None:
        if progress.outcomes >= len(mix.becomes) - len(slow):
            enough.set()

    library = Library("/test/mixed", "Mixed", docs_url=site.url)
    order = Order(library=library, version="1", bounds=Bounds(f"{site.url}/", allow_private=True))
    if kind == "retry":
        order = await retry_order(await stores.database(), replace(order, kind="retry"))
    await interrupted(crawl_library(stores, embedding_model, order, stop), enough)
    report = await left_behind(stores, order)
    assert report
    adds_up(report)
    await is_written(stores, report)
    assert (report.outcome, report.waiting, report.exit_code) == ("interrupted", 2, ExitCode.INTERRUPTED)
    assert report.found == len(mix.becomes)
    assert report.lost == ()
    assert report.given + 2 == report.wanted == len(mix.paths(KEPT))
    site.pages = mix.pages
    ended = await run(kind)
    check(ended, mix, site)


@pytest.mark.slow
async def test_an_interrupted_run_says_nothing_of_the_one_that_goes_on_or_takes_its_place(
    stores: Stores[IngestSettings], embedding_model: EmbeddingModel, site: Site
) -> None:
    site.pages = {"/": page("start", "/slow", "/gone"), "/slow": Reply(delay=60)}
    library = Library("/test/mixed", "Mixed", docs_url=site.url)
    database = await stores.database()
    crawls = Crawls(database)
    order = Order(library=library, version="1", bounds=Bounds(f"{site.url}/", allow_private=True))
    for again in (order, replace(order, bounds=replace(order.bounds, max_pages=5))):
        two = asyncio.Event()

        def stop(progress: Progress, two: asyncio.Event = two) -> None:
            if progress.outcomes == 2:
                two.set()

        await interrupted(crawl_library(stores, embedding_model, again, stop), two)
    version = await Generations(database).version(library.id, "1")
    assert version
    assert await crawls.newest(version, ENDED) is None
    left = await crawls.newest(version, ("running",))
    assert left
    assert left.report
    earlier = await left_behind(stores, again)
    assert earlier
    assert await left_behind(stores, again, earlier) is None
    await crawls.go_on(left.id, ("failed",))
    goes_on = await crawls.newest(version, ("running",))
    assert goes_on
    assert goes_on.report is None
    assert [row.state for row in await crawls.pages(left.id)] == ["fetched"]
