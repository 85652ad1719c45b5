"""Generators of API references, from sources and their comments. Their entries carry symbols."""

from ingest.extract.generators.generator import Generator, names

APIS = (
    Generator(
        "rustdoc",
        meta="rustdoc",
        marks=names("body.rustdoc"),
        regions=names("#main-content section.content main"),
        drop=names("""
            a.src a.srclink a.anchor a.doc-anchor #toggle-all-docs #copy-path .notable-traits
            span.since .rightside a.test-arrow a.tooltip div.information summary.hideme
            .sub-heading rustdoc-toolbar rustdoc-search .rustdoc-breadcrumbs .out-of-band nav.sub
            #render-detail #settings
        """),
        owner=names(".rustdoc-breadcrumbs h1.fqn .main-heading>h1"),
        joint="::",
        signatures=names("h3.code-header h4.code-header"),
        code_language="rust",
        machinery=names("*/all.html */help.html */settings.html */search.html"),
    ),
    Generator(
        "javadoc",
        meta="javadoc",
        marks=names("body.class-declaration-page body.package-declaration-page div.topNav>ul.navList"),
        regions=names("main body"),
        drop=names("""
            nav.toc div.sub-nav .subNav .topNav .bottomNav .fixedNav .navPadding .skipNav .legalCopy
            div.table-tabs #reset-button a.anchor-link ul.navList ul.subNavList
        """),
        titles=names("h2.title"),
        owner=names("div.subTitle div.sub-title>a[href=package-summary.html] h1.title h2.title"),
        signatures=names("section.detail>h3 li.blockList>h4"),
        listings=names("pre.methodSignature li.blockList>pre div.description>pre"),
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
            */search.html */class-use/* */index-files/*
        """),
    ),
    Generator(
        "dokka",
        marks=names("div.main-content[pageids] #content[pageids]"),
        regions=names("div.main-content"),
        drop=names("""
            .copy-popup-wrapper .top-right-position .breadcrumbs .platform-bookmarks-row
            .anchor-wrapper .filter-section .navigation-wrapper .footer .tabs-section .copy-icon
        """),
        owner=names("h1.cover"),
        prototypes=names("div.symbol"),
        code_language="kotlin",
        machinery=names("*/navigation.html */not-found-version.html */all-types.html"),
    ),
    Generator(
        "doxygen",
        meta="doxygen",
        marks=names("div.memitem #doc-content td.memItemLeft"),
        regions=names("div.contents #doc-content"),
        titles=names("div.headertitle>div.title div.headertitle"),
        drop=names("""
            span.permalink div.summary #nav-path div.ttc td.memSeparator span.mlabels
            div.dynheader div.dyncontent a.anchor span.lineno div.toc a.code-link tr.separator
            address.footer div.directory>.levels p.definition
        """),
        owner=names("div.headertitle>div.title"),
        joint="::",
        signatures=names("h2.memtitle"),
        entry_level=3,
        listings=names("div.fragment"),
        prototypes=names("div.memproto"),
        code_language="cpp",
        machinery=names("""
            */functions*.html */globals*.html */namespacemembers*.html
            */annotated.html */classes.html */files.html */hierarchy.html */inherits*.html
            */graph_legend.html */search.html *-members.html */dir_*.html */namespaces.html
            */pages.html */modules.html */topics.html */examples.html
        """),
    ),
    Generator(
        "godoc",
        marks=names("div.Documentation-content #pkg-index #short-nav"),
        regions=names("div.UnitDoc div.Documentation-content #page>div.container main #page"),
        drop=names("""
            #short-nav #manual-nav .Documentation-index .Documentation-idLink .permalink
            .Documentation-sinceVersion .Documentation-exampleButtonsContainer .Documentation-toc
            .UnitDoc-title>a .UnitDetails-contentEmpty .Documentation-indexDeprecated #nav
        """),
        signatures=names("""
            h4.Documentation-functionHeader h4.Documentation-typeHeader h4.Documentation-typeFuncHeader
            h4.Documentation-typeMethodHeader h4.Documentation-constantsHeader
        """),
        kept=names("textarea.Documentation-exampleCode"),
        listings=names("div.Documentation-declaration>pre pre.Documentation-exampleCode"),
        code_language="go",
    ),
    Generator(
        "yard",
        marks=(
            *names("div.nav_wrap>#nav h3.signature ul.summary>li.public"),
            "a[title*=Ruby Documentation Tool]",
        ),
        regions=names("#content body"),
        drop=names(
            "pre.lines .summary_toggle .constants_summary_toggle .inheritanceTree #menu #search .showSource"
        ),
        owner=names("#content>h1"),
        joint="#",
        signatures=names("h3.signature"),
        listings=names("pre.code"),
        code_language="ruby",
        machinery=names("*/_index.html */class_list.html */method_list.html */file_list.html */frames.html"),
    ),
    Generator(
        "rdoc",
        meta="rdoc",
        marks=names(
            "main[aria-labelledby]>h1.class main[aria-labelledby]>h1.module div.method-detail>div.method-heading"
        ),
        regions=names("main #documentation"),
        drop=names(".method-click-advice .method-source-toggle #metadata .method-controls #actions"),
        owner=names("main>h1"),
        joint="#",
        signatures=names("div.method-heading"),
        code_language="ruby",
        machinery=names("*/table_of_contents.html"),
    ),
    Generator(
        "jsdoc",
        marks=names("#main>h1.page-title h4.name>span.type-signature dl.details>dd.tag-source"),
        regions=names("#main"),
        drop=names("dd.tag-source dt.tag-source nav footer"),
        owner=names("h1.page-title"),
        signatures=names("h4.name"),
        code_language="javascript",
    ),
    Generator(
        "typedoc",
        meta="typedoc",
        marks=names("div.tsd-page-title"),
        regions=names("div.col-content div.col-8"),
        drop=names("""
            .tsd-index-group .tsd-index-panel .tsd-breadcrumb .tsd-anchor-icon .tsd-sources
            .tsd-navigation .tsd-generator .tsd-filter .tsd-kind-icon .tsd-widget
        """),
        titles=names("div.tsd-page-title>h1"),
        owner=names("div.tsd-page-title>h1"),
        signatures=names("section.tsd-member>h3"),
        flags=names(".tsd-tag .tsd-flag"),
        listings=names(".tsd-signature"),
        code_language="typescript",
    ),
    Generator(
        "exdoc",
        meta="exdoc",
        marks=names("h1.signature div.detail-header"),
        regions=names("#content main.content main"),
        drop=names("""
            .detail-link .view-source .icon-action .bottom-actions .hover-link .settings .top-search
            #top-content>.icon-action
        """),
        owner=names("#content>h1 #top-content>h1 div.top-heading>h1"),
        signatures=names("h1.signature"),
        listings=names("div.specs>pre"),
        entry_level=3,
        code_language="elixir",
        machinery=names("*/search.html */404.html"),
    ),
    Generator(
        "haddock",
        marks=names("#package-header #module-header"),
        regions=names("#content"),
        titles=names("#module-header>p.caption"),
        drop=names("#table-of-contents #synopsis table.info a.link a.selflink #module-list #package-header"),
        owner=names("#module-header>p.caption"),
        signatures=names("div.top>p.src"),
        code_language="haskell",
        machinery=names("*/doc-index*.html"),
    ),
    Generator(
        "scaladoc",
        marks=names("#template>#mbrsel #template>#definition #mbrsel-input"),
        regions=names("#content body"),
        drop=names("#mbrsel #mbrsel-input a.permalink span.permalink #tooltip #search"),
        owner=names("#definition>h1"),
        signatures=names("li>h4.signature"),
        code_language="scala",
    ),
    Generator(
        "gi-docgen",
        marks=names("nav.devhelp-hidden"),
        regions=names("#main"),
        drop=names("#toc a.anchor #btn-to-top"),
        code_language="c",
    ),
    Generator(
        "openapi",
        meta="(openapi generator|swagger codegen)",
        marks=names("div.redoc-wrap div.app-desc div.method-path div.swagger-ui"),
        regions=names("div.api-content div.swagger-ui div.container body"),
        drop=names("div.menu-content a.up nav.sidenav .try-out .authorization__btn"),
        kept=names("button>span.http-verb"),
        signatures=names("div.method-path>pre"),
        prototypes=names("div.kept"),
        code_language="http",
    ),
    Generator(
        "qdoc",
        marks=names("#qtdocheader h3.fn"),
        regions=names("div.mainContent div.context body"),
        drop=names("#buildversion div.sidebar div.toc .navigationbar"),
        owner=names("h1.title"),
        joint="::",
        signatures=names("h3.fn"),
        code_language="cpp",
    ),
)
