"""A site, page by page: what is requested, in which order, and where we may connect.

The way in is `open.open_crawl`: `async with open_crawl(CrawlPlan(Bounds(start))) as crawl: async for event in crawl`.
Nothing is imported here: the workers that read a site's lists have no use for its client.
"""
