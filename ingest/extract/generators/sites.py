"""Generators of documentation sites written by hand, mostly in Markdown."""

from ingest.extract.generators.generator import Generator, names

SITES = (
    Generator(
        "mkdocs",
        meta="(mkdocs|zensical)",
        marks=names("div.md-container article.md-content__inner div.bs-sidebar #mkdocs_search_modal"),
        regions=names("""
            article.md-content__inner div.md-content [itemprop=articleBody] [role=main] main
        """),
        drop=names("""
            div.md-sidebar .md-source-file .md-content__button .md-feedback .md-tags .md-clipboard
            .md-code__nav nav.md-path form.md-feedback .md-annotation__index .wy-breadcrumbs
            .rst-footer-buttons .md-nav div.toc div.modal div.bs-sidebar
        """),
        signatures=names("h2.doc-heading[id] h3.doc-heading[id] h4.doc-heading[id] h5.doc-heading[id]"),
        labels=names(".doc-heading>.doc-labels"),
        machinery=names("*/search.html */404.html"),
    ),
    Generator(
        "docusaurus",
        meta="docusaurus",
        marks=names("#__docusaurus div.theme-doc-markdown"),
        regions=names("div.theme-doc-markdown article main"),
        drop=names("""
            .hash-link .theme-doc-breadcrumbs .theme-doc-toc-mobile .theme-doc-toc-desktop
            .theme-doc-footer .theme-doc-version-badge .theme-doc-version-banner
            .theme-last-updated .pagination-nav .theme-edit-this-page
            .theme-code-block-highlighted-line-number [class*=playgroundHeader] [class*=playgroundPreview]
        """),
        machinery=names("*/search */search/ */404.html"),
    ),
    Generator(
        "vitepress",
        meta="vitepress",
        marks=names("#VPContent div.vp-doc"),
        regions=names("div.vp-doc main #VPContent"),
        drop=names("""
            .header-anchor .VPDocAside .VPDocFooter .VPDocOutlineItem button.copy
            .line-numbers-wrapper .VPSidebar .VPNav .VPLocalNav
        """),
        code_labels=names("span.lang"),
        machinery=names("*/404.html"),
    ),
    Generator(
        "vuepress",
        meta="vuepress",
        marks=names("div.theme-default-content .vp-page [vp-content] .theme-hope-content"),
        regions=names("div.theme-default-content [vp-content] .theme-hope-content main"),
        drop=names("""
            .header-anchor .line-numbers .line-numbers-wrapper .highlight-lines .page-edit .page-nav
            .vp-page-meta .vp-page-nav .vp-toc .vp-copy-code-button .vp-breadcrumb .page-meta
        """),
        tabs=names(".code-group__nav .vp-code-tabs-nav .vp-tabs-nav"),
        panels=names(".code-group-item .vp-code-tab .vp-tab"),
        machinery=names("*/404.html"),
    ),
    Generator(
        "starlight",
        meta="starlight",
        marks=names("div.sl-markdown-content starlight-toc"),
        regions=names("main div.sl-markdown-content"),
        drop=names("""
            starlight-toc mobile-starlight-toc .sl-anchor-link .pagination-links .right-sidebar
             .ec-line>.gutter
        """),
        machinery=names("*/404.html"),
    ),
    Generator(
        "nextra",
        marks=names(
            "nav.nextra-toc .nextra-sidebar-container .nextra-nav-container .nextra-navbar .nextra-code"
        ),
        regions=names("main>article main article"),
        drop=names("""
            .nextra-toc .nextra-breadcrumb .nextra-sidebar .nextra-sidebar-container .nextra-skip-nav
            .subheading-anchor .nextra-copy-icon .nextra-banner .nextra-footer
        """),
    ),
    Generator(
        "fumadocs",
        marks=names("#nd-page #nd-docs-layout #nd-sidebar #nd-notebook-layout"),
        regions=names("#nd-page>article article#nd-page #nd-page article main"),
        drop=names("#nd-toc #nd-tocnav #nd-sidebar #nd-subnav [data-toc-popover]"),
    ),
    Generator(
        "rspress",
        meta="rspress",
        marks=names("div.rspress-doc div.rspress-nav"),
        regions=names("div.rspress-doc main"),
        drop=names(".rp-doc-footer .rp-outline .rp-toc-include .rp-code-button-group .rp-prev-next-page"),
        tabs=names(".rp-tabs__label"),
        panels=names(".rp-tabs__content__item"),
        machinery=names("*/404.html"),
    ),
    Generator(
        "mintlify",
        meta="mintlify",
        marks=names("div.mdx-content #mintlify-assistant #page-context-menu"),
        regions=names("#content-area div.mdx-content main"),
        drop=names("""
            #table-of-contents #sidebar #navbar #pagination #footer #page-context-menu
            #page-context-menu-button .feedback-toolbar .eyebrow #banner #breadcrumbs
            [data-floating-buttons] .code-block-button
        """),
        code_labels=names("[data-component-part=code-block-header-language]"),
    ),
    Generator(
        "gitbook",
        meta="(gitbook|honkit)",
        marks=names("div.gitbook-root main.page-has-toc main.page-no-toc div.book-summary"),
        regions=names("section.markdown-section main.page-has-toc main.page-no-toc main"),
        drop=names("""
            .book-summary .book-header .page-footer a.navigation .gitbook-link-page-nav
            [data-testid=page-nav] [data-testid=breadcrumbs] #book-search-results>.search-results
        """),
    ),
    Generator(
        "mdbook",
        meta="mdbook",
        marks=names("div.nav-chapters nav.nav-wrapper a.mobile-nav-chapters #mdbook-help-container"),
        regions=names("#content>main main"),
        drop=names("""
            nav.nav-wrapper .nav-chapters .mobile-nav-chapters div.buttons #menu-bar #sidebar
            nav.pagetoc
        """),
        tabs=names("nav.mdbook-tabs"),
        panels=names(".mdbook-tab-content"),
        machinery=names("*/print.html */toc.html */404.html"),
    ),
    Generator(
        "hugo",
        meta="hugo",
        marks=names("body.td-page div.td-content article.book-article div.gdoc-page #R-body-inner"),
        regions=names("""
            div.td-content article.book-article div.gdoc-page #R-body-inner main>div.content
            article main
        """),
        drop=names("""
            .td-page-meta .td-toc .td-sidebar .td-heading-self-link .td-page-meta__lastmod .feedback--prompt
            .feedback--answer .reading-time .td-breadcrumbs .td-print .book-toc .book-footer .gdoc-toc
            .gdoc-page__anchor .gdoc-page__header .gdoc-page__footer .hextra-toc .subheading-anchor
            .hextra-code-copy-btn-container #R-topbar a.anchor .docs-toc .page-footer-meta .article-meta
        """),
        tabs=names(".hextra-tabs-toggle .tab-nav .gdoc-tabs__nav"),
        panels=names(".hextra-tabs-panel .gdoc-tabs__content"),
        machinery=names("*/404.html */_print/* */search/"),
    ),
    Generator(
        "jekyll",
        meta="jekyll",
        marks=names("body.layout--single div.main-content-wrap a.anchor-heading section.page__content"),
        regions=names("""
            section.page__content #main-content main div.main-content div.post-content .markdown-body
            section.main-content #main_content article
        """),
        drop=names("""
            a.anchor-heading .breadcrumb-nav nav.toc .sidebar__right .page__share .page__related
            .page__meta .page__taxonomy .header-link .search-overlay #back-to-top .post-meta
            .footer-date .btn--edit
        """),
        machinery=names("*/404.html"),
    ),
    Generator(
        "readme",
        marks=names("body.page-type-docs #ssr-props article.rm-Article .rm-Sidebar div.rm-Markdown"),
        regions=names("article.rm-Article #content-container main"),
        drop=names("""
            .rm-Sidebar .rm-Pagination .PageThumbs .UpdatedAt .content-toc .rm-TOC .heading-anchor-icon
            .suggestEdits a.suggestEdits .DateLine .CodeTabs_initial>.copy rdmd-code-copy
        """),
        tabs=names(".CodeTabs-toolbar .tabs-select"),
        panels=names(".CodeTabs-inner>pre"),
    ),
    Generator(
        "slate",
        marks=names("div.toc-wrapper div.page-wrapper>div.dark-box div.lang-selector"),
        regions=names("div.page-wrapper>div.content div.content"),
        drop=names(".toc-wrapper .lang-selector .dark-box .search-results"),
    ),
    Generator(
        "docsify",
        marks=names("script[src*=docsify] script[src*=docute]"),
        regions=names("article.markdown-section"),
        drop=names(".app-nav .sidebar .cover"),
        scripted=True,
    ),
    Generator(
        "node",
        marks=names("#apicontent"),
        regions=names("#apicontent"),
        drop=names("a.mark"),
        machinery=names("*/api/all.html"),
    ),
    Generator(
        "github",
        marks=names("article.markdown-body div.markdown-heading"),
        regions=names("article.markdown-body .markdown-body"),
        drop=names("a.anchor .zeroclipboard-container .octicon"),
    ),
)
