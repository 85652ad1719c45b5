"""Crawls one after the other, with a report of each, whatever ends it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from ingest.plan.order import Order
from ingest.report.report import CrawlReport, failed_report, read_report
from ingest.report.results import Results
from shared.catalogue.crawls import Crawls
from shared.catalogue.generations import Generations
from shared.errors import LecternError
from shared.stores.open import Stores


async def crawl_in_turn(
    stores: Stores, orders: Sequence[Order], crawl: Callable[[Order], Awaitable[CrawlReport]]
) -> Results:
    """One that fails does not stop the rest. An interruption ends all, with a report of what this run has kept."""
    reports: list[CrawlReport] = []
    errors: list[LecternError] = []
    before = [await _written(stores, order) for order in orders]
    for order, earlier in zip(orders, before, strict=True):
        try:
            reports.append(await crawl(order))
        except LecternError as error:
            errors.append(error)
            reports.append(await left_behind(stores, order, earlier, error.line) or _nothing(order, error))
        except asyncio.CancelledError:
            left = await left_behind(stores, order, earlier)
            if not left and not reports:
                raise
            interruption_is_told()
            reports.append(left or _nothing(order))
            break
    return Results(tuple(reports), errors[0] if errors and len(orders) == 1 else None)


def _nothing(order: Order, error: LecternError | None = None) -> CrawlReport:
    return failed_report(order.library.id, order.version, order.bounds.start_url, order.kind, error)


async def left_behind(
    stores: Stores, order: Order, earlier: CrawlReport | None = None, error: str = ""
) -> CrawlReport | None:
    """What the pipeline wrote down of a run that ended so; None if it had not begun, or nobody can tell.

    `earlier` is what was written down before: a run that had not begun leaves it as it is.
    """
    report = await _written(stores, order)
    return report if report and report != earlier and report.error == error else None


async def _written(stores: Stores, order: Order) -> CrawlReport | None:
    try:
        database = await stores.database()
        version = await Generations(database).version(order.library.id, order.version)
        crawl = version and await Crawls(database).newest(version, ("running",))
    except LecternError:
        return None
    return read_report(crawl.report) if crawl and crawl.report else None


def interruption_is_told() -> None:
    """It ends here: its report is the result."""
    if task := asyncio.current_task():
        task.uncancel()
