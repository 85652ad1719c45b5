"""Pure: what a run has come to so far, as a report."""

from ingest.crawl.addresses.site_versions import Versions
from ingest.crawl.crawl import Crawl
from ingest.crawl.lists.reading import FailedList
from ingest.generation.baseline import Baseline
from ingest.generation.draft import Draft
from ingest.plan.order import Order
from ingest.report.beside import folders_beside
from ingest.report.report import CrawlReport, SiteVersions
from ingest.report.tally import Tally


def report_so_far(
    order: Order,
    crawl: Crawl,
    tally: Tally,
    base: Baseline,
    draft: Draft,
    *,
    embedded: int,
    seconds: float,
) -> CrawlReport:
    """As of a run that is interrupted here."""
    found = crawl.found + sum(not crawl.knows(url) for url in draft.skipped)
    return CrawlReport(
        library_id=order.library.id,
        version=order.version,
        outcome="interrupted",
        kind=order.kind,
        pages=len(tally.pages),
        fetched=tally.fetched,
        unchanged=tally.unchanged,
        not_modified=tally.not_modified,
        not_asked=tally.not_asked,
        carried=tally.carried,
        failed=tuple(tally.failures),
        skipped=tally.skipped,
        waiting=max(0, found - tally.count),
        outside=crawl.outside,
        chunks=0,
        tokens=0,
        embedded=embedded,
        seconds=seconds,
        resumed=len(base.kept),
        public=crawl.public,
        versions=_site_versions(crawl.versions),
        failed_lists=_failed_lists(crawl, base),
        beside=folders_beside(crawl.beside, crawl.scope.globs, order, len(tally.pages)),
    )


def _failed_lists(crawl: Crawl, base: Baseline) -> tuple[FailedList, ...]:
    before = base.last.failed_lists if base.last else ()
    return tuple({one.url: one for one in (*before, *crawl.failed_lists)}.values())


def _site_versions(found: Versions) -> SiteVersions:
    released = found.released.isoformat() if found.released else None
    return SiteVersions(found.own, tuple(one.name for one in found.others), found.latest, released)
