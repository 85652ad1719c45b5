"""Generators of documentation sites written by hand, mostly in Markdown."""

from ingest.extract.generator import Generator, names

SITES = (
    Generator(
        "mkdocs",
        meta="(mkdocs|zensical)",
        marks=names("div.md-container article.md-content__inner"),
        regions=names("""
            article.md-content__inner div.md-content [itemprop=articleBody] [role=main] main
        """),
        drop=names("""
            div.md-sidebar .md-source-file .md-content__button .md-feedback .md-tags .md-clipboard
            .md-code__nav nav.md-path form.md-feedback .md-annotation__index .wy-breadcrumbs
            .rst-footer-buttons .md-nav div.toc
        """),
        signatures=names("h2.doc-heading[id] h3.doc-heading[id] h4.doc-heading[id] h5.doc-heading[id]"),
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
            .theme-code-block-highlighted-line-number
        """),
        machinery=names("*/search */search/"),
    ),
    Generator(
        "vitepress",
        meta="vitepress",
        marks=names("#VPContent div.vp-doc"),
        regions=names("div.vp-doc main #VPContent"),
        drop=names("""
            .header-anchor .VPDocAside .VPDocFooter .VPDocOutlineItem button.copy span.lang
            .line-numbers-wrapper .VPSidebar .VPNav .VPLocalNav .VPBadge
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
        machinery=names("*/print.html */toc.html"),
    ),
)
