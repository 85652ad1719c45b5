from ingest.crawl.addresses.urls import OUTSIDE, Scope
from ingest.crawl.entry import Entry, no_page, not_html
from ingest.crawl.fetch.fetcher import Fetched
from ingest.crawl.lists.robots import FORBIDDEN, Robots, parse_robots


def entry(start: str, robots: Robots) -> Entry:
    return Entry(Fetched(start, b"", "text/html", None, {}), Scope.around(start), robots)


def test_only_html_can_be_a_page() -> None:
    assert not_html("text/html") is None
    assert not_html("application/xhtml+xml") is None
    assert not_html("") is None
    assert not_html("application/pdf") == "not HTML (application/pdf)"


def test_a_markdown_file_can_be_a_page_whatever_it_is_sent_as() -> None:
    for kind in ("text/markdown", "text/plain", "application/octet-stream", "text/html"):
        assert no_page("http://h/a.md", kind) is None
    assert no_page("http://h/a.md", "application/pdf") == "not HTML (application/pdf)"
    assert no_page("http://h/a", "text/markdown") == "not HTML (text/markdown)"


def test_scope_and_robots_both_have_a_say() -> None:
    admits = entry("http://h/docs/", parse_robots(b"User-agent: *\nDisallow: /docs/no")).admits
    assert admits("http://h/docs/a") is None
    assert admits("http://h/docs/no") == FORBIDDEN
    assert admits("http://h/blog") == OUTSIDE


def test_sitemaps_are_looked_for_where_robots_names_them_and_at_the_usual_places() -> None:
    named = parse_robots(b"Sitemap: https://cdn.example/map.xml\nSitemap: /more.xml\nSitemap: ftp://no")
    usual = (
        "http://h/sitemap.xml",
        "http://h/docs/sitemap.xml",
        "http://h/sitemap.txt",
        "http://h/docs/sitemap.txt",
    )
    assert entry("http://h/docs/", named).sitemaps == (
        "https://cdn.example/map.xml",
        "http://h/more.xml",
        *usual,
    )
    assert entry("http://h/docs/index.html", Robots()).sitemaps == usual
    assert entry("http://h/", Robots()).sitemaps == usual[::2]


def test_a_sitemap_may_be_named_without_its_scheme() -> None:
    named = parse_robots(
        b"Sitemap: h:81/a.xml\nSitemap: cdn.example.com/b.xml\nSitemap: maps/c.xml\nSitemap: d.xml"
    )
    assert entry("http://h:81/", named).sitemaps[:4] == (
        "http://h:81/a.xml",
        "http://cdn.example.com/b.xml",
        "http://h:81/maps/c.xml",
        "http://h:81/d.xml",
    )
