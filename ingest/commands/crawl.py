"""`ingest crawl`: from a site to a served library."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

import typer

from ingest.commands.crawling import crawl_and_show
from ingest.commands.ending import end, ended
from ingest.commands.library import checked_url
from ingest.commands.session import catalogue_with_shipped, session
from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.crawl.addresses.languages import check_language
from ingest.crawl.addresses.routes import with_route
from ingest.crawl.open import check_start
from ingest.embed.model.ensure import ensure_model
from ingest.jobs.refresh import retry_order
from ingest.jobs.versions import all_versions, at_its_version, default_label
from ingest.libraries.find import Typed, find_to_crawl, read_typed
from ingest.libraries.shipped import shipped_libraries
from ingest.plan.order import Order
from ingest.report.results import Results
from shared.catalogue.store import Catalogue
from shared.errors import InvalidLibraryId, InvalidUrl, LecternError
from shared.model.crawl import CrawlKind
from shared.model.library import Library, LibraryRef, check_version
from shared.terminal.console import errors
from shared.terminal.ending import ending, run

MOST_PAGES = 10_000_000
DEEPEST = 10_000
"""More than any site has."""


def crawl(
    library_id: Annotated[
        str,
        typer.Argument(metavar="LIBRARY_ID", help="As in /pallets/flask or /pallets/flask/2.2, or a name."),
    ],
    url: Annotated[
        str | None, typer.Argument(metavar="URL", help="Start page; the library's own if left out.")
    ] = None,
    version: Annotated[
        str | None,
        typer.Option(help="Version to crawl, where a site has several.", show_default="the URL's, or latest"),
    ] = None,
    every_version: Annotated[
        bool, typer.Option("--all-versions", help="Crawl every numbered version of the site.")
    ] = False,
    include: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Only paths that match this glob; repeatable.")
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="No path that matches this glob; repeatable.")
    ] = None,
    max_pages: Annotated[
        int, typer.Option(min=1, max=MOST_PAGES, help="Keep at most this many pages.")
    ] = 10_000,
    max_depth: Annotated[
        int | None, typer.Option(min=0, max=DEEPEST, help="Links from the start page.")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG", help="Only pages in this language; repeatable.", show_default="the start page's"
        ),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(help="Public URL of a mirrored site, as its own links spell it.")
    ] = None,
    header: Annotated[
        list[str] | None,
        typer.Option(
            metavar="HEADER",
            help="Header for this host only, as in 'Authorization: $DOCS_TOKEN'; repeatable.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="ADDRESS", help="Allow this private address or network; repeatable."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Allow all private and loopback addresses.")
    ] = False,
    concurrency: Annotated[int, typer.Option(min=1, max=32, help="Connections to the host at once.")] = 4,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Fetch only what failed in the last crawl.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Reuse no page of an earlier run.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Publish even if far fewer pages or chunks came.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Crawl a documentation site and serve it.

    $ ingest crawl /pallets/flask
    $ ingest crawl /acme/handbook https://docs.acme.example/ --version 3.1
    $ ingest crawl /acme/handbook --exclude '*/blog/*' --max-pages 200
    $ ingest crawl /acme/handbook https://docs.acme.example/ --header 'Cookie: session=$SESSION'
    """
    typed = _typed(library_id, version)
    checked_url(base_url)
    with ending():
        languages = tuple(map(check_language, language or ()))
    named = version or typed.named_version
    if every_version and (named or retry_failed):
        other = "--retry-failed" if retry_failed else f"the version {named}"
        raise typer.BadParameter(f"use --all-versions or {other}, not both")
    typed = typed.versionless if every_version or version else typed

    kind: CrawlKind = "retry" if retry_failed else "crawl"

    def order(library: Library, asked: str | None, start_url: str) -> Order:
        return Order(
            library=library,
            version=asked or default_label(start_url),
            bounds=Bounds(
                start_url,
                include=tuple(include or ()),
                exclude=tuple(exclude or ()),
                max_pages=max_pages,
                max_depth=max_depth,
                languages=languages,
                base_url=base_url,
                allow_private=allow_private,
                allowed=tuple(allow or ()),
            ),
            manner=Manner(tuple(header or ()), concurrency),
            fresh=fresh,
            force=force,
            kind=kind,
        )

    came = run(_crawl(typed, version, url, order, kind=kind, every_version=every_version))
    end(came, as_json=as_json, several=every_version)


def _typed(library_id: str, version: str | None) -> Typed:
    with ending():
        typed = read_typed(library_id)
        if version is not None and check_version(version) != (typed.named_version or version):
            raise InvalidLibraryId(f"{library_id} and --version {version} name two versions", "name one")
        return typed


async def _crawl(
    typed: Typed,
    version: str | None,
    url: str | None,
    order_of: Callable[[Library, str | None, str], Order],
    *,
    kind: CrawlKind,
    every_version: bool,
) -> Results:
    order: Order | None = None
    try:
        url = with_route(url) if url is not None else None
        async with session("crawl") as (stores, settings):
            catalogue = await catalogue_with_shipped(stores)
            ref = await find_to_crawl(catalogue, typed, new=url is not None)
            ref = replace(ref, version=version or ref.version)
            library = await _library(catalogue, ref, url)
            order = order_of(library, ref.version, url or with_route(library.docs_url or ""))
            orders = [order]
            if every_version:
                orders = await all_versions(order, settings)
            elif order.kind == "retry":
                order = replace(order, version=ref.version or library.default_version or order.version)
                orders = [await retry_order(await stores.database(), order)]
            elif ref.version:
                orders = [await at_its_version(order, settings, given=url is not None)]
            for one in orders:
                await check_start(one.bounds)
            model = await asyncio.to_thread(ensure_model, settings, errors().print)
            return await crawl_and_show(stores, model, orders)
    except (LecternError, asyncio.CancelledError) as error:
        asked = (
            (order.library.id, order.version, order.bounds.start_url)
            if order
            else (typed.shown, version or typed.named_version or "", url or "")
        )
        return ended(error, *asked, kind)


async def _library(catalogue: Catalogue, ref: LibraryRef, url: str | None) -> Library:
    """The library as stored, as in the shipped catalogue, or a new one at this URL."""
    found = (
        await catalogue.library(ref.id)
        or shipped_libraries().get(ref.id)
        or Library(ref.id, ref.id.rpartition("/")[2])
    )
    if found.docs_url or url:
        return found if found.docs_url else replace(found, docs_url=url)
    raise InvalidUrl(f"{ref.id} has no start page", f"give it: ingest crawl {ref.id} URL")
