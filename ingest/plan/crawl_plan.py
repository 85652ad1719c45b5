"""From what an operator ordered to what a crawl asks the site for."""

from importlib import metadata

from ingest.crawl.entry import CrawlPlan
from ingest.crawl.fetch.politeness import FetchPolicy, user_agent
from ingest.plan.order import Order
from shared.settings import Settings


def plan_of(order: Order, settings: Settings) -> CrawlPlan:
    """The plan of a crawl that knows nothing of the site yet."""
    return CrawlPlan(
        start=order.start_url,
        include=order.include,
        exclude=order.exclude,
        max_pages=order.max_pages,
        max_depth=order.max_depth,
        concurrency=order.concurrency,
        languages=order.languages,
        base_url=order.base_url,
        allow_private=order.allow_private,
        allowed=order.allowed,
        headers=order.headers,
        policy=FetchPolicy(user_agent=user_agent(metadata.version("lectern-mcp"), settings.contact)),
    )
