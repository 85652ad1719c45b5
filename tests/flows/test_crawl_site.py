"""Whole crawls of real sites over loopback HTTP."""

import gzip
import time
from itertools import pairwise

import pytest

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.crawl.entry import CrawlPlan
from ingest.crawl.events import Page, Skipped
from ingest.crawl.frontier import TWICE, Finished
from ingest.crawl.open import open_crawl
from shared.errors import AddressRefused, CrawlForbidden, FetchFailed, InvalidUrl, NoText
from shared.model.document import Document, ExtractedPage
from tests.crawling import QUICK, Outcome, crawl_all, read_page, take
from tests.site import Answer, Reply, Request, Site, html, redirect

pytestmark = pytest.mark.anyio


async def test_every_page_of_a_tangled_site_is_kept_once() -> None:
    count = 30
    pages = {
        f"/docs/{n}": html(*(f"/docs/{(n * k + 1) % count}" for k in range(1, 6)), title=f"{n}")
        for n in range(count)
    }
    with Site({"/docs/": html("0", "1", "./2?utm_source=home", "/blog/", "#top"), **pages}) as site:
        outcome = await crawl_all(f"{site.url}/docs/")
        assert set(outcome.kept) == {"/docs/", *pages}
        assert (outcome.skipped, outcome.failed) == ({}, {})
        lists = ("sitemap.xml", "sitemap.txt", "llms.txt", "llms-full.txt", "objects.inv")
        listings = {f"/docs/{name}" for name in lists}
        asked = [path for path in site.paths if path.startswith("/docs/") and path not in listings]
        assert sorted(asked) == sorted(outcome.kept)
        assert "/blog/" not in site.paths


async def test_a_start_page_belongs_to_its_crawl_whatever_its_address_looks_like() -> None:
    start = "/docs?a=1&b=2&c=3&d=4&e=5"
    with Site({start: html("/docs/a"), "/docs/a": html(), "/": redirect(start)}) as site:
        assert set((await crawl_all(f"{site.url}{start}")).kept) == {start, "/docs/a"}
        assert start in (await crawl_all(f"{site.url}/")).kept


async def test_every_url_has_its_outcome_and_reason() -> None:
    with Site(
        {
            "/": html(
                "/a", "/missing", "/forbidden", "/broken", "/book.pdf", "/data", "/empty-status", "/a?b#c"
            ),
            "/a": html("/"),
            "/a?b": html(),
            "/forbidden": Reply("no", status=403),
            "/broken": Reply("oops", status=500),
            "/data": Reply("{}", headers={"Content-Type": "application/json"}),
            "/empty-status": Reply(status=204),
        }
    ) as site:
        outcome = await crawl_all(f"{site.url}/")
        assert set(outcome.kept) == {"/", "/a", "/a?b"}
        assert outcome.skipped == {"/book.pdf": "not a page (.pdf)", "/data": "not HTML (application/json)"}
        assert outcome.failed == {
            "/missing": "404 Not Found",
            "/forbidden": "403 Forbidden",
            "/broken": "500 Internal Server Error",
            "/empty-status": "204 No Content",
        }
        assert outcome.attempts == {"/missing": 1, "/forbidden": 1, "/broken": 3, "/empty-status": 1}
        assert site.paths.count("/broken") == 3


MARKDOWN = {"Content-Type": "text/markdown; charset=utf-8"}


@pytest.mark.parametrize("start", ["/docs", "/docs/"])
async def test_a_start_page_in_markdown_is_read(start: str) -> None:
    index = Reply(html("/docs/out.md", "/docs/oil"), headers=MARKDOWN)
    pages: dict[str, Answer] = {
        "/docs": redirect("/docs/index.md"),
        "/docs/": index,
        "/docs/index.md": index,
        "/docs/out.md": Reply(html(title="Out"), headers=MARKDOWN),
        "/docs/oil": redirect("/docs/oil.md"),
        "/docs/oil.md": Reply(html(title="Oil"), headers=MARKDOWN),
    }
    with Site(pages) as site:
        outcome = await crawl_all(f"{site.url}{start}")
        landed = "/docs/" if start == "/docs/" else "/docs/index.md"
        assert set(outcome.kept) == {landed, "/docs/out.md", "/docs/oil.md"}


async def test_a_start_page_of_another_kind_is_refused_with_what_is_wanted() -> None:
    with Site({"/a": Reply(b"%PDF-1.7", headers={"Content-Type": "application/pdf"})}) as site:
        with pytest.raises(FetchFailed) as refused:
            await crawl_all(f"{site.url}/a")
        assert refused.value.line.endswith(
            "not HTML (application/pdf): a page is HTML or Markdown: give the address of one"
        )


async def test_redirects_are_followed_within_the_site_and_nowhere_else() -> None:
    with Site({"/stolen": html()}) as other, Site() as site:
        site.pages = {
            "/d/": html("one", "circle", "out", "away", "long", "ftp", "page"),
            "/d/one": redirect("two", 301),
            "/d/two": redirect("/d/three", 308),
            "/d/three": html(),
            "/d/page": redirect("/d/three", 302),
            "/d/circle": redirect("/d/circle2"),
            "/d/circle2": redirect("/d/circle"),
            "/d/out": redirect("/elsewhere"),
            "/d/away": redirect(f"{other.url}/stolen"),
            "/d/long": redirect("/d/long1"),
            **{f"/d/long{n}": redirect(f"/d/long{n + 1}") for n in range(1, 20)},
            "/d/ftp": redirect("ftp://example.com/"),
        }
        outcome = await crawl_all(f"{site.url}/d/", concurrency=1)
        out = "redirects out of the part of the site that is crawled"
        assert set(outcome.kept) == {"/d/", "/d/three"}
        assert outcome.skipped == {"/d/out": out, "/d/away": out, "/d/page": TWICE, "/d/one": TWICE}
        assert outcome.failed["/d/circle"] == "redirects for ever"
        assert outcome.failed["/d/long"] == "redirects more than 10 times"
        assert outcome.failed["/d/ftp"].startswith("redirects to a bad address")
        assert other.requests == []
        assert "/elsewhere" not in site.paths


async def test_robots_rules_are_kept() -> None:
    with Site(
        {
            "/robots.txt": "User-agent: *\nDisallow: /private\nCrawl-delay: 0.2\nSitemap: /map.xml",
            "/": html("/a", "/private/b", "/c"),
            "/a": html(),
            "/c": redirect("/private/d"),
            "/map.xml": "<urlset><url><loc>/private/e</loc></url></urlset>",
        }
    ) as site:
        outcome = await crawl_all(f"{site.url}/")
        forbidden = "forbidden by robots.txt"
        assert set(outcome.kept) == {"/", "/a"}
        assert outcome.skipped == {"/private/b": forbidden, "/private/e": forbidden, "/c": forbidden}
        assert not [path for path in site.paths if path.startswith("/private")]
        times = sorted(request.at for request in site.requests[2:])
        assert all(later - earlier > 0.15 for earlier, later in pairwise(times))


async def test_pages_that_only_the_sitemap_names_are_found() -> None:
    packed = gzip.compress(b"<urlset><url><loc>http://SITE/docs/b</loc></url></urlset>")
    with Site() as site:
        host = site.url.removeprefix("http://").encode()
        site.pages = {
            "/docs/": html(),
            "/docs/a": html("c"),
            "/docs/b": html(),
            "/docs/c": html(),
            "/blog/x": html(),
            "/robots.txt": Reply(status=404),
            "/sitemap.xml": "<sitemapindex><sitemap><loc>/one.xml</loc></sitemap>"
            "<sitemap><loc>/two.xml.gz</loc></sitemap><sitemap><loc>/sitemap.xml</loc></sitemap>"
            "<sitemap><loc>/missing.xml</loc></sitemap></sitemapindex>",
            "/one.xml": "<urlset><url><loc>/docs/a</loc></url><url><loc>/blog/x</loc></url></urlset>",
            "/two.xml.gz": gzip.compress(gzip.decompress(packed).replace(b"SITE", host)),
        }
        outcome = await crawl_all(f"{site.url}/docs/")
        assert set(outcome.kept) == {"/docs/", "/docs/a", "/docs/b", "/docs/c"}
        assert outcome.depths == {"/docs/": 0, "/docs/a": 1, "/docs/b": 1, "/docs/c": 2}


async def test_canonical_names_join_what_is_one_page_and_cost_no_other() -> None:
    def named(canonical: str, text: str) -> str:
        return html(text=text, head=f'<link rel="canonical" href="{canonical}">')

    with Site(
        {
            "/": html("/x?print=1", "/x/", "/y", "/z", "/copy", "/far"),
            "/x": named("/x", "x"),
            "/x/": named("/x", "x"),
            "/x?print=1": named("/x", "x for print"),
            "/y": named("/", "a template that names the front page everywhere"),
            "/z": named("/z", "z"),
            "/copy": named("/z", "z"),
            "/far": named("http://elsewhere.example/far", "far"),
        }
    ) as site:
        outcome = await crawl_all(f"{site.url}/", concurrency=1)
        assert set(outcome.kept) == {"/", "/x", "/y", "/z", "/far"}
        assert outcome.skipped == {"/x/": TWICE, "/copy": TWICE, "/x?print=1": TWICE}
        assert "/x" not in site.paths


async def test_the_same_body_under_two_addresses_of_one_page_is_kept_once() -> None:
    front = html("/index.html", "/x", "/x/", "/y", "/y/")
    pages = {
        "/": front,
        "/index.html": front,
        "/x": html(),
        "/x/": html(),
        "/y": html(text="1"),
        "/y/": html(text="2"),
    }
    with Site(pages) as site:
        outcome = await crawl_all(f"{site.url}/", concurrency=1)
        assert set(outcome.kept) == {"/", "/x", "/y", "/y/"}
        assert outcome.skipped == {"/index.html": TWICE, "/x/": TWICE}


async def test_a_page_can_ask_not_to_be_kept_or_not_to_be_followed() -> None:
    with Site(
        {
            "/": html("/hidden", "/header", "/end"),
            "/hidden": html("/behind", head='<meta name="robots" content="noindex">'),
            "/header": Reply(html(), headers={"X-Robots-Tag": "noindex, nofollow"}),
            "/end": html("/beyond", head='<meta name="robots" content="nofollow">'),
            "/behind": html(),
            "/beyond": html(),
        }
    ) as site:
        outcome = await crawl_all(f"{site.url}/")
        assert set(outcome.kept) == {"/", "/behind", "/end"}
        assert set(outcome.skipped) == {"/hidden", "/header"}


async def test_limits_are_said() -> None:
    with Site({"/": html("/0"), **{f"/{n}": html(f"/{n + 1}") for n in range(50)}}) as site:
        deep = await crawl_all(f"{site.url}/", max_depth=3)
        assert set(deep.kept) == {"/", "/0", "/1", "/2"}
        assert deep.skipped == {"/3": "deeper than --max-depth 3"}
        short = await crawl_all(f"{site.url}/", max_pages=5)
        assert len(short.kept) == 5
        assert short.skipped == {"/4": "over the limit of 5 pages (--max-pages)"}


async def test_includes_and_excludes_bound_the_crawl() -> None:
    paths = ["/guide/a", "/guide/old/b", "/api/c", "/blog/d"]
    with Site({"/guide/": html(*paths), **{path: html() for path in paths}}) as site:
        outcome = await crawl_all(f"{site.url}/guide/", include=("/guide/*", "/api/*"), exclude=("*/old/*",))
        assert set(outcome.kept) == {"/guide/", "/guide/a", "/api/c"}
        assert outcome.skipped == {"/guide/old/b": "excluded by --exclude"}


async def test_a_start_that_redirects_moves_the_crawl_there() -> None:
    with Site({"/docs/2.1/": html("a", "/docs/1.0/"), "/docs/2.1/a": html()}) as there:
        with Site({"/": redirect(f"{there.url}/docs/2.1/")}) as here:
            plan = CrawlPlan(Bounds(f"{here.url}/", allow_private=True), policy=QUICK)
            async with open_crawl(plan) as crawl:
                assert crawl.scope.start == f"{there.url}/docs/2.1/"
                kept = [
                    crawl.extracted(e.url, read_page(e.url, e.fetched.body), e.fetched.body)
                    async for e in crawl
                    if type(e) is Page
                ]
        assert kept == [f"{there.url}/docs/2.1/", f"{there.url}/docs/2.1/a"]
        assert "/robots.txt" in there.paths


async def test_the_crawl_does_not_run_ahead_of_extraction() -> None:
    with Site({"/": html(*(f"/{n}" for n in range(60))), **{f"/{n}": html() for n in range(60)}}) as site:
        plan = CrawlPlan(
            Bounds(f"{site.url}/", allow_private=True), manner=Manner(concurrency=2), policy=QUICK, ahead=5
        )
        waiting: list[Page] = []
        async with open_crawl(plan) as crawl:
            async for event in crawl:
                assert isinstance(event, Page)
                waiting.append(event)
                fetched = len([path for path in site.paths if path[1:].isdigit()])
                assert len(waiting) <= plan.ahead + plan.manner.concurrency
                if len(waiting) >= plan.ahead or fetched in (0, 60):
                    while waiting:
                        page = waiting.pop(0)
                        crawl.extracted(page.url, read_page(page.url, page.fetched.body), page.fetched.body)


async def test_pages_without_a_document_are_skipped_with_the_reason() -> None:
    with Site({"/": html("/a"), "/a": "", "/b": html()}) as site:
        plan = CrawlPlan(Bounds(f"{site.url}/", allow_private=True), policy=QUICK)
        skipped = []
        async with open_crawl(plan) as crawl:
            async for event in crawl:
                match event:
                    case Page(fetched=fetched) if fetched.body:
                        crawl.extracted(event.url, read_page(event.url, fetched.body), fetched.body)
                    case Page():
                        crawl.unreadable(event.url, NoText(links=[f"{site.url}/b"]))
                    case Skipped(url, reason):
                        skipped.append((url, reason))
        assert skipped == [(f"{site.url}/a", "no text")]
        assert "/b" in site.paths


async def test_an_interrupted_crawl_goes_on_where_it_stopped() -> None:
    with Site(
        {"/": html("/a", "/b"), "/a": html("/c"), "/b": html("/d"), "/c": html(), "/d": html()}
    ) as site:
        finished = [
            Finished(f"{site.url}/", (f"{site.url}/a", f"{site.url}/b"), 0),
            Finished(f"{site.url}/a", (f"{site.url}/c",), 1),
        ]
        outcome = await crawl_all(f"{site.url}/", finished=finished)
        assert set(outcome.kept) == {"/", "/b", "/c", "/d"}
        assert "/a" not in site.paths
        assert outcome.depths["/c"] == 2


async def test_a_host_that_stops_answering_is_left_alone() -> None:
    pages = {f"/{n}": Reply(status=503) for n in range(200)}
    with Site({"/": html(*pages), **pages}) as site:
        outcome = await crawl_all(f"{site.url}/")
        assert len(outcome.failed) == 200
        assert "not tried: the host stopped answering" in outcome.failed.values()
        assert len(site.requests) < 100


@pytest.mark.parametrize(
    ("pages", "error", "said"),
    [
        ({}, FetchFailed, "404 Not Found"),
        ({"/": Reply(status=500)}, FetchFailed, "500 Internal Server Error"),
        ({"/": redirect("/")}, FetchFailed, "redirects for ever"),
        ({"/": Reply("%PDF", headers={"Content-Type": "application/pdf"})}, FetchFailed, "not HTML"),
        ({"/robots.txt": "User-agent: *\nDisallow: /", "/": html()}, CrawlForbidden, "robots.txt"),
        ({"/robots.txt": Reply(status=503), "/": html()}, FetchFailed, "robots.txt answers 503"),
        (
            {"/": redirect("/no"), "/robots.txt": "User-agent: *\nDisallow: /no", "/no": html()},
            FetchFailed,
            "forbidden",
        ),
    ],
)
async def test_a_start_page_that_cannot_be_had_is_one_clear_error(
    pages: dict[str, str | bytes | Reply], error: type[Exception], said: str
) -> None:
    with Site(dict(pages)) as site:
        with pytest.raises(error, match=said):
            await crawl_all(f"{site.url}/")
        assert "/no" not in site.paths


async def test_a_start_that_is_nobodys_is_one_clear_error() -> None:
    with Site() as gone:
        pass
    with pytest.raises(FetchFailed, match=r"no connection \(connection refused\)"):
        await crawl_all(f"{gone.url}/")
    with pytest.raises(FetchFailed, match="does not resolve"):
        await crawl_all("http://nobody.invalid/")
    with pytest.raises(InvalidUrl, match="not an http"):
        await crawl_all("ftp://example.com/")
    with pytest.raises(AddressRefused, match="a loopback address"):
        await crawl_all(f"{gone.url}/", allow_private=False)


async def test_leaving_a_crawl_early_ends_its_fetches() -> None:
    with Site({"/": html("/slow"), "/slow": Reply(html(), delay=30)}) as site:
        plan = CrawlPlan(Bounds(f"{site.url}/", allow_private=True))
        begun = time.monotonic()
        async with open_crawl(plan) as crawl:
            async for event in crawl:
                assert isinstance(event, Page)
                crawl.extracted(event.url, read_page(event.url, event.fetched.body), event.fetched.body)
                if "/slow" not in site.paths:
                    break
        assert time.monotonic() - begun < 10


async def test_pages_in_another_language_than_the_start_page_are_left_out_with_the_reason() -> None:
    pages = {
        "/": html("/british", "/french", "/silent").replace("<html>", '<html lang="en-US">'),
        "/british": html().replace("<html>", '<html lang="en-GB">'),
        "/french": html().replace("<html>", '<html lang="fr">'),
        "/silent": html(),
    }
    with Site(pages) as site:
        outcome = await crawl_all(f"{site.url}/")
        assert set(outcome.kept) == {"/", "/british", "/silent"}
        assert outcome.skipped == {"/french": "in another language: fr (--language fr takes it)"}
        both = await crawl_all(f"{site.url}/", languages=("en", "fr"))
        assert set(both.kept) == set(pages)


async def test_links_to_the_public_address_of_a_mirror_stay_on_the_mirror() -> None:
    public = "https://docs.example/stable/"
    pages = {
        "/": html(f"{public}guide.html", "https://docs.example/blog/"),
        "/guide.html": html(head=f'<link rel="canonical" href="{public}guide.html">'),
    }
    with Site(pages) as site:
        outcome = await crawl_all(f"{site.url}/", base_url=public)
        assert set(outcome.kept) == {"/", "/guide.html"}
        assert set((await crawl_all(f"{site.url}/")).kept) == {"/"}


async def test_a_mirror_is_told_by_the_canonical_link_of_its_start_page() -> None:
    public = "https://docs.example/stable/"
    pages = {"/": html(head=f'<link rel="canonical" href="{public}">')}
    with Site(pages) as site:
        for base_url, told in ((None, public), (public, None)):
            plan = CrawlPlan(Bounds(f"{site.url}/", base_url=base_url, allow_private=True), policy=QUICK)
            async with open_crawl(plan) as crawl:
                async for event in crawl:
                    take(Outcome(site.url), crawl, event)
                assert crawl.public == told


async def test_pages_that_only_llms_txt_names_are_found_and_markdown_is_read_where_there_is_nothing_else() -> (
    None
):
    listing = (
        "# Docs\n- [Hidden](/docs/hidden): a page\n- [Twin](/docs/guide.md)\n<https://elsewhere.test/x>\n"
    )
    whole = "# Docs\n\n# Only here\nSource: {}/docs/whole\n\nSee [no page](/docs/example).\n"
    markdown = {"Content-Type": "text/markdown"}
    with Site(
        {"/docs/": html("guide", "plain.md"), "/docs/guide": html(), "/docs/hidden": html(title="h")}
    ) as site:
        site.pages["/docs/llms.txt"] = Reply(listing, headers={"Content-Type": "text/plain"})
        site.pages["/llms-full.txt"] = Reply(whole.format(site.url), headers={"Content-Type": "text/plain"})
        site.pages["/docs/whole"] = html(title="whole")
        site.pages["/docs/guide.md"] = Reply("# Guide", headers=markdown)
        site.pages["/docs/plain.md"] = Reply("# Plain", headers=markdown)
        outcome = await crawl_all(f"{site.url}/docs/")
        assert set(outcome.kept) == {"/docs/", "/docs/guide", "/docs/hidden", "/docs/whole", "/docs/plain.md"}
        assert (outcome.failed, outcome.skipped) == ({}, {})
        assert "/docs/guide.md" not in site.paths


async def test_an_endless_calendar_ends_with_the_reason() -> None:
    def month(number: int) -> str:
        return f"/docs/calendar/{1900 + number // 12}/{number % 12 + 1}/"

    pages = {month(n): html(month(n + 1), title=f"month {n}") for n in range(510)}
    with Site({"/docs/": html(month(0)), **pages}) as site:
        outcome = await crawl_all(f"{site.url}/docs/", concurrency=8)
        assert len(outcome.kept) == 501
        assert set(outcome.skipped.values()) == {"over 500 addresses that differ only in a date or a number"}


async def test_what_a_page_calls_its_own_text_in_another_language_is_not_fetched() -> None:
    def page(**languages: str) -> ExtractedPage:
        links = tuple(f"{site.url}{path}" for path in languages.values())
        return ExtractedPage(
            Document(f"{site.url}/", "", "text", language="en"),
            links,
            alternates=tuple(zip(languages, links, strict=True)),
        )

    with Site({"/": html(), "/guide": html(), "/de/": html()}) as site:
        plan = CrawlPlan(Bounds(f"{site.url}/", allow_private=True), policy=QUICK)
        outcome = Outcome(site.url)
        async with open_crawl(plan) as crawl:
            async for event in crawl:
                if isinstance(event, Page) and event.url == f"{site.url}/":
                    crawl.extracted(event.url, page(de="/de/", en="/guide"), b"start")
                else:
                    take(outcome, crawl, event)
        assert set(outcome.kept) == {"/guide"}
        assert outcome.skipped == {"/de/": "in another language: de (--language de takes it)"}
        assert "/de/" not in site.paths


async def test_a_start_that_leads_sideways_is_crawled_where_it_leads_and_where_it_was_typed() -> None:
    with Site(
        {
            "/guide": redirect("/v2/guide/introduction"),
            "/v2/guide/introduction": html("/v2/guide/lids", "/guide/jars", "/v2/api/x", "/blog/"),
            "/v2/guide/lids": html(),
            "/guide/jars": html(),
            "/help/tasks": redirect("/help/tasks~74"),
            "/help/tasks~74": html("/help/tasks/create", "/help/other"),
            "/help/tasks/create": redirect("/help/tasks/create~12"),
            "/help/tasks/create~12": html(),
            "/help/other": html(),
            "/old": redirect("/welcome"),
            "/welcome": html("/old/a", "/else"),
            "/old/a": html(),
        }
    ) as site:
        assert set((await crawl_all(f"{site.url}/guide")).kept) == {
            "/v2/guide/introduction", "/v2/guide/lids", "/guide/jars",
        }  # fmt: skip
        assert set((await crawl_all(f"{site.url}/help/tasks")).kept) == {
            "/help/tasks~74",
            "/help/tasks/create~12",
        }
        assert set((await crawl_all(f"{site.url}/old")).kept) == {"/welcome", "/old/a"}


async def test_a_host_that_redirects_at_the_start_belongs_to_the_crawl_by_its_own_rules() -> None:
    with Site(host="127.0.0.1") as old, Site(host="127.0.0.2") as new, Site({"/x": html()}) as third:
        new.pages = {
            "/": html(f"{old.url}/moved", f"{old.url}/here", f"{old.url}/secret", f"{third.url}/x", "/b"),
            "/b": html(),
            "/moved": html(),
        }
        old.pages = {
            "/robots.txt": "User-agent: *\nDisallow: /secret",
            "/": redirect(f"{new.url}/", 301),
            "/moved": redirect(f"{new.url}/moved", 301),
            "/here": html(),
            "/secret": html(),
        }
        outcome = await crawl_all(f"{old.url}/")
        assert set(outcome.kept) == {f"{new.url}/", f"{new.url}/b", f"{new.url}/moved", "/here"}
        assert outcome.skipped == {"/secret": "forbidden by robots.txt", "/moved": TWICE}
        assert third.requests == []


async def test_links_just_outside_are_counted_by_their_folder() -> None:
    with Site(
        {
            "/docs/": html("/docs/a", "/api/a", "/api/b", "/api/c.png", "http://elsewhere.test/x"),
            "/docs/a": html("/api/a", "/v2/x/y"),
            "/sitemap.xml": "<urlset><url><loc>/blog/1</loc></url></urlset>",
        }
    ) as site:
        plan = CrawlPlan(Bounds(f"{site.url}/docs/", allow_private=True), policy=QUICK)
        async with open_crawl(plan) as crawl:
            outcome = Outcome(site.url)
            async for event in crawl:
                take(outcome, crawl, event)
        assert dict(crawl.beside) == {"/api/": 2, "/v2/x/": 1}


async def test_pages_that_lead_to_each_other_end() -> None:
    with Site({"/": html("/a", "/b"), "/a": redirect("/b"), "/b": redirect("/a")}) as site:
        outcome = await crawl_all(f"{site.url}/")
        assert set(outcome.kept) == {"/"}
        assert {*outcome.skipped, *outcome.failed} == {"/a", "/b"}


async def test_crooked_sitemaps_are_read() -> None:
    with Site() as site:
        host = site.url.removeprefix("http://")
        site.pages = {
            "/robots.txt": Reply(f"\ufeffUser-agent: *\nDisallow:\nSitemap: {host}/maps/first.xml\n"),
            "/maps/first.xml": '\n\n<?xml version="1.0"?><urlset><url><loc> docs/one </loc></url></urlset>',
            "/sitemap.txt": Reply(f"{site.url}/docs/two\n", headers={"Content-Type": "text/plain"}),
            **{f"/docs/{name}": html() for name in ("", "one", "two")},
        }
        outcome = await crawl_all(f"{site.url}/docs/")
        assert set(outcome.kept) == {"/docs/", "/docs/one", "/docs/two"}
        assert outcome.failed == {}


async def test_a_search_without_end_is_cut_off_and_pages_by_title_are_not() -> None:
    def found(request: Request) -> Reply:
        word = request.path.partition("=")[2]
        links = [f"?search={word}{sign}" for sign in "abc"]
        return Reply(html(*links, title=f"{word} - found", text="Nothing was found in the larder."))

    class Found(dict[str, Answer]):
        def get(self, path: str, default: Answer | None = None) -> Answer | None:  # type: ignore[override]
            return found if path.startswith("/find?search=") else super().get(path, default)

    titles = [f"/wiki?title={'x' * number}" for number in range(1, 121)]
    with Site() as site:
        site.pages = Found({"/": html("/find?search=query", *titles)})
        site.pages |= {path: html(title=f"Jar {number}") for number, path in enumerate(titles)}
        outcome = await crawl_all(f"{site.url}/", max_pages=1_000)
        assert set(titles) <= set(outcome.kept)
        assert 50 <= sum("search=" in path for path in site.paths) < 60
        assert {reason for path, reason in outcome.skipped.items() if "search=" in path} == {
            "?search= says nothing new but its value, by 50 of them"
        }


async def test_one_page_with_and_without_a_slash_is_kept_once() -> None:
    page = html("other", "#top", title="Jars", text="See the other page.")
    with Site({"/": html("/jars", "/jars/", "/lids", "/lids/")}) as site:
        site.pages |= {"/jars": page, "/jars/": page, "/other": html(), "/jars/other": html(title="Another")}
        site.pages |= {"/lids": html(title="Lids"), "/lids/": html(title="All lids")}
        outcome = await crawl_all(f"{site.url}/", concurrency=1)
        assert set(outcome.kept) == {"/", "/jars", "/other", "/jars/other", "/lids", "/lids/"}
        assert outcome.skipped == {"/jars/": TWICE}


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (Reply(status=500), "500 Internal Server Error"),
        (Reply(b"x", headers={"Content-Encoding": "gzip"}), "broke off in the middle of its answer"),
        (Reply(status=403), ""),
        (Reply(status=404), ""),
        (html(title="Not found"), ""),
    ],
)
async def test_a_list_that_is_there_and_cannot_be_had_is_named(answer: Answer, named: str) -> None:
    start = html("/a", head='<meta name="generator" content="mkdocs, sphinx">')
    places = {"sitemap": "/sitemap.xml", "llms.txt": "/llms.txt", "objects.inv": "/objects.inv"}
    with Site({"/": start, "/a": html(), **dict.fromkeys(places.values(), answer)}) as site:
        async with open_crawl(CrawlPlan(Bounds(f"{site.url}/", allow_private=True), policy=QUICK)) as crawl:
            async for event in crawl:
                take(Outcome(site.url), crawl, event)
        found = {one.name: one for one in crawl.failed_lists}
        assert set(found) == (set(places) if named else set())
        assert all(one.url == site.url + places[name] for name, one in found.items())
        assert {one.reason for one in found.values()} == ({named} if named else set())


async def test_what_a_list_names_is_known_but_for_what_it_may_not_mean() -> None:
    robots = Reply("Sitemap: /maps/all.xml", headers={"Content-Type": "text/plain"})
    entries = "".join(f"<url><loc>{path}</loc></url>" for path in ("/a", "b", "SITE/gone"))
    with Site(
        {"/": html("/c"), "/a": html(), "/c": html(), "/maps/b": html(), "/robots.txt": robots}
    ) as site:
        site.pages["/maps/all.xml"] = f"<urlset>{entries}</urlset>".replace("SITE", site.url)
        async with open_crawl(CrawlPlan(Bounds(f"{site.url}/", allow_private=True), policy=QUICK)) as crawl:
            outcome = Outcome(site.url)
            async for event in crawl:
                take(outcome, crawl, event)
        assert set(outcome.failed) == {"/b", "/gone"}
        known = {path for path in (*outcome.kept, *outcome.failed) if crawl.lists(site.url + path)}
        assert known == {"/a", "/gone"}
