"""One page's bytes to a Document: read, choose, clean, convert, from top to bottom."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree
from lxml.etree import _Element as Element

from ingest.extract.clean.breadcrumbs import drop_breadcrumbs
from ingest.extract.clean.callouts import shape_callouts
from ingest.extract.clean.chrome import drop_chrome, keep_content
from ingest.extract.clean.contents import drop_contents
from ingest.extract.clean.main_content import drop_menus, main_region
from ingest.extract.clean.tabs import label_tabs
from ingest.extract.code.beside.labels import take_code_labels
from ingest.extract.code.beside.popups import drop_popups, keep_triggers
from ingest.extract.code.block import read_block
from ingest.extract.code.embedded import fill_groups
from ingest.extract.code.lines.sheet import style_code
from ingest.extract.code.number_columns import drop_number_columns
from ingest.extract.code.source_listings import Sources, find_sources, is_all_code, source_page_words
from ingest.extract.code.terminals import show_terminals
from ingest.extract.code.without_pre import mark_listings
from ingest.extract.decode import Kind, decode, kind_of, only_in_code
from ingest.extract.formulas.take import take_formulas
from ingest.extract.generators.generator import Generator
from ingest.extract.generators.registry import UNKNOWN, generated_by, is_machinery, matcher, recognise
from ingest.extract.headings.anchors import heading_anchors, heading_signs
from ingest.extract.headings.annotations import join_annotations
from ingest.extract.headings.heading import take_headings
from ingest.extract.headings.labels import say_labels_below
from ingest.extract.headings.symbols import owner_of
from ingest.extract.headings.title import set_title
from ingest.extract.lists.notes import sign_notes
from ingest.extract.lists.tabulated import list_tables
from ingest.extract.markdown.convert import to_markdown
from ingest.extract.markdown.shape import shape
from ingest.extract.markdown.text import extract_text
from ingest.extract.panels.accordions import tell_accordions
from ingest.extract.panels.open import open_panels
from ingest.extract.parse import parse
from ingest.extract.react.panels import draw_panels
from ingest.extract.react.source import name_languages
from ingest.extract.tables.keep import keep_tables
from ingest.extract.tree.elements import drop, plain
from ingest.extract.tree.metadata import PageFacts, page_title, read_facts
from ingest.extract.tree.placeholders import LISTED, Blocks, Code
from ingest.extract.tree.selectors import first
from ingest.interstitials import interstitial_of_page, reason_of
from shared.errors import InterstitialPage, NotADocument, NoText
from shared.model.document import Document, ExtractedPage, unsigned
from shared.visible import is_visible, visible, visible_markdown

_EMPTY = "the page is empty, redirects, or is drawn by a script"
_ROUTED = "its links route by their fragments (#/guide): it needs a rendered crawl"


def extract(body: bytes, url: str, *, charset: str | None = None, unindexed: bool = True) -> ExtractedPage:
    """Turn one page into Markdown with its sections, links and what it says to a crawler.

    `charset` is the HTTP header's. `noindex` is also true for pages that hold no documentation by
    their generator's account: indexes, search pages; the document of such a page, and of one that is but a
    source listing, is left empty if `unindexed` ones are not wanted. Markdown and plain text are taken as they
    are. Broken markup is never an error. Raises NotADocument for bytes that are no HTML and no text, and for a
    page without text, with its links: of a redirecting stub, the target; InterstitialPage for an interstitial.
    """
    text = decode(body, charset)
    kind = kind_of(body, text, url)
    if kind is Kind.OTHER:
        raise NotADocument("not HTML", "only HTML, Markdown and plain text are documentation")
    if kind is Kind.TEXT:
        return extract_text(visible_markdown(text), url)
    tree = _seen(text)
    if interstitial := interstitial_of_page(tree, text):
        raise InterstitialPage(
            reason_of(interstitial), "a guard stands before the page: crawl it with --header"
        )
    facts = read_facts(tree, url)
    generator = recognise(tree, facts.generator or generated_by(text))
    scripted = generator.scripted and first(tree, generator.regions) is None
    noindex = facts.noindex or is_machinery(generator, urlsplit(url).path)
    read = None
    if noindex and not (unindexed or facts.redirect):
        read = _Read(_left_out(url, facts))
    elif not (facts.redirect or scripted):
        read = _document(tree, facts, generator, url, unindexed=unindexed)
    if read is None:
        links = (facts.redirect,) if facts.redirect else facts.links
        hint = f"{generator.name} draws the page by a script: crawl the Markdown files that it reads"
        empty = _ROUTED if facts.routed else _EMPTY
        raise NoText(hint if scripted else empty, links)
    return ExtractedPage(
        document=read.document,
        links=facts.links,
        canonical=facts.canonical,
        noindex=noindex,
        nofollow=facts.nofollow,
        twin=facts.twin,
        alternates=facts.alternates,
        named=visible(facts.title),
        incomplete=read.incomplete,
        listing=read.listing,
    )


@dataclass(frozen=True, slots=True)
class _Read:
    document: Document
    incomplete: bool = False
    """Whether its code groups lack what only a script would draw."""
    listing: bool = False


def _left_out(url: str, facts: PageFacts) -> Document:
    return Document(url, title="", markdown="", language=facts.language)


def _seen(text: str) -> Element:
    """The tree of a page, without what nobody sees."""
    tree = parse(text)
    # Of what stands in the text, and of what the parser may have made besides.
    if not (is_visible(text) and is_visible(etree.tostring(tree, encoding="unicode", method="html"))):
        only_in_code(tree)
    return tree


def _document(
    tree: Element, facts: PageFacts, generator: Generator, url: str, *, unindexed: bool
) -> _Read | None:
    """The document, if the page has text."""
    style_code(tree)
    region = main_region(tree, generator)
    words = source_page_words(tree, facts.title, urlsplit(url).path)
    listing = words > 0 and is_all_code(region, generator, words)
    if listing and not unindexed:
        return _Read(_left_out(url, facts), listing=True)
    owner = owner_of(tree, generator)
    draw_panels(region)
    take_formulas(region)
    named = set_title(tree, region, generator)
    drop_popups(region)
    keep_triggers(region)
    keep_content(region, generator)
    tell_accordions(region)
    incomplete = fill_groups(region, label_tabs(region, generator))
    open_panels(region)
    sources = find_sources(region, generator)
    found, signs = heading_anchors(region), heading_signs(region)
    sign_notes(region)
    list_tables(region)
    say_labels_below(region, generator)
    drop_contents(region)
    drop_chrome(region, generator)
    drop_breadcrumbs(region, url)
    if generator is UNKNOWN:
        drop_menus(region)
    mark_listings(region)
    listing = listing or (words > 0 and is_all_code(region, generator, words))
    if listing and not unindexed:
        return _Read(_left_out(url, facts), listing=True)
    if not listing:
        drop_number_columns(region)
    show_terminals(region)
    name_languages(region)
    take_code_labels(region, generator)
    shape_callouts(region)
    keep_tables(region, generator)
    blocks = Blocks(region)
    for label in sources.labels:
        label.text = LISTED + (label.text or "")
    _take_code(region, generator, blocks, sources)
    take_headings(region, found, signs, generator, blocks, owner)
    join_annotations(region)
    shape(region, url, facts.base, generator)
    made = to_markdown(region, blocks.taken, facts.base)
    if not made.markdown.strip():
        return None
    document = Document(
        url=url,
        title=named
        or page_title(
            facts.title,
            [
                (one.level, unsigned(one.heading))
                for one in made.sections
                if one.symbol is None or one.level == 1
            ],
            url,
            facts.site,
        ),
        markdown=made.markdown,
        sections=made.sections,
        language=facts.language,
        generator=generator.name or None,
        post=facts.post,
        listings=((0, made.markdown.count("\n")),) if listing else made.listings,
    )
    return _Read(document, incomplete, listing)


def _take_code(region: Element, generator: Generator, blocks: Blocks, sources: Sources) -> None:
    if generator.prototypes:
        for declaration in list(matcher(generator.prototypes).within(region)):
            if code := plain(declaration):
                blocks.take(declaration, Code(code, generator.code_language or ""))
    listings = matcher(("pre", *generator.listings))
    declared, signatures = matcher(generator.listings), matcher(generator.signatures)
    for listing in list(listings.within(region)):
        if signatures.matches(listing) or any(map(listings.matches, listing.iterancestors())):
            continue
        code, language = read_block(listing, generator.code_language)
        if not code:
            drop(listing)
            continue
        if declared.matches(listing):
            language = language or generator.code_language or ""
        blocks.take(listing, Code(blocks.spelled_out(code), language, sources.hold(listing)))
