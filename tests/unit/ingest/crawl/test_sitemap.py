import gzip

import pytest

from ingest.crawl.sitemap import Sitemap, parse_sitemap

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


@pytest.mark.parametrize("body", [b"", b"not xml", b"\x1f\x8bnot gzip", b"<html><p>Not found", b"\x00" * 100])
def test_what_cannot_be_read_lists_nothing(body: bytes) -> None:
    assert parse_sitemap(body) == Sitemap()


def test_a_packed_bomb_is_not_unpacked() -> None:
    assert parse_sitemap(gzip.compress(b"<urlset>" + b" " * 1_000_000), max_bytes=100_000) == Sitemap()


def test_entities_are_neither_expanded_nor_fetched() -> None:
    bomb = b"""<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>
    <urlset><url><loc>https://h/&b;</loc></url><url><loc>https://h/&c;</loc></url></urlset>"""
    listed = " ".join(parse_sitemap(bomb).pages)
    assert "aaaa" not in listed
    assert "root:" not in listed
