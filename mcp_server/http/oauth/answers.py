"""How the authorization server answers: JSON for programs, pages for people, and the way back to a client."""

import logging
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from mcp_server.http.pages.render import told
from mcp_server.http.service import Service
from mcp_server.http.sign_in.room import as_sentence, trouble
from shared.errors import Forbidden, LecternError, OAuthRefused

log = logging.getLogger(__name__)

NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUS: Final = {"invalid_client": 401, "temporarily_unavailable": 429, "access_denied": 403}
_PAGES: Final = {"temporarily_unavailable": 429}
"""Where it is not 400."""

_AWAY: Final = "the service cannot answer now: try again in a moment"
AGAIN_SECONDS: Final = 5

Endpoint = Callable[[Any, Request], Awaitable[Response]]
E = TypeVar("E", bound=Endpoint)


def for_programs(endpoint: Endpoint) -> Endpoint:
    """A method whose errors are answered as JSON."""

    @wraps(endpoint)
    async def answered(room: Any, request: Request) -> Response:
        try:
            return await endpoint(room, request)
        except OAuthRefused as error:
            return _failed(error.code, error.line, _STATUS.get(error.code, 400), error.wait)
        except LecternError as error:  # its line names hosts
            log.error("%s", error.line)
            return _failed("temporarily_unavailable", _AWAY, 503, AGAIN_SECONDS)

    return answered


def for_people(endpoint: Endpoint) -> Endpoint:
    """A method whose errors become a page."""

    @wraps(endpoint)
    async def answered(room: Any, request: Request) -> Response:
        try:
            return await endpoint(room, request)
        except OAuthRefused as error:
            hint = "Nothing was allowed. Start again in the program."
            status = _PAGES.get(error.code, 400)
            return told("This does not work", as_sentence(str(error)), hint, status, wait=error.wait)
        except Forbidden as error:
            return told("This does not work", as_sentence(str(error)), as_sentence(error.hint), 403)
        except LecternError as error:
            return trouble(error, "Not now")

    return answered


def sent_back(service: Service, redirect_uri: str, state: str | None, **said: str) -> Response:
    """To the client, with who answers (RFC 9207)."""
    return RedirectResponse(
        way_back(service, redirect_uri, state, **said), 303, {"Cache-Control": "no-store"}
    )


def way_back(service: Service, redirect_uri: str, state: str | None, **said: str) -> str:
    query = urlencode(said | ({} if state is None else {"state": state}) | {"iss": service.public_url})
    return f"{redirect_uri}{'&' if '?' in redirect_uri else '?'}{query}"


def _failed(code: str, line: str, status: int, wait: int) -> Response:
    headers = NO_STORE | ({"Retry-After": str(wait)} if wait else {})
    return JSONResponse({"error": code, "error_description": line}, status, headers)
