"""One request and its answer, within the limits of time, size and speed."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from ingest.crawl.fetch.answer import Fetched
from ingest.crawl.fetch.cookies import HostCookies
from ingest.crawl.fetch.credentials import Credentials
from ingest.crawl.fetch.faults import Fault, bad_status, interstitial, unanswered
from ingest.crawl.fetch.politeness import MEGABYTE, FetchPolicy
from ingest.crawl.fetch.unpack import TooLarge, Unpacker
from ingest.interstitials import interstitial_of_answer, interstitial_of_headers
from shared.errors import FetchFailed

Clock = Callable[[], float]

_TYPE = re.compile(r"[a-z0-9.+_-]{1,60}/[a-z0-9.+_-]{1,60}")
_INTERSTITIAL_STATUSES = frozenset({202, 403, 405, 406, 429, 503})
"""What interstitials come with, beside 200: then the page is looked at too."""
_INTERSTITIAL_BYTES = 256 << 10
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class NotWanted(FetchFailed):
    """The answer is of a kind that the caller has no use for; its body was not read."""


@dataclass(frozen=True, slots=True)
class Request:
    """One GET. A body over `limit` bytes fails, or with `cut` ends there; `wanted` decides by its URL and type."""

    url: str
    limit: int
    cut: bool = False
    wanted: Callable[[str, str], str | None] | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=Credentials)
    accept: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        accept = {"Accept": self.accept} if self.accept else {}
        return {**accept, **self.credentials.headers_for(self.url), **self.conditions}


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where an answer leads, as it is written there."""

    location: str
    sets_cookies: bool


async def exchange(
    session: aiohttp.ClientSession,
    request: Request,
    policy: FetchPolicy,
    cookies: HostCookies,
    answered: Callable[[float], None],
    *,
    now: Clock = time.time,
    clock: Clock = time.monotonic,
) -> Fetched | Redirect:
    """The answer, or a redirect. `answered` gets the seconds until a healthy host began it.

    Raises Fault, or NotWanted.
    """
    began = clock()
    try:
        response = await _head(session, request, policy, cookies.sent(request.url))
        async with response:
            cookies.keep(request.url, response.cookies)
            if not bad_health(response.status):
                answered(clock() - began)
            location = response.headers.get("Location")
            if response.status in _REDIRECTS and location:
                return Redirect(location, bool(response.cookies))
            if response.status == HTTPStatus.NOT_MODIFIED and request.conditions:
                return _unchanged(request, response)
            if kind := await _interstitial(response, request, policy):
                raise interstitial(kind, response.status)
            if response.status != HTTPStatus.OK:
                raise bad_status(response, policy, now(), request.credentials.advice(request.url))
            content_type = _content_type(response.headers.get("Content-Type", ""))
            if request.wanted and (reason := request.wanted(request.url, content_type)):
                raise NotWanted(request.url, reason)
            body = await _body(response, request, policy)
            return Fetched(request.url, body, content_type, response.charset, response.headers)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise unanswered(error, policy) from error


async def _interstitial(
    response: aiohttp.ClientResponse, request: Request, policy: FetchPolicy
) -> str | None:
    """Which interstitial an answer is: by its headers, and if it is a refusal, by what it says."""
    if kind := interstitial_of_headers(response.headers):
        return kind
    waits = "Retry-After" in response.headers
    if response.status not in _INTERSTITIAL_STATUSES or "html" not in response.content_type or waits:
        return None
    try:
        body = await _body(response, replace(request, limit=_INTERSTITIAL_BYTES, cut=True), policy)
    except (Fault, aiohttp.ClientError, TimeoutError):
        return None
    return interstitial_of_answer(body, refused=True)


def bad_health(status: int) -> bool:
    """Whether a status says more of the host's health than how long it took to say so."""
    return status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR


async def _head(
    session: aiohttp.ClientSession, request: Request, policy: FetchPolicy, cookies: str
) -> aiohttp.ClientResponse:
    try:
        async with asyncio.timeout(policy.head) as limit:
            return await session.get(
                URL(request.url, encoded=True),
                headers={**request.headers, **({"Cookie": cookies} if cookies else {})},
                allow_redirects=False,
            )
    except TimeoutError:
        if limit.expired():
            raise Fault(f"begins no answer within {policy.head:g} s", again=False) from None
        raise


async def _body(response: aiohttp.ClientResponse, request: Request, policy: FetchPolicy) -> bytes:
    too_large = Fault(f"larger than {request.limit / MEGABYTE:,.0f} MB", again=False)
    if not request.cut and (response.content_length or 0) > request.limit:
        raise too_large
    unpacker = Unpacker(response.headers.get("Content-Encoding", ""), request.limit)
    began = asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(policy.patience) as deadline:
            async for block in response.content.iter_any():
                unpacker.feed(block)
                deadline.reschedule(began + policy.patience + unpacker.received / policy.slowest)
        unpacker.finish()
    except TooLarge:
        if not request.cut:
            raise too_large from None
    except TimeoutError:
        if deadline.expired():
            raise Fault(f"sends less than {policy.slowest:,} bytes a second", again=False) from None
        raise
    return bytes(unpacker.body)


def _content_type(header: str) -> str:
    """The type that a header names, in small letters; empty where it names none."""
    named = header.partition(";")[0].strip().lower()
    return named if _TYPE.fullmatch(named) else ""


def _unchanged(request: Request, response: aiohttp.ClientResponse) -> Fetched:
    """A server need not repeat the condition of a request: the validators that were sent still hold."""
    headers = CIMultiDict(response.headers)
    for name, condition in (("ETag", "If-None-Match"), ("Last-Modified", "If-Modified-Since")):
        if condition in request.conditions:
            headers.setdefault(name, request.conditions[condition])
    return Fetched(request.url, b"", "", None, headers, not_modified=True)
