"""The way into a site: its robots.txt, its start page, and with them what belongs to the crawl."""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.crawl.addresses.routes import NO_ROUTES, Routes, find_routes
from ingest.crawl.addresses.traps import endless
from ingest.crawl.addresses.urls import Scope, is_markdown, join_all, origin
from ingest.crawl.fetch.answer import Fetched, Known
from ingest.crawl.fetch.fetcher import CookieWall, Fetcher, InterstitialAnswer, NotWanted
from ingest.crawl.fetch.media import HTML, MARKDOWN, MARKDOWN_FILES
from ingest.crawl.fetch.politeness import FetchPolicy
from ingest.crawl.lists.reading import Run
from ingest.crawl.lists.robots import FORBIDDEN, Robots, load_robots
from ingest.interstitials import interstitial_of_answer, may_be_interstitial, reason_of
from shared.errors import AddressRefused, CrawlForbidden, FetchFailed, TaskFailed
from shared.guard.urls import normalise

NOTHING_KNOWN: Mapping[str, Known] = MappingProxyType({})

_HOST = re.compile(r"(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CrawlPlan:
    """What an operator ordered, and what is known of the site."""

    bounds: Bounds
    manner: Manner = field(default_factory=Manner)
    seeds: tuple[str, ...] = ()
    """Pages known from an earlier crawl, fetched whether or not anything links to them."""
    only: frozenset[str] | None = None
    """Nothing else is fetched, but for the start page."""
    policy: FetchPolicy = field(default_factory=FetchPolicy)
    ahead: int = 16
    """How many pages may be fetched and not yet extracted."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A site that lets us in: its start page, what is crawled of it, and its rules."""

    start: Fetched
    scope: Scope
    robots: Robots
    routes: Routes = NO_ROUTES
    others: Mapping[str, Robots] = field(default_factory=dict)
    """The rules of the other hosts that belong to the crawl, by origin."""

    def allows(self, url: str) -> bool:
        """Whether the rules of a URL's host let us read it."""
        return self.others.get(origin(url), self.robots).allows(url)

    @property
    def admits(self) -> Callable[[str], str | None]:
        """Why a normalised URL is not fetched, or None."""
        return lambda url: self.scope.admits(url) or endless(url) or (None if self.allows(url) else FORBIDDEN)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folder that is crawled and those above it up to the root, as URLs with a slash at the end."""
        site, parts = origin(self.scope.start), self.scope.prefix.split("/")[:-1]
        return tuple(f"{site}{'/'.join(parts[:end])}/" for end in range(len(parts), 0, -1))

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """Those that robots.txt names, and those at the usual places."""
        site = origin(self.scope.start)
        usual = [
            f"{folder}sitemap.{kind}" for kind in ("xml", "txt") for folder in (f"{site}/", self.folders[0])
        ]
        named = join_all(f"{site}/", map(partial(_with_scheme, site), self.robots.sitemaps))
        return tuple(dict.fromkeys((*named, *filter(self.robots.allows, usual))))


def _with_scheme(site: str, named: str) -> str:
    """The address of a sitemap, where robots.txt names its host and no scheme."""
    scheme, _, host = site.partition("://")
    first, slash, _ = named.strip().partition("/")
    hosts = {host, host.partition(":")[0], host.removeprefix("www."), f"www.{host}"}
    return f"{scheme}://{named.strip()}" if slash and (first in hosts or _HOST.fullmatch(first)) else named


async def enter(
    fetcher: Fetcher,
    plan: CrawlPlan,
    known: Mapping[str, Known] = NOTHING_KNOWN,
    *,
    run: Run = asyncio.to_thread,
) -> Entry:
    """Read robots.txt and the start page, wherever it redirects to.

    Raises InvalidUrl, AddressRefused, CrawlForbidden or FetchFailed: no crawl without the start page.
    """
    start = normalise(plan.bounds.start_url)
    rules: dict[str, Robots] = {}

    async def rules_of(host: str) -> Robots:
        if host not in rules:
            rules[host] = await load_robots(fetcher, host, run)
            fetcher.pace.slow_to(host, rules[host].delay)
        return rules[host]

    async def admit(url: str) -> str | None:
        try:
            return None if (await rules_of(origin(url))).allows(url) else FORBIDDEN
        except (FetchFailed, AddressRefused) as error:
            return str(error)

    try:
        robots = await rules_of(origin(start))
    except FetchFailed as error:
        reason = error.reason if error.status is None else f"its robots.txt answers {error.reason}"
        raise unreached(start, reason, error) from error
    if not robots.allows(start):
        raise CrawlForbidden(
            f"robots.txt of {origin(start)} forbids to read {start}", "ask the owner of the site"
        )
    try:
        before = known.get(start)
        page = await fetcher.get(
            start, admit=admit, wanted=_no_start_page, validators=before.validators if before else None
        )
    except FetchFailed as error:
        raise unreached(start, error.reason, error) from error
    if may_be_interstitial(page.body) and (kind := await _interstitial(run, page.body)):
        reason = reason_of(kind)
        raise unreached(start, reason, InterstitialAnswer(page.url, reason, attempts=page.attempts))
    bounds = plan.bounds
    public = normalise(bounds.base_url) if bounds.base_url else None
    scope = Scope.around(start, page.url, bounds.include, bounds.exclude, public, page.redirects)
    routes = find_routes(bounds.start_url, page.url, page.body)
    return Entry(page, scope, rules[origin(page.url)], routes, rules)


async def _interstitial(run: Run, body: bytes) -> str | None:
    try:
        return await run(interstitial_of_answer, body)
    except TaskFailed:
        return None  # the page itself will say so


def no_page(url: str, content_type: str) -> str | None:
    """Why an answer of this type cannot be a page at this URL, or None."""
    return None if is_markdown(url) and content_type in MARKDOWN_FILES else not_html(content_type)


def _no_start_page(url: str, content_type: str) -> str | None:
    """The page that is named is wanted in whichever form it is read; elsewhere Markdown is another form of a page."""
    return None if content_type in MARKDOWN else no_page(url, content_type)


def not_html(content_type: str) -> str | None:
    """Why an answer of this type cannot be a page, or None."""
    return None if content_type in HTML else f"not HTML ({content_type})"


def unreached(url: str, reason: str, error: FetchFailed) -> FetchFailed:
    """The failure of a page that was named, with what to do about it."""
    hint = "check the URL, and that the site is up"
    if isinstance(error, NotWanted):
        hint = "a page is HTML or Markdown: give the address of one"
    elif isinstance(error, InterstitialAnswer | CookieWall):
        hint = "give what lets a browser in, as in --header 'Cookie: $DOCS_COOKIE'"
    return FetchFailed(url, reason, status=error.status, attempts=error.attempts, hint=hint)
