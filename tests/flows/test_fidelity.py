"""Real documentation keeps its code, headings, anchors and signatures, and loses its sites' navigation."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import html
from lxml.etree import _Element as Element
from markdown_it import MarkdownIt

from ingest.chunk.cut import chunk
from ingest.extract import extract
from ingest.extract.generators import registry as generators
from shared.errors import NotADocument
from shared.model.document import Document
from tests.flows.test_real_sites import UNPACKED

pytestmark = pytest.mark.slow

PAGES = 40
MARKDOWN = MarkdownIt("commonmark").enable("table")


CALLOUTS = " or ".join(f'@class="{name}"' for name in ("note", "tip", "warning", "caution", "important"))


class Site(NamedTuple):
    package: str
    folder: str
    generator: str
    content: str
    """Where a page's own content stands, and nothing else."""
    navigation: str
    """Where the site's navigation stands."""


SPHINX = ("sphinx", '//div[@role="main"]', '//div[@class="sphinxsidebar"]//a | //div[@class="related"]//a')
DOCBOOK = ("docbook", "//body", '//div[@class="navheader" or @class="navfooter"]//*[self::a or self::td]')
SITES = [
    Site("python-flask-doc", "html", *SPHINX),
    Site("python-click-doc", "html", *SPHINX),
    Site("python-sqlalchemy-doc", "html", "sphinx", '//div[@id="docs-body"]', '//div[@id="fixed-sidebar"]//a'),
    Site("python3.11-doc", "html", *SPHINX),
    Site("postgresql-doc-15", "html", *DOCBOOK),
    Site("rust-doc", "html/core", "rustdoc", '//section[@id="main-content"]', '//nav[@class="sidebar"]//a'),
    Site("openjdk-17-doc", "api/java.sql", "javadoc", "//main", '//header//a'),
    Site("libsfml-dev", "html", "doxygen", '//div[@class="contents"]', '//div[@class="tabs"]//a'),
]  # fmt: skip


def folder_of(site: Site) -> Path | None:
    return next(
        (
            place / site.package / site.folder
            for place in UNPACKED
            if (place / site.package / site.folder).is_dir()
        ),
        None,
    )


HERE = [site for site in SITES if folder_of(site)]


def pages(site: Site) -> Iterator[tuple[Element, Document]]:
    folder = folder_of(site)
    assert folder
    paths = sorted(path for path in folder.resolve().rglob("*.html") if path.is_file())
    for path in random.Random(7).sample(paths, min(PAGES, len(paths))):
        try:
            page = extract(path.read_bytes(), path.as_uri())
        except NotADocument:
            continue
        if page.document.generator == site.generator and not page.noindex:
            yield html.fromstring(path.read_bytes(), parser=html.HTMLParser(encoding="utf-8")), page.document


def squeezed(text: str) -> str:
    return re.sub(r"[\s¶§◆ⓘ]+", "", text)


def kept(site: Site) -> dict[str, float]:
    """The share of code blocks, headings, anchors and signatures of a site's pages that a crawl keeps."""
    found: dict[str, list[bool]] = {"code": [], "headings": [], "anchors": [], "signatures": []}
    for tree, document in pages(site):
        tokens = MARKDOWN.parse(document.markdown)
        code = squeezed("".join(token.content for token in tokens if token.type == "fence"))
        sections = {squeezed(one.heading): one.anchor for one in document.sections}
        symbols = [one for one in document.sections if one.symbol]
        for content in tree.xpath(site.content)[:1]:
            for noise in content.xpath('.//script | .//nav | .//*[@class="notable-traits" or @class="toc"]'):
                noise.drop_tree()
            found["code"] += [squeezed(one.text_content()) in code for one in content.iter("pre")]
            for heading in content.iter("h1", "h2", "h3", "h4"):
                if heading.xpath(f"ancestor::table | ancestor::div[{CALLOUTS}]"):
                    continue
                text = squeezed(heading.text_content())
                found["headings"].append(text in sections)
                if heading.get("id"):
                    found["anchors"].append(sections.get(text) is not None)
            entries = content.xpath(
                './/dt[contains(@class, "sig ")] | .//section[@class="detail"]/h3 | .//h2[@class="memtitle"]'
            )
            if entries:
                found["signatures"].append(2 * len(symbols) >= len(entries))
    return {name: sum(those) / len(those) for name, those in found.items() if those}


def boilerplate(site: Site) -> float:
    """The share of a site's chunks that are navigation: half of their lines are entries of its own menus."""
    chunks = navigation = 0
    for tree, document in pages(site):
        menu = {squeezed(one.text_content()) for one in tree.xpath(site.navigation)} - {""}
        for one in chunk(document, lambda text: len(text) // 4, 512):
            lines = [
                squeezed(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line)).lstrip("-*")
                for line in one.content.splitlines()
            ]
            said = [line for line in lines if line]
            chunks += 1
            navigation += bool(said) and 2 * sum(line in menu for line in said) >= len(said)
    return navigation / max(1, chunks)


@pytest.mark.parametrize("site", HERE, ids=[site.package for site in HERE])
def test_real_pages_keep_their_code_headings_anchors_and_signatures(site: Site) -> None:
    shares = kept(site)
    assert min(shares.values()) >= 0.99, shares


@pytest.mark.parametrize("site", HERE, ids=[site.package for site in HERE])
def test_the_words_of_a_sites_menus_are_in_hardly_any_chunk(site: Site) -> None:
    assert boilerplate(site) < 0.01


@pytest.mark.parametrize("site", HERE[:1], ids=[site.package for site in HERE[:1]])
def test_without_its_generators_rule_a_site_loses_its_signatures(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        replace(one, signatures=()) if one.name == site.generator else one for one in generators.GENERATORS
    ]
    monkeypatch.setattr(generators, "GENERATORS", rows)
    assert kept(site)["signatures"] < 0.5
