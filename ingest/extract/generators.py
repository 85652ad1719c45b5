"""The documentation generators we know: how each is recognised, and where it keeps what. A new one is a new row."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from lxml.etree import _Element as Element

from ingest.extract.selectors import Matcher


@dataclass(frozen=True, slots=True)
class Generator:
    """Selectors are those of `ingest.extract.selectors`; the earlier a region, the better."""

    name: str
    meta: str | None = None
    """Pattern at the start of `<meta name="generator">`, any case."""
    marks: tuple[str, ...] = ()
    """Any of these elements gives it away where the meta does not."""
    regions: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    """What is not content, beside what is dropped everywhere."""
    signatures: tuple[str, ...] = ()
    """API entries: each becomes a heading in a code span."""
    terms: tuple[str, ...] = ()
    """Terms of definition lists that people link to: each becomes a heading."""
    listings: tuple[str, ...] = ()
    """Code blocks that are not in a `<pre>`."""
    prototypes: tuple[str, ...] = ()
    """Declarations that become a code block of one line."""
    grids: tuple[tuple[str, int], ...] = ()
    """Tables made of `<div>`s: the element that holds the cells, and how many make a row."""
    code_language: str | None = None
    """Language of signatures and prototypes, and of highlighted code that names none."""
    machinery: tuple[str, ...] = ()
    """Globs over the URL's path of pages that hold no documentation: indexes, search, sources."""


def _all(text: str) -> tuple[str, ...]:
    return tuple(text.split())


GENERATORS = (
    Generator(
        "sphinx",
        marks=_all("""
            script[src*=_static/documentation_options.js] script[src*=_static/doctools.js]
            link[href*=_static/pygments.css] div.sphinxsidebar
        """),
        regions=_all("""
            article.bd-article [itemprop=articleBody] article[role=main] [role=main] #docs-body
            #bd div.body main div.document
        """),
        drop=_all("""
            div.sphinxsidebar #sidebar div.related .toctree-wrapper nav.contents div.contents
            aside.contents div.nav .viewcode-link .copybtn .prev-next-area .prev-next-bottom
            .rst-footer-buttons .rst-breadcrumbs-buttons .wy-breadcrumbs .rst-versions
            .related-pages .bottom-of-page .back-to-top .content-icon-container .edit-this-page
            span.linenos td.linenos .header-article .toc-drawer #searchbox div.clearer
            a.sd-stretched-link nav.page-nav .docutils.container.toc
        """),
        signatures=_all("""
            dt.sig dl.class>dt[id] dl.function>dt[id] dl.method>dt[id] dl.attribute>dt[id]
            dl.data>dt[id] dl.exception>dt[id] dl.describe>dt[id] dl.option>dt[id] dl.type>dt[id]
            dl.macro>dt[id] dl.member>dt[id] dl.envvar>dt[id]
        """),
        machinery=_all("""
            */genindex* */py-modindex* */modindex.html */search.html */http-routingtable.html
            */_modules/* */_sources/*
        """),
    ),
    Generator(
        "docbook",
        meta="docbook",
        marks=_all("div.titlepage div.navheader"),
        regions=_all("""
            div.book div.part div.chapter div.appendix div.preface div.reference div.refentry
            div.article div.sect1 div.sect2 div.section div.glossary div.bibliography div.index
            div.simplesect body
        """),
        drop=_all("""
            div.navheader div.navfooter div.toc div.list-of-figures div.list-of-tables
            div.list-of-examples
        """),
        terms=_all("dl.variablelist>dt[id] dl.glosslist>dt[id] div.glossary>dl>dt[id]"),
        machinery=_all("*/bookindex.html */ix01.html"),
    ),
    Generator(
        "asciidoctor",
        meta="asciidoc",
        marks=_all("div.sectionbody article.doc>h1.page"),
        regions=_all("article.doc body"),
        drop=_all("""
            #toc div.toc aside.toc #footer #footer-text nav.pagination .conum>i #last-updated
        """),
        terms=_all("div.dlist>dl>dt[id]"),
    ),
    Generator(
        "mkdocs",
        meta="(mkdocs|zensical)",
        marks=_all("div.md-container article.md-content__inner"),
        regions=_all("""
            article.md-content__inner div.md-content [itemprop=articleBody] [role=main] main
        """),
        drop=_all("""
            div.md-sidebar .md-source-file .md-content__button .md-feedback .md-tags .md-clipboard
            .md-code__nav nav.md-path form.md-feedback .md-annotation__index .wy-breadcrumbs
            .rst-footer-buttons .md-nav div.toc
        """),
        signatures=_all("h2.doc-heading[id] h3.doc-heading[id] h4.doc-heading[id] h5.doc-heading[id]"),
        machinery=_all("*/search.html */404.html"),
    ),
    Generator(
        "docusaurus",
        meta="docusaurus",
        marks=_all("#__docusaurus div.theme-doc-markdown"),
        regions=_all("div.theme-doc-markdown article main"),
        drop=_all("""
            .hash-link .theme-doc-breadcrumbs .theme-doc-toc-mobile .theme-doc-toc-desktop
            .theme-doc-footer .theme-doc-version-badge .theme-doc-version-banner
            .theme-last-updated .pagination-nav .theme-edit-this-page
            .theme-code-block-highlighted-line-number
        """),
        machinery=_all("*/search */search/"),
    ),
    Generator(
        "vitepress",
        meta="vitepress",
        marks=_all("#VPContent div.vp-doc"),
        regions=_all("div.vp-doc main #VPContent"),
        drop=_all("""
            .header-anchor .VPDocAside .VPDocFooter .VPDocOutlineItem button.copy span.lang
            .line-numbers-wrapper .VPSidebar .VPNav .VPLocalNav .VPBadge
        """),
    ),
    Generator(
        "mdbook",
        meta="mdbook",
        marks=_all("div.nav-chapters nav.nav-wrapper a.mobile-nav-chapters #mdbook-help-container"),
        regions=_all("#content>main main"),
        drop=_all("""
            nav.nav-wrapper .nav-chapters .mobile-nav-chapters div.buttons #menu-bar #sidebar
            nav.pagetoc
        """),
        machinery=_all("*/print.html */toc.html"),
    ),
    Generator(
        "rustdoc",
        meta="rustdoc",
        marks=_all("body.rustdoc"),
        regions=_all("#main-content section.content main"),
        drop=_all("""
            a.src a.srclink a.anchor a.doc-anchor #toggle-all-docs #copy-path .notable-traits
            span.since .rightside a.test-arrow a.tooltip div.information summary.hideme
            .sub-heading rustdoc-toolbar .out-of-band nav.sub
        """),
        signatures=_all(".code-header"),
        code_language="rust",
        machinery=_all("*/src/* */all.html */help.html */settings.html */search.html"),
    ),
    Generator(
        "javadoc",
        meta="javadoc",
        marks=_all("body.class-declaration-page body.package-declaration-page"),
        regions=_all("main div.contentContainer body"),
        drop=_all("""
            nav.toc div.sub-nav .subNav .topNav .bottomNav div.table-tabs #reset-button
            a.anchor-link
        """),
        prototypes=_all("div.member-signature div.type-signature div.memberSignature"),
        code_language="java",
        grids=(
            ("div.two-column-summary", 2),
            ("div.three-column-summary", 3),
            ("div.four-column-summary", 4),
        ),
        machinery=_all("""
            */index-all.html */allclasses*.html */allpackages*.html */overview-tree.html
            */package-tree.html */package-use.html */package-frame.html */help-doc.html
            */search.html */class-use/* */src-html/* */index-files/*
        """),
    ),
    Generator(
        "doxygen",
        meta="doxygen",
        marks=_all("div.memitem #doc-content"),
        regions=_all("div.contents #doc-content"),
        drop=_all("""
            span.permalink div.summary #nav-path div.ttc td.memSeparator span.mlabels
            div.dynheader div.dyncontent a.anchor span.lineno div.toc a.code-link tr.separator
            address.footer div.directory>.levels
        """),
        listings=_all("div.fragment"),
        prototypes=_all("div.memproto"),
        code_language="cpp",
        machinery=_all("""
            *_source.html */functions*.html */globals*.html */namespacemembers*.html
            */annotated.html */classes.html */files.html */hierarchy.html */inherits*.html
            */graph_legend.html */search.html *-members.html
        """),
    ),
    Generator(
        "man",
        meta="(groff|man2html|mandoc)",
        marks=_all("table.man-vt table.head>tbody div.manual-text main.manual-text section.Sh"),
        regions=_all("div.manual-text main.manual-text body"),
        drop=_all("""
            table.head table.foot table.man-vt a.permalink.hidden hr.start-footer div.head
            div.foot
        """),
        terms=_all("dl.Bl-tag>dt[id]"),
    ),
    Generator(
        "sqlite",
        marks=_all("div.nosearch>div.menu div.nosearch>div.fancy_title #searchmenu"),
        regions=_all("body"),
        drop=_all("""
            div.menu div.searchmenu div.tagline a.button img.logo div.fancy_title div.fancy_toc
            p#lastupdate #mtimelink
        """),
    ),
)

UNKNOWN = Generator("")


def recognise(tree: Element, meta: str | None) -> Generator:
    """What made a page: by its `<meta name="generator">`, else by an element only it writes; else UNKNOWN."""
    for one in GENERATORS:
        if meta and one.meta and re.match(one.meta, meta.strip(), re.IGNORECASE):
            return one
    marks = matcher(tuple(mark for one in GENERATORS for mark in one.marks))
    found = next(marks.within(tree), None)
    if found is None:
        return UNKNOWN
    return next(one for one in GENERATORS if matcher(one.marks).matches(found))


def is_machinery(generator: Generator, path: str) -> bool:
    """Whether a URL's path names an index, a search page or source code, which no reader asks for."""
    return any(fnmatchcase(path, glob) for glob in generator.machinery)


@cache
def matcher(selectors: tuple[str, ...]) -> Matcher:
    return Matcher(selectors)
