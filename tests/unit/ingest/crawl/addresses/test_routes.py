"""Addresses that only a script knows, and the files that they mean."""

import pytest

from ingest.crawl.addresses.routes import NO_ROUTES, Routes, find_routes, route_of, with_route
from shared.model.document import Document, ExtractedPage, Section, opened

DOCSIFY = b"<script>window.$docsify = {loadSidebar: true}</script>"
SITE = Routes("http://h/docs/", "http://h/docs/")


@pytest.mark.parametrize(
    ("route", "file"),
    [("#/guide", "guide.md"), ("#/api/jars?id=x", "api/jars.md"), ("#/", "README.md"), ("#/api/", "api/README.md"),
     ("#!/guide", "guide.md"), ("#/guide.md", "guide.md")],
)  # fmt: skip
def test_a_route_is_a_markdown_file_beside_the_page_that_draws_it(route: str, file: str) -> None:
    assert SITE.file(f"http://h/docs/{route}") == f"http://h/docs/{file}"


def test_other_addresses_are_no_files() -> None:
    for url in ("http://h/docs/#top", "http://h/docs/guide", "http://elsewhere/#/guide"):
        assert SITE.file(url) is None
    assert NO_ROUTES.file("http://h/#/guide") is None


def test_links_of_a_site_that_is_drawn_are_files() -> None:
    links = [
        "http://h/docs/guide",
        "http://h/docs/api/",
        "http://h/docs/a.md",
        "http://h/docs/a.md#/b",
        "http://h/docs/",
        "http://x/y",
    ]
    assert list(SITE.links(links)) == [
        "http://h/docs/guide.md", "http://h/docs/api/README.md", "http://h/docs/a.md", "http://h/docs/b.md",
        "http://h/docs/", "http://x/y",
    ]  # fmt: skip
    assert list(NO_ROUTES.links(links)) == links


def test_a_site_has_routes_if_it_is_asked_for_by_one_or_is_made_so() -> None:
    assert find_routes("http://h/docs/", "http://h/docs/", b"<p>Text") is NO_ROUTES
    assert find_routes("http://h/docs/#/a", "http://h/docs/", b"") == SITE
    assert find_routes("http://h/docs/", "http://h/docs/index.html", DOCSIFY).base == "http://h/docs/"
    named = find_routes("http://h/", "http://h/", DOCSIFY + b"basePath: '/md/', homepage: 'start.md'")
    assert named == Routes("http://h/", "http://h/md/", "start.md")
    assert named.file("http://h/#/") == "http://h/md/start.md"


def test_what_is_typed_keeps_its_route() -> None:
    assert with_route("HTTP://h:80/#/guide?id=a") == "http://h/#/guide"
    assert with_route("http://h/a#top") == "http://h/a"
    assert (route_of("http://h/#/"), route_of("http://h/")) == ("#/", "")


def test_a_page_is_named_by_the_address_that_a_person_opens() -> None:
    def anchors(url: str) -> list[str]:
        sections = (
            Section("Guide", 1, None, 0),
            Section("Open, a jar!", 2, None, 2),
            Section("B", 2, "own", 4),
        )
        page = SITE.addressed(ExtractedPage(Document(url, "Guide", "# Guide", sections)))
        return [opened(f"{url}#{one.anchor}") for one in page.document.sections]

    assert anchors("http://h/docs/guide.md") == [
        "http://h/docs/#/guide",
        "http://h/docs/#/guide?id=open-a-jar",
        "http://h/docs/#/guide?id=own",
    ]
    assert anchors("http://h/docs/README.md")[0] == "http://h/docs/#/"
    assert anchors("http://h/docs/api/README.md")[0] == "http://h/docs/#/api/"
    assert anchors("http://h/docs/guide.html")[0] == "http://h/docs/guide.html#None"
    assert opened("http://h/a.md#b") == "http://h/a.md#b"
