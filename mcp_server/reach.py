"""HTTP to a service of Lectern: the client that carries a key, and what is wrong with an answer in one line."""

import socket
import ssl
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

import httpx2

from mcp_server.credentials import Target
from shared.accounts.keys import hash_of
from shared.errors import ServiceAway, ServiceError
from shared.one_line import one_line
from shared.visible import visible

CONNECT_SECONDS: Final = 5.0
SILENT_SECONDS: Final = 60.0
"""A service that still works says so every 15 seconds."""
_MOST_SAID: Final = 300
_NOT_NOW: Final = (502, 503, 504)
_CLOCK: Final = (9, 10)
"""What OpenSSL calls a certificate that is not valid yet, and one that is no more."""
SIGN_IN: Final = "run `lectern-mcp login`, or set a valid key in LECTERN_API_KEY"


def client(server: str) -> httpx2.AsyncClient:
    """It follows no redirect, and what stays on this machine passes no proxy. Raises ServiceError."""
    try:
        return httpx2.AsyncClient(
            headers={"User-Agent": f"lectern-mcp/{version('lectern-mcp')}"},
            timeout=httpx2.Timeout(SILENT_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=100, max_keepalive_connections=8, keepalive_expiry=30),
            trust_env=server.startswith("https://"),
        )
    except (OSError, ValueError, httpx2.InvalidURL) as error:  # what SSL_CERT_FILE or HTTPS_PROXY name
        raise ServiceError(
            f"{server} cannot be asked ({one_line(visible(str(error)))[:_MOST_SAID]})",
            "correct SSL_CERT_FILE and HTTPS_PROXY",
        ) from error


def key_for(to: Target) -> str:
    """What may be one of the service's. Raises ServiceError without any, InvalidKey."""
    if to.key is None:
        raise ServiceError(f"there is no key for {to.server} here", SIGN_IN)
    hash_of(to.key)
    return to.key.strip()


def unreachable(server: str, error: Exception) -> ServiceError:
    """Why there is no answer at all."""
    causes = tuple(_causes(error))
    for one in causes:
        if isinstance(one, ssl.SSLCertVerificationError):
            clock = one.verify_code in _CLOCK
            return ServiceError(
                f"the certificate of {server} is refused ({one.verify_message})",
                "check the clock of this machine, then ask whoever runs it"
                if clock
                else "set SSL_CERT_FILE to the certificates to trust, or ask whoever runs it",
            )
        if isinstance(one, ssl.SSLError):
            return ServiceError(f"{server} does not speak TLS as it should", "check the address")
        if isinstance(one, socket.gaierror):
            return ServiceAway(
                f"the host of {server} is not known here", "check the address and your network"
            )
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return ServiceError(f"{server} is no address that can be asked", "check it")
    if isinstance(error, httpx2.TimeoutException):
        return ServiceAway(f"{server} does not answer in time", "try again in a moment")
    if isinstance(error, httpx2.ConnectError):
        return ServiceAway(f"nothing answers at {server}", "check the address, or try again in a moment")
    return ServiceAway(f"the connection to {server} broke", "try again in a moment")


def unusable(server: str, answer: httpx2.Response, said: object = None) -> ServiceError:
    """Why this answer is none that was asked for; `said` is its JSON, of which a service's own words are shown."""
    status, kind = answer.status_code, answer.headers.get("content-type", "").partition(";")[0].strip()
    if status == 401:
        return ServiceError(f"{server} does not take this key: it is unknown, revoked or expired", SIGN_IN)
    if status in _NOT_NOW:
        return ServiceAway(f"{server} is not ready ({status})", "try again in a moment")
    if answer.is_redirect:
        return ServiceError(
            f"{server} sends to another address, and a key does not go along",
            "check the address: it must be the service's own",
        )
    if kind == "application/json" and status >= 400 and status != 404:
        words = said.get("message") if isinstance(said, dict) else None
        why = one_line(visible(words))[:_MOST_SAID] if isinstance(words, str) else "ask whoever runs it"
        return ServiceError(f"{server} refuses the request ({status})", why)
    told = f" as {kind[:60]}" if kind.isprintable() and kind else ""
    return ServiceError(f"{server} is no service of Lectern: it answers {status}{told}", "check the address")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
