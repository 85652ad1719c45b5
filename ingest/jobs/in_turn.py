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
    for order in orders:
        try:
            reports.append(await crawl(order))
        except LecternError as error:
            errors.append(error)
            reports.append(await left_behind(stores, order, error.line) or _nothing(order, error))
        except asyncio.CancelledError:
            left = await left_behind(stores, order)
            if not left and not reports:
                raise
            interruption_is_told()
            reports.append(left or _nothing(order))
            break
    return Results(tuple(reports), errors[0] if errors and len(orders) == 1 else None)


def _nothing(order: Order, error: LecternError | None = None) -> CrawlReport:
    return failed_report(order.library.id, order.version, order.bounds.start_url, order.kind, error)


async def left_behind(stores: Stores, order: Order, error: str = "") -> CrawlReport | None:
    """What the pipeline wrote down of a run that ended so; None if it had not begun, or nobody can tell."""
    try:
        database = await stores.database()
        version = await Generations(database).version(order.library.id, order.version)
        crawl = version and await Crawls(database).newest(version, ("running",))
    except LecternError:
        return None
    report = read_report(crawl.report) if crawl and crawl.report else None
    return report if report and report.error == error else None


def interruption_is_told() -> None:
    """It ends here: its report is the result."""
    if task := asyncio.current_task():
        task.uncancel()
