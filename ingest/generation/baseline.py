"""What a run stands on: what is served, what an interrupted run has done, what a retry keeps.

It is read before the site is entered; nothing of the crawl is written until the site lets us in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from ingest.crawl.fetch.answer import Known
from ingest.crawl.fetch.fetcher import Validators
from ingest.crawl.frontier import Finished
from ingest.generation.draft import Draft, begin_draft
from ingest.plan.context import RunContext
from ingest.plan.order import Order
from ingest.plan.revision import CUT, REVISIONS, is_of
from ingest.report.report import CrawlReport, read_report
from shared.catalogue.crawls import ENDED, CrawlRow
from shared.catalogue.generations import Made
from shared.model.crawl import NOT_ASKED, PageRow, PageState


@dataclass(frozen=True, slots=True)
class Baseline:
    served: UUID | None = None
    """The generation that is served."""
    made: Made | None = None
    pages: Mapping[str, PageRow] = field(default_factory=dict)
    """Those of the served generation, by URL; none where all is to be fresh."""
    unwanted: Mapping[str, Known] = field(default_factory=dict)
    """URLs that answered that they are no page, requested again only if changed."""
    contents: Mapping[str, bytes | None] = field(default_factory=dict)
    """Of the same pages, as hashes; also there where none of them is taken over."""
    links: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What pages linked to when they were fetched, those of `pages` and those that are kept."""
    moves: Mapping[str, str] = field(default_factory=dict)
    """Addresses that stood for a page under another one, with that one."""
    banners: tuple[str, ...] = ()
    """Texts that stood on nearly every page, and were left out."""
    cut_alike: bool = False
    """Whether today's chunker and model would cut the same chunks of the same document."""
    interrupted: Draft | None = None
    retried: CrawlRow | None = None
    """The crawl whose failed pages are fetched, and whose other pages are kept."""
    kept: tuple[PageRow, ...] = ()
    """Pages that are not fetched again."""
    only: frozenset[str] | None = None
    """The failed pages of `retried`."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Reasons by URL, of what `retried` skipped."""
    last: CrawlReport | None = None
    """What the crawl came to that a retry mends."""

    @property
    def known(self) -> dict[str, Known]:
        """What is asked for only if it has changed."""
        pages = {
            row.url: Known(_validators(row), row.content_hash)
            for row in self.pages.values()
            if row.content_hash and (row.etag or row.last_modified)
        }
        return {**self.unwanted, **pages}

    @property
    def listed(self) -> frozenset[str]:
        """What the site's own lists named in the crawl that a retry mends; it reads no list itself."""
        return (
            frozenset(failure.url for failure in self.last.failed if failure.listed)
            if self.last
            else frozenset()
        )

    @property
    def finished(self) -> list[Finished]:
        return [Finished(row.url, self.links.get(row.url, ()), row.depth) for row in self.kept]


async def read_baseline(context: RunContext) -> Baseline:
    version = await context.generations.version(context.order.library.id, context.order.version)
    if version is None:
        return Baseline()
    served = await context.generations.served(version)
    base = Baseline(served, await context.generations.made(served) if served else None)
    maker = served and await context.crawls.confirming(served)
    if maker:
        pages = await _served_pages(context, maker)
        alike = is_of(maker.options, *CUT)
        base = replace(
            base,
            pages=pages,
            contents={url: row.content_hash for url, row in pages.items()},
            cut_alike=alike and base.made is not None and base.made.fingerprint == context.model.fingerprint,
        )
        if context.order.kind == "refresh" and context.order.bounds.max_depth is None:
            base = replace(base, unwanted=await _unwanted(context, maker))
    if context.order.fresh:
        return replace(base, pages={}, unwanted={})
    if maker:
        links, moves = await context.crawls.links(maker.id), await context.crawls.moves(maker.id)
        base = replace(base, links=links, moves=moves, banners=tuple((maker.report or {}).get("banners", ())))
    if draft := await _interrupted(context, version):
        base = replace(
            base,
            interrupted=draft,
            kept=draft.kept,
            links={**base.links, **await context.crawls.links(draft.crawl_id)},
        )
    if context.order.kind == "retry":
        base = await _retry(context, version, base)
    return base


async def begin(context: RunContext, base: Baseline) -> Draft:
    """The crawl that goes on, or a new one with a new generation, in one transaction with the end of the other."""
    order = context.order
    if base.interrupted:
        again: tuple[PageState, ...] = ("failed",) if base.only is not None else ("failed", "skipped")
        await context.crawls.go_on(base.interrupted.crawl_id, again)
        return base.interrupted
    known = await context.catalogue.library(order.library.id)
    if known is None or known.docs_url is None:
        await context.catalogue.put(order.library)
    draft = await begin_draft(
        context,
        await context.generations.ensure_version(order.library.id, order.version),
        kind=order.kind,
        start_url=order.bounds.start_url,
        options=stored_options(order),
        take_over=base.retried.id if base.retried else None,
    )
    if not base.retried:
        return draft
    kept = tuple(replace(row, state="unchanged", reason=NOT_ASKED, chunked=False) for row in base.kept)
    return replace(draft, kept=kept, skipped=base.skipped)


async def held(context: RunContext) -> tuple[CrawlRow, Draft] | None:
    """The complete generation that the shrink guard holds back, if this order would make the same."""
    version = await context.generations.version(context.order.library.id, context.order.version)
    crawl = version and await context.crawls.newest(version, ("held",))
    draft = crawl and await _filled(context, crawl)
    return (crawl, draft) if crawl and draft else None


def stored_options(order: Order) -> dict[str, object]:
    """What a crawl must share with an interrupted one to go on with it."""
    return order.bounds.stored | {"revisions": dict(REVISIONS)}


async def _served_pages(context: RunContext, maker: CrawlRow) -> dict[str, PageRow]:
    """Without validators where the extractor is another one now: every body is wanted again."""
    rows = await context.crawls.kept(maker.id)
    if not is_of(maker.options, "extract"):
        rows = [replace(row, etag=None, last_modified=None) for row in rows]
    return {row.url: row for row in rows}


async def _unwanted(context: RunContext, maker: CrawlRow) -> dict[str, Known]:
    """For a refresh, which knows every page and so needs no link of theirs."""
    if not is_of(maker.options, "extract"):
        return {}
    rows = await context.crawls.pages(maker.id)
    return {
        row.url: Known(_validators(row), b"", row.reason or "")
        for row in rows
        if row.state == "skipped" and (row.etag or row.last_modified)
    }


def _validators(row: PageRow) -> Validators:
    return Validators(row.etag, row.last_modified)


async def _interrupted(context: RunContext, version: UUID) -> Draft | None:
    crawl = await context.crawls.newest(version, ("running",))
    return await _filled(context, crawl) if crawl else None


async def _filled(context: RunContext, crawl: CrawlRow) -> Draft | None:
    """A crawl of this very order with the generation it filled; its index gets a name that no kill has used."""
    if crawl.generation_id is None or crawl.options != stored_options(context.order):
        return None
    new = await context.generations.building(crawl.generation_id)
    if new is None or new.fingerprint != context.model.fingerprint:
        return None
    # What failed is tried again, unless its chunks stand already.
    kept = [row for row in await context.crawls.kept(crawl.id) if row.chunked or row.state != "carried"]
    name = await context.generations.new_index_name(new.id)
    await context.generations.name_index(new.id, context.vectors.backend, name)
    return Draft(
        crawl.id,
        replace(new, backend=context.vectors.backend, index_name=name),
        tuple(kept),
        await context.generations.next_chunk_index(new.id),
    )


async def _retry(context: RunContext, version: UUID, base: Baseline) -> Baseline:
    """The only pages to fetch again; an interrupted crawl is resumed as a whole instead."""
    last = await context.crawls.newest(version, ENDED)
    if last is None or not is_of(last.options, "extract"):
        return base
    running = await context.crawls.newest(version, ("running",)) if base.interrupted else None
    if running and running.kind != "retry":
        return base
    rows = await context.crawls.pages(last.id)
    only = frozenset(row.url for row in rows if row.state in ("failed", "carried"))
    base = replace(base, only=only, last=read_report(last.report) if last.report else None)
    skipped = {row.url: row.reason or "" for row in rows if row.state == "skipped"}
    if base.interrupted:
        return replace(base, interrupted=replace(base.interrupted, skipped=skipped))
    kept = tuple(row for row in rows if row.document_key and row.state in ("fetched", "unchanged"))
    links = {**base.links, **await context.crawls.links(last.id)}
    return replace(base, retried=last, kept=kept, links=links, skipped=skipped)
