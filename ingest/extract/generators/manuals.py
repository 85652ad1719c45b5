"""Generators of manuals: books, guides and manual pages."""

from ingest.extract.generators.generator import Generator, names

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
            span.linenos td.linenos details.hide>summary .header-article .toc-drawer #searchbox div.clearer
            a.sd-stretched-link nav.page-nav .docutils.container.toc
        """),
        signatures=names("""
            dt.sig dl.class>dt[id] dl.function>dt[id] dl.method>dt[id] dl.attribute>dt[id]
            dl.data>dt[id] dl.exception>dt[id] dl.describe>dt[id] dl.option>dt[id] dl.type>dt[id]
            dl.macro>dt[id] dl.member>dt[id] dl.envvar>dt[id]
        """),
        machinery=names("""
            */genindex* */py-modindex* */modindex.html */search.html */http-routingtable.html
            */_modules/index.html */_sources/*
        """),
    ),
    Generator(
        "docbook",
        meta="(docbook|gtk-doc)",
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
        "man",
        meta="(groff|man2html|mandoc|troff|man page|manpage)",
        marks=names("""
            table.man-vt div.manual-text main.manual-text section.Sh h1.Sh table.sec-table
            span.top-link div.maincontent>div.mandoc
        """),
        regions=names("main.manual-text div.manual-text div.mandoc body"),
        drop=names("""
            table.head table.foot table.man-vt hr.start-footer div.head div.foot table.sec-table
            div.page-top div.nav-bar span.top-link a[href=#top_of_page] table.colophon p.paneljump #panels div.paneltop
        """),
        terms=names("dl.Bl-tag>dt[id]"),
    ),
    Generator(
        "texinfo",
        meta="(makeinfo|texi2any|texinfo)",
        marks=names("div.nav-panel a.copiable-link dt.deftypefn"),
        regions=names("body"),
        drop=names("""
            div.header div.nav-panel div.shortcontents div.contents div.element-shortcontents
            div.element-contents a.copiable-link a.copiable-anchor table.menu ul.mini-toc
            #SEC_Shortcontents div.top-level-extent>hr
        """),
        signatures=names("""
            dt.def dt.deffn dt.deftypefn dt.defun dt.deftypefun dt.defvar dt.deftypevar dt.defvr
            dt.deftypevr dt.deftp dt.defmac dt.defspec dt.defop dt.deftypeop dt.defmethod dt.defcv
            dt.deftypecv dt.defopt dl.def>dt[id]
        """),
        machinery=names("*/Concept-Index.html */Function-Index.html */Index.html */*-Index.html"),
    ),
    Generator(
        "pandoc",
        meta="pandoc",
        marks=names("#title-block-header a.sourceLine"),
        regions=names("main body"),
        titles=names("h1.title"),
        drop=names("#TOC a.sourceLine>span.lineno #title-block-header>p.date"),
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
