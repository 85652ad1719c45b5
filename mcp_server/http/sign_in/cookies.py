"""The two cookies: of a session, and of a browser that nobody is signed in by yet."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

SESSION: Final = "__Host-lectern"
VISIT: Final = "__Host-lectern-visit"
"""A browser keeps such names for this host alone, over TLS or on its own machine."""
_MOST = 100


def carried(request: Request, name: str) -> str | None:
    """What the browser sent, if it can be one of ours."""
    value = request.cookies.get(name, "")
    return value if value and len(value) <= _MOST and value.isascii() else None


def carry(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="lax")


def drop(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
