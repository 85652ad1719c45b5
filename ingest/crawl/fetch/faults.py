"""Why a request gave no page, in words short enough for a table, and whether to try again."""

import os
import socket
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp

from ingest.crawl.fetch.politeness import FetchPolicy
from ingest.interstitials import reason_of

_TRY_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_OF_THE_PAGE = frozenset({408, 425, 500})
_ASKS_TO_WAIT = frozenset({429, 503})
_UNANSWERED: tuple[tuple[type[Exception], str, bool], ...] = (
    (aiohttp.ClientConnectorCertificateError, "its certificate is not valid", False),
    (aiohttp.ClientConnectorSSLError, "no TLS connection", False),
    (aiohttp.ConnectionTimeoutError, "does not connect within {policy.connect:g} s", True),
    (aiohttp.SocketTimeoutError, "timed out after {policy.read:g} s", True),
    (TimeoutError, "timed out after {policy.total:g} s", False),
    (aiohttp.ClientConnectorError, "no connection ({why})", True),
    (aiohttp.ClientPayloadError, "broke off in the middle of its answer", True),
    (aiohttp.ClientResponseError, "does not answer in proper HTTP", False),
)


class Fault(Exception):
    """One try that failed. `again`: another one may go better, `wait` seconds later if the server says so."""

    def __init__(
        self,
        reason: str,
        *,
        again: bool,
        status: int | None = None,
        wait: float | None = None,
        interstitial: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again
        self.status = status
        self.wait = wait
        self.interstitial = interstitial
        """Whether an interstitial came, rather than an answer of the site's."""

    @property
    def strain(self) -> bool:
        """Whether it looks as if the host had too much to do, rather than as if this page were broken."""
        return self.again and self.status not in _OF_THE_PAGE


def bad_status(response: aiohttp.ClientResponse, policy: FetchPolicy, now: float, advice: str = "") -> Fault:
    """The fault of an answer that is not 200. `now` is the time of day in seconds.

    `advice` says what to do where the server asks who we are.
    """
    reason = _named(response.status)
    if advice and (response.status == HTTPStatus.UNAUTHORIZED or "WWW-Authenticate" in response.headers):
        reason += f" ({advice})"
    wait = None
    if response.status in _ASKS_TO_WAIT:
        wait = retry_after(response.headers.get("Retry-After", ""), now)
    if wait is not None and wait > policy.longest_wait:
        reason += f" (asks to wait {wait:,.0f} s)"
    return Fault(reason, again=response.status in _TRY_AGAIN, status=response.status, wait=wait)


def interstitial(kind: str, status: int) -> Fault:
    """The fault of an answer that is an interstitial: another try would meet it again."""
    named = "" if status == HTTPStatus.OK else f"{_named(status)}: "
    return Fault(f"{named}{reason_of(kind)}", again=False, status=status, interstitial=True)


def unanswered(error: Exception, policy: FetchPolicy) -> Fault:
    """The fault of a connection that brought no whole answer."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Fault("its host name does not resolve", again=error.os_error.errno == socket.EAI_AGAIN)
    for kind, reason, again in _UNANSWERED:
        if isinstance(error, kind):
            return Fault(reason.format(policy=policy, why=_why(error)), again=again)
    return Fault("dropped the connection", again=True)


_LONGEST_WAIT = 10.0 * 365 * 24 * 3600
"""Seconds: who asks for more means never."""


def retry_after(value: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, in either of its forms; None if it says nothing."""
    if value.strip().isdecimal():
        return min(float(value), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
        return max(0.0, moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"status {status}"


def _why(error: Exception) -> str:
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else "closed at once"
