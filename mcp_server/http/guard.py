"""Before any route: requests that are malformed, too large, for another host, from a foreign page, or show a key."""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple
from urllib.parse import unquote, unquote_plus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_server.http.hosts import Names
from mcp_server.http.limits import HEAD_BYTES, limited, most_bytes, too_large
from mcp_server.http.pages.render import told

_KEY: Final = re.compile(
    r"lect_[0-9A-Za-z]{16}|(lat|lrt)_[\w-]{43}|(^|&)(access_token|api_?key)=", re.IGNORECASE | re.ASCII
)
_WHOLE: Final = re.compile(rb"https?://([^/]*)(/.*)?", re.IGNORECASE | re.DOTALL)
_CLOSE: Final = {"Connection": "close"}
_NOTHING: Final = "nothing is at this address: check how it is written"


class Refusal(NamedTuple):
    """An answer of HTTP: a code for programs, a line for people."""

    status: int
    error: str
    message: str


TWO_LENGTHS = Refusal(400, "bad_request", "the request says its length twice: send one Content-Length")
BAD_LENGTH = Refusal(400, "bad_request", "the request's Content-Length is no number")
LARGE_HEAD = Refusal(431, "headers_too_large", f"the headers are larger than {HEAD_BYTES:,} bytes")
OTHER_HOST = Refusal(
    421,
    "misdirected",
    "this service has another name: ask it by its public URL (--public-url of lectern-mcp)",
)
OTHER_ORIGIN = Refusal(
    403,
    "forbidden_origin",
    "this page may not call the service (--allow-origin of lectern-mcp names those that may)",
)
IN_PARTS = Refusal(
    415,
    "multipart",
    "nothing is taken in parts: send a form as application/x-www-form-urlencoded",
)
"""Each part may be of any of Python's codecs, some of which yield what is no text."""
KEY_SHOWN = Refusal(
    400,
    "key_in_address",
    "a key in an address ends up in logs: send it as `Authorization: Bearer ...`, and have this one revoked",
)


_UNREADABLE: Final = (TWO_LENGTHS, BAD_LENGTH, LARGE_HEAD)
"""Nobody knows where the next request would begin. After others the rest of a body is read, so that they arrive."""


class Guard:
    """An ASGI application around all others. `heard` counts what is refused, by its code."""

    def __init__(self, app: ASGIApp, names: Names, heard: Callable[[str], None]) -> None:
        self._app = app
        self._names = names
        self._heard = heard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = in_origin_form(scope)
        if refusal := refused(scope, self._names):
            self._heard(refusal.error)
            await answered(refusal, _CLOSE if refusal in _UNREADABLE else None)(scope, receive, send)
            return
        await self._app(scope, limited(scope, receive), send)


def in_origin_form(scope: Scope) -> Scope:
    """A request for a whole address, as proxies are asked: its host stands above the header (RFC 9112 3.2.2)."""
    whole = _WHOLE.fullmatch(scope["raw_path"])
    if whole is None:
        return scope
    host, path = whole[1], whole[2] or b"/"
    others = [(name, value) for name, value in scope["headers"] if name != b"host"]
    return {
        **scope,
        "path": unquote(path.decode("latin-1")),
        "raw_path": path,
        "headers": [(b"host", host), *others],
    }


def refused(scope: Scope, names: Names) -> Refusal | None:
    """Why the head alone forbids this request."""
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    said = dict(headers)
    if b"transfer-encoding" in said and (b"content-length" in said or scope["http_version"] == "1.0"):
        return TWO_LENGTHS
    if sum(len(name) + len(value) + 4 for name, value in headers) > HEAD_BYTES:
        return LARGE_HEAD
    if not names.has_host(said.get(b"host", b"").decode("latin-1")):
        return OTHER_HOST
    origin = said.get(b"origin")
    if origin is not None and not names.has_origin(origin.decode("latin-1")):
        return OTHER_ORIGIN
    if _KEY.search(unquote_plus(scope["query_string"].decode("latin-1"))):
        return KEY_SHOWN
    if said.get(b"content-type", b"").lstrip().lower().startswith(b"multipart/"):
        return IN_PARTS
    length = said.get(b"content-length", b"0")
    if not length.isdigit():
        return BAD_LENGTH
    most = most_bytes(scope["path"])
    return Refusal(413, "body_too_large", too_large(most).detail) if int(length) > most else None


def answered(refusal: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse(
        {"error": refusal.error, "message": refusal.message}, refusal.status, dict(headers or {})
    )


async def in_form(request: Request, error: Exception) -> Response:
    """What routes refuse by HTTPException: a page for a browser, else in the same form."""
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    if error.status_code == 404 and "text/html" in request.headers.get("accept", ""):
        return told("Nothing is here", "There is no page at this address.", "Check how it is written.", 404)
    code = error.detail.lower().replace(" ", "_") if len(error.detail) < 40 else f"http_{error.status_code}"
    return answered(Refusal(error.status_code, code, _what_to_do(error)), error.headers)


def _what_to_do(error: HTTPException) -> str:
    """In place of the bare names of statuses with which routes answer by themselves."""
    if error.status_code == 404:
        return _NOTHING
    allowed = (error.headers or {}).get("Allow")
    return f"this address is asked by {allowed}" if allowed else error.detail
