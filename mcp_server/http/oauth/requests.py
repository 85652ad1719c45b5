"""What a client asks for, while a person thinks about it: kept for ten minutes, for one browser."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from pydantic import TypeAdapter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from mcp_server.http.sign_in.values import Session, Visit
from shared.accounts.oauth.asked import Asked
from shared.accounts.sign_in.secret import derived, hash_of, token
from shared.errors import Forbidden

LASTS: Final = 600
COOKIE: Final = "__Host-lectern-oauth"
_COOKIE_LASTS: Final = 3600
"""Longer than a request, for which time starts again when it is allowed and its person goes to sign in."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request and the browser that it waits in; for a device, its key and the code that it shows."""

    id: str
    asked: Asked
    browser: str
    is_allowed: bool = False
    """By whom nobody knows yet: once they sign in, it is theirs."""
    device: str = ""
    user_code: str = ""


_WAITING: Final = TypeAdapter(Waiting)


class Requests:
    """Errors: CountersUnavailable from every method."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def begin(self, request: Request, asked: Asked, device: str = "", user_code: str = "") -> Response:
        """To the consent page, with the cookie that alone may answer it."""
        carried = cookies.carried(request, COOKIE) or token(self._service.random)
        waiting = Waiting(token(self._service.random), asked, hash_of(carried), False, device, user_code)
        await self._keep(waiting)
        response = RedirectResponse(address(waiting), 303, {"Cache-Control": "no-store"})
        cookies.carry(response, COOKIE, carried, _COOKIE_LASTS)
        return response

    async def of(self, request: Request, request_id: str) -> Waiting:
        """Raises Forbidden for another browser's, and for what is over."""
        found: Any = await (await self._service.backing.limits_redis()).get(_key(request_id))
        carried = cookies.carried(request, COOKIE)
        if found is None or carried is None or found["browser"] != hash_of(carried):
            raise Forbidden("this request is over, or another browser's", "start again in the program")
        return _WAITING.validate_python(found)

    async def allowed(self, waiting: Waiting) -> None:
        """By a person who is still to sign in."""
        await self._keep(replace(waiting, is_allowed=True))

    async def end(self, waiting: Waiting) -> None:
        """Raises Forbidden where it was answered already."""
        if await (await self._service.backing.limits_redis()).take(_key(waiting.id)) is None:
            raise Forbidden("this request was answered already", "start again in the program")

    def sender(self, request: Request, waiting: Waiting, session: Session | None) -> Visit:
        """Whose form is one of ours: this browser's, for this request and for who is signed in."""
        carried = cookies.carried(request, COOKIE) or ""
        person = session.user_id if session else ""
        return Visit(waiting.browser, derived(carried, f"consent {waiting.id} {person}"))

    async def _keep(self, waiting: Waiting) -> None:
        await (await self._service.backing.limits_redis()).put(_key(waiting.id), asdict(waiting), LASTS)


def address(waiting: Waiting) -> str:
    return f"/oauth/consent?request={waiting.id}"


def _key(request_id: str) -> str:
    return f"oauth:request:{hash_of(request_id)}"
