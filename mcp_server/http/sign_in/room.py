"""What the routes of signing in share, of one process."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from anyio import CapacityLimiter
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mcp_server.http.pages.render import told
from mcp_server.http.service import Service
from mcp_server.http.sign_in.providers.port import Provider
from shared.errors import (
    Forbidden,
    InvalidRequest,
    IssuerUnavailable,
    LecternError,
    SignInRefused,
    TooManyAttempts,
)

log = logging.getLogger(__name__)

HASHES_AT_ONCE: Final = 2
"""A hash takes 64 MiB and a core for a third of a second: whoever sends passwords gets no more of this machine."""
BEGIN: Final = ("Sign in", "/sign-in")
"""Where somebody begins again."""
_STATUS: Final[Mapping[type[LecternError], int]] = {
    TooManyAttempts: 429,
    SignInRefused: 403,
    Forbidden: 403,
    InvalidRequest: 400,
    IssuerUnavailable: 502,
}
_AGAIN_SECONDS: Final = 60
_AWAY: Final = (
    "This service cannot do that now.",
    "Try again in a minute; if it stays so, tell your operator.",
)


@dataclass(frozen=True, slots=True)
class Room:
    service: Service
    providers: Mapping[str, Provider]
    hashing: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(HASHES_AT_ONCE))

    def ways(self, path: str, query: str = "") -> list[tuple[str, str]]:
        """What people call each provider, and where signing in by it begins."""
        return [(one.title, f"{path}/with/{one.name}{query}") for one in self.providers.values()]


Handler = Callable[[Room, Request], Awaitable[Response]]


def route(room: Room, method: str, path: str, handler: Handler, title: str = "Not signed in") -> Route:
    """An error is a page with this title that says why, and what to do next."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(room, request)
        except LecternError as error:
            return trouble(error, title)

    return Route(path, endpoint, methods=[method])


def trouble(error: LecternError, title: str) -> Response:
    """What is wrong with a store or the mail server is for the log: it names hosts."""
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), 503)
    if status >= 500:
        log.error("%s", error.line)
    line, hint = (as_sentence(str(error)), as_sentence(error.hint)) if status != 503 else _AWAY
    onward = BEGIN if isinstance(error, SignInRefused | Forbidden) else None
    wait = error.wait if isinstance(error, TooManyAttempts) else _AGAIN_SECONDS if status >= 500 else 0
    return told(title, line, hint, status, onward, wait)


def as_sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""
