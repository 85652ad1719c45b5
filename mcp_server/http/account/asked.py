"""What each handler of an account is given: who is signed in, their account alone, and the form that was checked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mcp_server.http.pages.render import told
from mcp_server.http.service import Service
from mcp_server.http.sign_in.room import as_sentence, trouble
from mcp_server.http.sign_in.sessions import Session, checked_form, sign_in_first, signed_in
from shared.accounts.own.store import Own
from shared.errors import InvalidRequest, LecternError

BACK: Final = ("Back to your account", "/account")
_STOPPED: Final = "This does not go on"


@dataclass(frozen=True, slots=True)
class Asked:
    """Of one request. The database asks by `own`, for each statement anew, whose session it is."""

    service: Service
    session: Session
    own: Own
    form: FormData
    path: dict[str, Any]
    query: dict[str, str]

    def text(self, name: str) -> str:
        """A field of the form; empty where it is missing."""
        value = self.form.get(name)
        return value if isinstance(value, str) else ""


Handler = Callable[[Asked], Awaitable[Response]]


def route(service: Service, method: str, path: str, handler: Handler) -> Route:
    """Without a session it leads to the sign-in; an error is a page that says why, and what to do next."""

    async def endpoint(request: Request) -> Response:
        try:
            session = await signed_in(service, request)
            if session is None:
                return sign_in_first(request)
            form = await checked_form(service, request, session) if method == "POST" else FormData()
            own = await service.backing.own(session.id, service.clock())
            query = dict(request.query_params)
            return await handler(Asked(service, session, own, form, request.path_params, query))
        except InvalidRequest as error:
            return told(_STOPPED, as_sentence(str(error)), as_sentence(error.hint), 400, BACK)
        except LecternError as error:
            return trouble(error, _STOPPED)

    return Route(path, endpoint, methods=[method])


def back(done: str, place: str) -> Response:
    """To the page, which says what was done."""
    return RedirectResponse(f"/account?done={done}#{place}", 303)
