"""Drives a crawl in tests as the pipeline does, with the plainest reading of a page."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.crawl.addresses.urls import join
from ingest.crawl.crawl import Crawl
from ingest.crawl.entry import CrawlPlan
from ingest.crawl.events import Failed, Page, PageEvent, Skipped
from ingest.crawl.fetch.politeness import FetchPolicy
from ingest.crawl.frontier import Finished
from ingest.crawl.open import open_crawl
from shared.errors import InvalidUrl
from shared.model.document import Document, ExtractedPage

QUICK = FetchPolicy(user_agent="Lectern/test", connect=2, read=1, total=2, backoff=0.01)


@dataclass
class Outcome:
    """What a crawl of a test site came to, by path."""

    site: str
    kept: dict[str, str] = field(default_factory=dict)
    depths: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)
    attempts: dict[str, int] = field(default_factory=dict)

    def path(self, url: str) -> str:
        return url.removeprefix(self.site)


def read_page(url: str, body: bytes) -> ExtractedPage:
    text = body.decode(errors="replace")
    links = []
    for reference in re.findall(r'<a href="([^"]*)"', text):
        try:
            links.append(join(url, reference))
        except InvalidUrl:
            continue
    canonical = re.search(r'<link rel="canonical" href="([^"]*)"', text)
    robots = re.search(r'<meta name="robots" content="([^"]*)"', text)
    said = robots[1] if robots else ""
    language = re.search(r'<html lang="([^"]*)"', text)
    return ExtractedPage(
        Document(url, "", text.partition("<body>")[2], language=language[1] if language else None),
        tuple(links),
        canonical=canonical[1] if canonical else None,
        noindex="noindex" in said,
        nofollow="nofollow" in said,
    )


async def crawl_all(start: str, *, finished: Iterable[Finished] = (), **plan: Any) -> Outcome:
    """Crawl to the end; the site is the start's origin."""
    outcome = Outcome("/".join(start.split("/")[:3]))
    bounded = {field.name for field in fields(Bounds)}
    bounds = Bounds(start, allow_private=True)
    bounds = replace(bounds, **{name: plan.pop(name) for name in bounded & plan.keys()})
    mannered = {field.name for field in fields(Manner)}
    manner = Manner(**{name: plan.pop(name) for name in mannered & plan.keys()})
    whole = CrawlPlan(bounds, manner, **{"policy": QUICK, **plan})
    async with open_crawl(whole, finished=finished) as crawl:
        async for event in crawl:
            take(outcome, crawl, event)
    return outcome


def take(outcome: Outcome, crawl: Crawl, event: PageEvent) -> None:
    path = outcome.path(event.url)
    match event:
        case Page():
            text = event.fetched.body.decode(errors="replace")
            kept = crawl.extracted(
                event.url, read_page(event.fetched.url, event.fetched.body), event.fetched.body
            )
            if kept:
                outcome.kept[outcome.path(kept)] = text
                outcome.depths[outcome.path(kept)] = event.depth
        case Skipped():
            outcome.skipped[path] = event.reason
        case Failed():
            outcome.failed[path] = event.reason
            outcome.attempts[path] = event.attempts
