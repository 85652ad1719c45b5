"""One page's bytes to a Document: read, choose, clean, convert, from top to bottom."""

from urllib.parse import urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.anchors import heading_anchors, plain
from ingest.extract.blocks import Blocks, Code
from ingest.extract.callouts import label_tabs, shape_callouts
from ingest.extract.chrome import drop_chrome
from ingest.extract.code import code_language, code_text
from ingest.extract.decode import Kind, decode, kind_of
from ingest.extract.generator import Generator
from ingest.extract.generators import UNKNOWN, is_machinery, matcher, recognise
from ingest.extract.headings import take_headings
from ingest.extract.markdown import to_markdown
from ingest.extract.metadata import PageFacts, page_title, read_facts
from ingest.extract.region import drop_menus, main_region
from ingest.extract.shape import shape
from ingest.extract.text import extract_text
from shared.errors import NotADocument
from shared.model.document import Document, ExtractedPage


def extract(body: bytes, url: str, *, charset: str | None = None) -> ExtractedPage:
    """Turn one page into Markdown with its sections, links and what it says to a crawler.

    `charset` is the HTTP header's. `noindex` is also true for pages that hold no documentation by
    their generator's account: indexes, search pages, source listings. Markdown and plain text are
    taken as they are. Broken markup is never an error. Raises NotADocument for bytes that are no
    HTML and no text, and for a page without text, with its links: of a redirecting stub, the target.
    """
    text = decode(body, charset)
    kind = kind_of(body, text, url)
    if kind is Kind.OTHER:
        raise NotADocument("not HTML", "only HTML, Markdown and plain text are documentation")
    if kind is Kind.TEXT:
        return extract_text(text, url)
    tree = _parse(text)
    facts = read_facts(tree, url)
    generator = recognise(tree, facts.generator)
    document = None if facts.redirect else _document(tree, facts, generator, url)
    if document is None:
        links = (facts.redirect,) if facts.redirect else facts.links
        raise NotADocument("no text", "the page is empty, redirects, or is drawn by a script", links)
    return ExtractedPage(
        document=document,
        links=facts.links,
        canonical=facts.canonical,
        noindex=facts.noindex or is_machinery(generator, urlsplit(url).path),
        nofollow=facts.nofollow,
    )


def _parse(text: str) -> Element:
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        tree: Element | None = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:
        tree = None
    if tree is None:
        raise NotADocument("no text", "the page is empty")
    return tree


def _document(tree: Element, facts: PageFacts, generator: Generator, url: str) -> Document | None:
    region = main_region(tree, generator)
    label_tabs(region)
    found = heading_anchors(region)
    drop_chrome(region, generator)
    if generator is UNKNOWN:
        drop_menus(region)
    shape_callouts(region)
    blocks = Blocks(region)
    _take_code(region, generator, blocks)
    take_headings(region, found, generator, blocks)
    shape(region, url, facts.base, generator)
    markdown, sections = to_markdown(region, blocks.taken, facts.base)
    if not markdown.strip():
        return None
    return Document(
        url=url,
        title=page_title(
            facts.title, [(one.level, one.heading) for one in sections if one.symbol is None], url
        ),
        markdown=markdown,
        sections=sections,
        language=facts.language,
        generator=generator.name or None,
    )


def _take_code(region: Element, generator: Generator, blocks: Blocks) -> None:
    if generator.prototypes:
        for declaration in list(matcher(generator.prototypes).within(region)):
            if code := plain(declaration):
                blocks.take(declaration, Code(code, generator.code_language or ""))
    listings = matcher(("pre", *generator.listings))
    for listing in list(listings.within(region)):
        if not any(map(listings.matches, listing.iterancestors())) and (code := code_text(listing)):
            language = code_language(listing, generator.code_language)
            if listing.tag != "pre":
                language = language or generator.code_language or ""
            blocks.take(listing, Code(blocks.spelled_out(code), language))
