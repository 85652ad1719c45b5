"""The only outbound HTTP of a crawl: one GET with its redirects, retries, pace and credentials."""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

import aiohttp

from ingest.crawl.addresses.urls import join, origin
from ingest.crawl.fetch.answer import Fetched as Fetched
from ingest.crawl.fetch.answer import Validators as Validators
from ingest.crawl.fetch.cookies import HostCookies
from ingest.crawl.fetch.credentials import Credentials
from ingest.crawl.fetch.exchange import NotWanted as NotWanted
from ingest.crawl.fetch.exchange import Redirect, Request, exchange
from ingest.crawl.fetch.faults import Fault
from ingest.crawl.fetch.politeness import FetchPolicy as FetchPolicy
from ingest.crawl.fetch.politeness import Pace
from ingest.crawl.fetch.politeness import user_agent as user_agent
from ingest.crawl.fetch.unpack import ACCEPTED
from shared.errors import AddressRefused, FetchFailed, InvalidUrl
from shared.guard.guard import Guard
from shared.guard.session import guarded_session

CONNECTIONS = 32
"""Over all hosts of one crawl."""
_ACCEPT = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class RedirectsForever(FetchFailed):
    """It redirects in a circle, or too often."""


class CookieWall(RedirectsForever):
    """It redirects for ever, and sets cookies: what it waits for is none of these."""


class InterstitialAnswer(FetchFailed):
    """An interstitial came in place of the site's answer."""


class RedirectDeclined(FetchFailed):
    """It redirects to `target`, where the caller does not want to go (`why`); nothing was requested there."""

    def __init__(self, url: str, target: str, why: str) -> None:
        super().__init__(url, f"redirects to {target}: {why}")
        self.target = target
        self.why = why


Admit = Callable[[str], Awaitable[str | None]]
"""Why a redirect to this URL is not followed, or None."""


class Fetcher:
    """Fetches through one guarded session at one pace. `jitter()` gives 0 to 1, `now()` the time of day."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        guard: Guard,
        policy: FetchPolicy,
        pace: Pace,
        *,
        credentials: Credentials | None = None,
        cookies: HostCookies | None = None,
        per_host: int = 4,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pace = pace
        self._session = session
        self._guard = guard
        self._policy = policy
        self._credentials = credentials or Credentials()
        self._cookies = cookies or HostCookies()
        self._lanes: defaultdict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(per_host))
        self._connections = asyncio.Semaphore(max(CONNECTIONS, per_host))
        self._sleep = sleep
        self._jitter = jitter
        self._now = now
        self._clock = clock

    async def get(
        self,
        url: str,
        *,
        admit: Admit | None = None,
        wanted: Callable[[str, str], str | None] | None = None,
        max_bytes: int | None = None,
        cut: bool = False,
        validators: Validators | None = None,
        accept: str | None = None,
    ) -> Fetched:
        """GET with redirects, each hop judged by the guard and by `admit` before anything is requested there.

        `wanted(url, content_type)` says why an answer there is of no use. A body over `max_bytes` fails, or with `cut`
        ends there. `accept` is the media type that is requested. `validators` are those of `url` itself: where
        it redirects to, the request has no condition.
        Raises InvalidUrl, AddressRefused or FetchFailed.
        """
        limits = self._policy
        first = self._guard.check_url(url)
        requested = {first: self._cookies.sent(first)}
        at = first
        hops = attempts = 0
        sets_cookies = False
        request = Request(
            first,
            max_bytes or limits.max_bytes,
            cut,
            wanted,
            validators.conditions if validators else {},
            self._credentials,
            accept,
        )
        while True:
            answer, tries = await self._persist(first, request)
            attempts = max(attempts, tries)
            if isinstance(answer, Fetched):
                led = tuple(url for url in requested if url != at)
                return replace(answer, redirects=led, attempts=attempts)
            try:
                target = self._guard.check_url(join(at, answer.location))
            except InvalidUrl as error:
                raise FetchFailed(first, f"redirects to a bad address: {error}", attempts=attempts) from None
            except AddressRefused as error:
                raise AddressRefused(f"{first} redirects to a refused address: {error}", error.hint) from None
            hops += 1
            sets_cookies |= answer.sets_cookies
            cookies = self._cookies.sent(target)
            if requested.get(target) == cookies or (cookies and hops > limits.max_redirects):
                raise self._circle(first, attempts, walled=bool(cookies) and sets_cookies)
            if hops > limits.max_redirects:
                raise RedirectsForever(
                    first, f"redirects more than {limits.max_redirects} times", attempts=attempts
                )
            if admit and target not in requested and (reason := await admit(target)):
                raise RedirectDeclined(first, target, reason)
            requested[target], at = cookies, target
            request = replace(request, url=target, conditions={})

    def _circle(self, first: str, attempts: int, *, walled: bool) -> RedirectsForever:
        if walled:
            reason = "redirects for ever and sets cookies: a cookie wall, needs --header"
            return CookieWall(first, reason, attempts=attempts)
        return RedirectsForever(first, "redirects for ever", attempts=attempts)

    async def _persist(self, first: str, request: Request) -> tuple[Fetched | Redirect, int]:
        """An answer or a redirect, and how many tries it took."""
        policy, host = self._policy, origin(request.url)
        for attempt in range(1, policy.attempts + 1):
            try:
                async with self._lanes[host]:
                    await self._turn(host)
                    async with self._connections:
                        return await self._exchange(host, request), attempt
            except Fault as failure:
                wait = failure.wait if failure.wait is not None else self._backoff(attempt)
                if failure.wait is not None:
                    self.pace.pause(host, self._clock(), min(failure.wait, policy.longest_wait))
                if failure.strain:
                    self.pace.strained(host)
                if not failure.again or attempt == policy.attempts or wait > policy.longest_wait:
                    kind = InterstitialAnswer if failure.interstitial else FetchFailed
                    raise kind(first, failure.reason, status=failure.status, attempts=attempt) from failure
                if failure.wait is None:
                    await self._sleep(wait)
        raise AssertionError("at least one attempt is made")

    async def _exchange(self, host: str, request: Request) -> Fetched | Redirect:
        answered = partial(self.pace.answered, host)
        return await exchange(
            self._session, request, self._policy, self._cookies, answered, now=self._now, clock=self._clock
        )

    async def _turn(self, host: str) -> None:
        wait = self.pace.reserve(host, self._clock())
        while wait > 0:
            await self._sleep(wait)
            wait = self.pace.paused(host, self._clock())

    def _backoff(self, attempt: int) -> float:
        doubled: float = self._policy.backoff * 2.0 ** (attempt - 1)
        return doubled * (0.5 + self._jitter() / 2)


@asynccontextmanager
async def open_fetcher(
    guard: Guard,
    policy: FetchPolicy,
    *,
    credentials: Credentials | None = None,
    per_host: int = 4,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Fetcher]:
    """A fetcher with at most `per_host` connections to a host."""
    timeout = aiohttp.ClientTimeout(total=policy.total, sock_connect=policy.connect, sock_read=policy.read)
    given = [f"{credentials.origin}/"] if credentials and credentials.has("Cookie") else []
    cookies = HostCookies(given)
    headers = {"User-Agent": policy.user_agent, "Accept": _ACCEPT, "Accept-Encoding": ACCEPTED}
    async with guarded_session(guard, headers=headers, per_host=per_host, timeout=timeout) as session:
        pace = Pace(step=policy.backoff / 2)
        yield Fetcher(
            session,
            guard,
            policy,
            pace,
            credentials=credentials,
            cookies=cookies,
            per_host=per_host,
            sleep=sleep,
        )
