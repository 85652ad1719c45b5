"""Generators of reference manuals: from sources, comments and manual pages."""

from ingest.extract.generator import Generator, names

REFERENCE = (
    Generator(
        "sphinx",
        marks=names("""
            script[src*=_static/documentation_options.js] script[src*=_static/doctools.js]
            link[href*=_static/pygments.css] div.sphinxsidebar
        """),
        regions=names("""
            article.bd-article [itemprop=articleBody] article[role=main] [role=main] #docs-body
            #bd div.body main div.document
        """),
        drop=names("""
            div.sphinxsidebar #sidebar div.related .toctree-wrapper nav.contents div.contents
            aside.contents div.nav .viewcode-link .copybtn .prev-next-area .prev-next-bottom
            .rst-footer-buttons .rst-breadcrumbs-buttons .wy-breadcrumbs .rst-versions
            .related-pages .bottom-of-page .back-to-top .content-icon-container .edit-this-page
            span.linenos td.linenos .header-article .toc-drawer #searchbox div.clearer
            a.sd-stretched-link nav.page-nav .docutils.container.toc
        """),
        signatures=names("""
            dt.sig dl.class>dt[id] dl.function>dt[id] dl.method>dt[id] dl.attribute>dt[id]
            dl.data>dt[id] dl.exception>dt[id] dl.describe>dt[id] dl.option>dt[id] dl.type>dt[id]
            dl.macro>dt[id] dl.member>dt[id] dl.envvar>dt[id]
        """),
        machinery=names("""
            */genindex* */py-modindex* */modindex.html */search.html */http-routingtable.html
            */_modules/* */_sources/*
        """),
    ),
    Generator(
        "docbook",
        meta="docbook",
        marks=names("div.titlepage div.navheader"),
        regions=names("""
            div.book div.part div.chapter div.appendix div.preface div.reference div.refentry
            div.article div.sect1 div.sect2 div.section div.glossary div.bibliography div.index
            div.simplesect body
        """),
        drop=names("""
            div.navheader div.navfooter div.toc div.list-of-figures div.list-of-tables
            div.list-of-examples
        """),
        terms=names("dl.variablelist>dt[id] dl.glosslist>dt[id] div.glossary>dl>dt[id]"),
        machinery=names("*/bookindex.html */ix01.html"),
    ),
    Generator(
        "asciidoctor",
        meta="asciidoc",
        marks=names("div.sectionbody article.doc>h1.page"),
        regions=names("article.doc body"),
        drop=names("""
            #toc div.toc aside.toc #footer #footer-text nav.pagination .conum>i #last-updated
        """),
        terms=names("div.dlist>dl>dt[id]"),
    ),
    Generator(
        "rustdoc",
        meta="rustdoc",
        marks=names("body.rustdoc"),
        regions=names("#main-content section.content main"),
        drop=names("""
            a.src a.srclink a.anchor a.doc-anchor #toggle-all-docs #copy-path .notable-traits
            span.since .rightside a.test-arrow a.tooltip div.information summary.hideme
            .sub-heading rustdoc-toolbar .out-of-band nav.sub
        """),
        signatures=names(".code-header"),
        code_language="rust",
        machinery=names("*/src/* */all.html */help.html */settings.html */search.html"),
    ),
    Generator(
        "javadoc",
        meta="javadoc",
        marks=names("body.class-declaration-page body.package-declaration-page"),
        regions=names("main div.contentContainer body"),
        drop=names("""
            nav.toc div.sub-nav .subNav .topNav .bottomNav div.table-tabs #reset-button
            a.anchor-link
        """),
        prototypes=names("div.member-signature div.type-signature div.memberSignature"),
        code_language="java",
        grids=(
            ("div.two-column-summary", 2),
            ("div.three-column-summary", 3),
            ("div.four-column-summary", 4),
        ),
        machinery=names("""
            */index-all.html */allclasses*.html */allpackages*.html */overview-tree.html
            */package-tree.html */package-use.html */package-frame.html */help-doc.html
            */search.html */class-use/* */src-html/* */index-files/*
        """),
    ),
    Generator(
        "doxygen",
        meta="doxygen",
        marks=names("div.memitem #doc-content"),
        regions=names("div.contents #doc-content"),
        drop=names("""
            span.permalink div.summary #nav-path div.ttc td.memSeparator span.mlabels
            div.dynheader div.dyncontent a.anchor span.lineno div.toc a.code-link tr.separator
            address.footer div.directory>.levels
        """),
        listings=names("div.fragment"),
        prototypes=names("div.memproto"),
        code_language="cpp",
        machinery=names("""
            *_source.html */functions*.html */globals*.html */namespacemembers*.html
            */annotated.html */classes.html */files.html */hierarchy.html */inherits*.html
            */graph_legend.html */search.html *-members.html
        """),
    ),
    Generator(
        "man",
        meta="(groff|man2html|mandoc)",
        marks=names("table.man-vt table.head>tbody div.manual-text main.manual-text section.Sh"),
        regions=names("div.manual-text main.manual-text body"),
        drop=names("""
            table.head table.foot table.man-vt a.permalink.hidden hr.start-footer div.head
            div.foot
        """),
        terms=names("dl.Bl-tag>dt[id]"),
    ),
    Generator(
        "sqlite",
        marks=names("div.nosearch>div.menu div.nosearch>div.fancy_title #searchmenu"),
        regions=names("body"),
        drop=names("""
            div.menu div.searchmenu div.tagline a.button img.logo div.fancy_title div.fancy_toc
            p#lastupdate #mtimelink
        """),
    ),
)
