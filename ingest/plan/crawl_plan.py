"""From what an operator ordered to what a crawl asks the site for."""

from importlib import metadata

from ingest.crawl.entry import CrawlPlan
from ingest.crawl.fetch.politeness import FetchPolicy, user_agent
from ingest.plan.order import Order
from shared.settings import IngestSettings


def plan_of(order: Order, settings: IngestSettings) -> CrawlPlan:
    """The plan of a crawl that knows nothing of the site yet."""
    return CrawlPlan(
        order.bounds,
        order.manner,
        policy=FetchPolicy(user_agent=user_agent(metadata.version("lectern-mcp"), settings.contact)),
    )
