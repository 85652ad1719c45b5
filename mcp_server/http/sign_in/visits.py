"""A browser that nobody is signed in by: what it begins, it alone may end."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from mcp_server.http.sign_in.values import Visit
from shared.accounts.sign_in.secret import derived, hash_of, token
from shared.errors import Forbidden

_SECONDS: Final = 3600


def visit(request: Request) -> Visit | None:
    """Whose browser it is, if we saw it before."""
    carried = cookies.carried(request, cookies.VISIT)
    return _visit(carried) if carried else None


def begun_here(request: Request) -> Visit:
    """The visit in which a form was opened. Raises Forbidden where the browser lost it, or never had one."""
    found = visit(request)
    if found is None:
        raise Forbidden(
            "this page is too old, or this browser keeps no cookies", "allow them, and begin again"
        )
    return found


class Welcome:
    """The visit of this request, begun where there is none: `onto` gives the browser its cookie."""

    def __init__(self, service: Service, request: Request) -> None:
        self._token = cookies.carried(request, cookies.VISIT) or token(service.random)
        self.visit = _visit(self._token)

    def onto(self, response: Response) -> Response:
        cookies.carry(response, cookies.VISIT, self._token, _SECONDS)
        return response


def _visit(carried: str) -> Visit:
    return Visit(hash_of(carried), derived(carried, "form"))
