import gzip

import pytest

from ingest.crawl.lists.sitemap import Sitemap, parse_sitemap
from shared.errors import ListUnreadable

PLAIN = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
  <url><loc> https://h/a </loc><lastmod>2026-01-01</lastmod></url>
  <url><image:image><image:loc>https://h/a.png</image:loc></image:image><loc>https://h/b?x=1&amp;y=2</loc></url>
  <url><loc></loc></url>
</urlset>"""

INDEX = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>https://h/one.xml</loc></sitemap><sitemap><loc>/two.xml.gz</loc></sitemap></sitemapindex>"""


def test_pages_are_listed_in_their_order() -> None:
    assert parse_sitemap(PLAIN) == Sitemap(pages=("https://h/a", "https://h/b?x=1&y=2"))


def test_an_index_names_sitemaps() -> None:
    assert parse_sitemap(INDEX) == Sitemap(sitemaps=("https://h/one.xml", "/two.xml.gz"))


def test_a_sitemap_may_be_packed() -> None:
    assert parse_sitemap(gzip.compress(PLAIN)) == parse_sitemap(PLAIN)


def test_a_sitemap_without_its_namespace_is_read() -> None:
    assert parse_sitemap(b"<urlset><url><loc>https://h/a</loc></url></urlset>").pages == ("https://h/a",)


def test_a_long_sitemap_is_read_whole() -> None:
    entries = b"".join(
        b"<url><loc>https://h/%d</loc><lastmod>2026-01-01</lastmod></url>" % n for n in range(20_000)
    )
    pages = parse_sitemap(b"<urlset>" + entries + b"</urlset>").pages
    assert len(pages) == 20_000
    assert pages[-1] == "https://h/19999"


def test_what_comes_before_the_damage_is_kept() -> None:
    assert "https://h/a" in parse_sitemap(PLAIN[: PLAIN.index(b"<url><image")]).pages


@pytest.mark.parametrize(
    "body", [b"", b"not xml", b"<html><p>Not found", b"<!DOCTYPE html>\n<title>Lost</title>", b"\x00" * 100]
)
def test_what_stands_in_the_place_of_a_sitemap_lists_nothing(body: bytes) -> None:
    assert parse_sitemap(body) == Sitemap()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"\x1f\x8bnot gzip", "cannot be unpacked"),
        (gzip.compress(PLAIN)[:-10], "cut off, or larger"),
        (gzip.compress(b"<urlset>" + b" " * 200_000_000), "cut off, or larger"),
        (b"<urlset>" + b"<a>" * 20_000, "nested too deeply"),
        (b"<urlset>\x00\x01\x02" + b"\xff" * 200, "cut off"),
    ],
)
def test_a_sitemap_that_is_broken_says_so(body: bytes, reason: str) -> None:
    with pytest.raises(ListUnreadable, match=reason):
        parse_sitemap(body)


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (PLAIN[:-9], "is cut off"),
        (PLAIN.replace(b"</urlset>", b"<a>" * 300), "is nested too deeply"),
        (PLAIN.replace(b"</urlset>", b"\x01\x00\x1b</urlset>"), ""),
        (PLAIN.replace(b"&amp;", b"&"), ""),
    ],
)
def test_what_can_be_read_of_a_damaged_sitemap_is_listed_and_it_says_where_something_lacks(
    body: bytes, fault: str
) -> None:
    found = parse_sitemap(body)
    assert found.pages[0] == "https://h/a"
    assert found.fault == fault


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = b"""<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
    <urlset><url><loc>https://h/&b;</loc></url><url><loc>https://h/&c;</loc></url></urlset>"""
    listed = " ".join(parse_sitemap(bomb).pages)
    assert "aaaa" not in listed
    assert "root:" not in listed


def test_a_text_lists_a_page_a_line() -> None:
    text = b"\xef\xbb\xbfhttps://h/a\n\n  https://h/b?x=1 \r\n# a comment\nhttps://h/c d\n/e\n"
    assert parse_sitemap(text) == Sitemap(pages=("https://h/a", "https://h/b?x=1"))
    assert parse_sitemap(gzip.compress(text)) == parse_sitemap(text)
    assert parse_sitemap(b"Not found") == Sitemap()
