"""Crawls one after the other, each with its progress on the terminal."""

from collections.abc import Sequence

from ingest.jobs.crawl import crawl_library
from ingest.jobs.in_turn import crawl_in_turn
from ingest.plan.order import Order
from ingest.report.report import CrawlReport
from ingest.report.results import Results
from ingest.screens.progress import shown
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from shared.stores.open import Stores
from shared.terminal.console import errors
from shared.terminal.legible import address, exact


async def crawl_and_show(
    stores: Stores[IngestSettings], model: EmbeddingModel, orders: Sequence[Order]
) -> Results:
    """As `crawl_in_turn` says."""

    async def crawl(order: Order) -> CrawlReport:
        title = f"{exact(order.library.id)} {exact(order.version)}  [dim]{address(order.bounds.start_url)}[/]"
        with shown(errors(), title) as show_progress:
            return await crawl_library(stores, model, order, show_progress)

    return await crawl_in_turn(stores, orders, crawl)
