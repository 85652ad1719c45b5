"""Pure: what a run has come to so far, as a report."""

from ingest.crawl.addresses.site_versions import Versions
from ingest.crawl.crawl import Crawl
from ingest.crawl.lists.reading import FailedList
from ingest.generation.baseline import Baseline
from ingest.generation.draft import Draft
from ingest.plan.order import Order
from ingest.report.beside import folders_beside
from ingest.report.outcomes import Outcomes
from ingest.report.report import CrawlReport, SiteVersions


def tally(
    order: Order,
    crawl: Crawl,
    outcomes: Outcomes,
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
        pages=len(outcomes.pages),
        fetched=outcomes.fetched,
        unchanged=outcomes.unchanged,
        not_modified=outcomes.not_modified,
        not_asked=outcomes.not_asked,
        carried=outcomes.carried,
        failed=tuple(outcomes.failures),
        skipped=outcomes.skipped,
        waiting=max(0, found - outcomes.count),
        outside=crawl.outside,
        chunks=0,
        tokens=0,
        embedded=embedded,
        seconds=seconds,
        resumed=len(base.kept),
        public=crawl.public,
        versions=_site_versions(crawl.versions),
        failed_lists=_failed_lists(crawl, base),
        beside=folders_beside(crawl.beside, crawl.scope.globs, order, len(outcomes.pages)),
    )


def _failed_lists(crawl: Crawl, base: Baseline) -> tuple[FailedList, ...]:
    before = base.last.failed_lists if base.last else ()
    return tuple({one.url: one for one in (*before, *crawl.failed_lists)}.values())


def _site_versions(found: Versions) -> SiteVersions:
    released = found.released.isoformat() if found.released else None
    return SiteVersions(found.own, tuple(one.name for one in found.others), found.latest, released)
