"""The only outbound HTTP of a crawl: one GET with its redirects, retries and limits."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus

import aiohttp
from yarl import URL

from ingest.crawl.faults import Fault, bad_status, unanswered
from ingest.crawl.guard import Guard, guarded_session
from ingest.crawl.politeness import MEGABYTE, Pace
from ingest.crawl.politeness import FetchPolicy as FetchPolicy
from ingest.crawl.politeness import user_agent as user_agent
from ingest.crawl.urls import join, origin
from shared.errors import AddressRefused, FetchFailed, InvalidUrl

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer of status 200. `url` is where it was found in the end, normalised."""

    url: str
    body: bytes
    content_type: str
    """Lower case, without parameters; empty if the server does not say."""
    charset: str | None
    headers: Mapping[str, str]
    """Case-insensitive."""
    redirects: tuple[str, ...] = ()
    """The URLs that were asked before `url`."""
    attempts: int = 1

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag")

    @property
    def last_modified(self) -> str | None:
        return self.headers.get("Last-Modified")


class NotWanted(FetchFailed):
    """The answer is of a kind that the caller has no use for; its body was not read."""


class RedirectsForever(FetchFailed):
    """It redirects in a circle, or too often."""


class RedirectDeclined(FetchFailed):
    """It redirects to `target`, where the caller does not want to go (`why`); nothing was asked there."""

    def __init__(self, url: str, target: str, why: str) -> None:
        super().__init__(url, f"redirects to {target}: {why}")
        self.target = target
        self.why = why


Admit = Callable[[str], Awaitable[str | None]]
"""Why a redirect to this URL is not followed, or None."""


class Fetcher:
    """Fetches through one guarded session at one pace. `random()` gives 0 to 1, `now()` the time of day."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        guard: Guard,
        policy: FetchPolicy,
        pace: Pace,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        now: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pace = pace
        self._session = session
        self._guard = guard
        self._policy = policy
        self._sleep = sleep
        self._jitter = jitter
        self._now = now
        self._clock = clock

    async def get(
        self,
        url: str,
        *,
        admit: Admit | None = None,
        wanted: Callable[[str], str | None] | None = None,
        max_bytes: int | None = None,
        cut: bool = False,
    ) -> Fetched:
        """GET with redirects, each hop judged by the guard and by `admit` before anything is asked there.

        `wanted(content_type)` says why an answer is of no use. A body over `max_bytes` fails, or with `cut`
        ends there. Raises InvalidUrl, AddressRefused or FetchFailed.
        """
        limits = self._policy
        limit = max_bytes or limits.max_bytes
        asked = [self._guard.check_url(url)]
        attempts = 0
        while True:
            answer, tries = await self._persist(asked[0], asked[-1], wanted, limit, cut)
            attempts = max(attempts, tries)
            if isinstance(answer, Fetched):
                return replace(answer, redirects=tuple(asked[:-1]), attempts=attempts)
            try:
                target = self._guard.check_url(join(asked[-1], answer))
            except InvalidUrl as error:
                raise FetchFailed(
                    asked[0], f"redirects to a bad address: {error}", attempts=attempts
                ) from None
            except AddressRefused as error:
                raise AddressRefused(
                    f"{asked[0]} redirects to a refused address: {error}", error.hint
                ) from None
            if target in asked:
                raise RedirectsForever(asked[0], "redirects for ever", attempts=attempts)
            if len(asked) > limits.max_redirects:
                raise RedirectsForever(
                    asked[0], f"redirects more than {limits.max_redirects} times", attempts=attempts
                )
            if admit and (reason := await admit(target)):
                raise RedirectDeclined(asked[0], target, reason)
            asked.append(target)

    async def _persist(
        self, first: str, url: str, wanted: Callable[[str], str | None] | None, limit: int, cut: bool
    ) -> tuple[Fetched | str, int]:
        """An answer or the Location of a redirect, and how many tries it took."""
        for attempt in range(1, self._policy.attempts + 1):
            await self._turn(origin(url))
            try:
                return await self._ask(url, wanted, limit, cut), attempt
            except Fault as failure:
                wait = failure.wait if failure.wait is not None else self._backoff(attempt)
                if failure.wait is not None:
                    self.pace.hold(origin(url), self._clock(), min(failure.wait, self._policy.longest_wait))
                if not failure.again or attempt == self._policy.attempts or wait > self._policy.longest_wait:
                    raise FetchFailed(
                        first, failure.reason, status=failure.status, attempts=attempt
                    ) from failure
                if failure.wait is None:
                    await self._sleep(wait)
        raise AssertionError("at least one attempt is made")

    async def _turn(self, host: str) -> None:
        wait = self.pace.reserve(host, self._clock())
        while wait > 0:
            await self._sleep(wait)
            wait = self.pace.held(host, self._clock())

    def _backoff(self, attempt: int) -> float:
        doubled: float = self._policy.backoff * 2.0 ** (attempt - 1)
        return doubled * (0.5 + self._jitter() / 2)

    async def _ask(
        self, url: str, wanted: Callable[[str], str | None] | None, limit: int, cut: bool
    ) -> Fetched | str:
        try:
            async with self._session.get(URL(url, encoded=True), allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in _REDIRECTS and location:
                    return location
                if response.status != HTTPStatus.OK:
                    raise bad_status(response, self._policy, self._now())
                content_type = response.content_type if "Content-Type" in response.headers else ""
                if wanted and (reason := wanted(content_type)):
                    raise NotWanted(url, reason)
                body = await _read(response, limit, cut)
                return Fetched(url, body, content_type, response.charset, response.headers)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise unanswered(error, self._policy) from error


@asynccontextmanager
async def open_fetcher(
    guard: Guard,
    policy: FetchPolicy,
    *,
    per_host: int = 4,
    delay: float = 0.0,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AsyncIterator[Fetcher]:
    """A fetcher with at most `per_host` connections and `delay` seconds between two requests to a host."""
    timeout = aiohttp.ClientTimeout(total=policy.total, sock_connect=policy.connect, sock_read=policy.read)
    async with guarded_session(
        guard, user_agent=policy.user_agent, per_host=per_host, timeout=timeout
    ) as session:
        yield Fetcher(session, guard, policy, Pace(delay), sleep=sleep)


async def _read(response: aiohttp.ClientResponse, limit: int, cut: bool) -> bytes:
    too_large = Fault(f"larger than {limit / MEGABYTE:,.0f} MB", again=False)
    if not cut and (response.content_length or 0) > limit:
        raise too_large
    body = bytearray()
    async for block in response.content.iter_chunked(_BLOCK):
        body += block
        if len(body) > limit:
            if cut:
                return bytes(body[:limit])
            raise too_large
    return bytes(body)
