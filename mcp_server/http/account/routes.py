"""`/account` and what its forms do: one's own keys, alerts, browsers and documents."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mcp_server.http.account.document import document
from mcp_server.http.account.page import EXPIRES, page
from mcp_server.http.pages.render import rendered, told
from mcp_server.http.service import Service
from mcp_server.http.sign_in import cookies
from mcp_server.http.sign_in.room import trouble
from mcp_server.http.sign_in.sessions import checked_form, sign_in_first, signed_in
from shared.accounts.keys import mint
from shared.accounts.own.store import Own
from shared.accounts.sign_in.secret import hash_of
from shared.counted import counted
from shared.errors import InvalidRequest, LecternError
from shared.one_line import one_line
from shared.visible import visible

MOST_NAME: Final = 100
_AGAIN: Final = "open the page of your account, and send the form from there"
DONE: Final = {
    "revoked": "The key is revoked. It ends within 30 seconds.",
    "closed": "The application is signed out. It ends within 30 seconds.",
    "read": "All alerts are read.",
    "ended": "Every other browser is signed out.",
}


def routes(service: Service) -> list[Route]:
    if not service.serves_pages:
        return []
    account = _Account(service)
    return [
        Route("/", _home),
        Route("/account", _answering(account.show)),
        Route("/account/keys", _answering(account.add_key), methods=["POST"]),
        Route("/account/keys/{id:uuid}/revoke", _answering(account.revoke_key), methods=["POST"]),
        Route("/account/clients/{id:uuid}/end", _answering(account.end_client), methods=["POST"]),
        Route("/account/alerts", _answering(account.read_alerts), methods=["POST"]),
        Route("/account/sessions", _answering(account.end_sessions), methods=["POST"]),
        Route("/account/documents/{id:uuid}.{form}", _answering(account.document)),
    ]


def _answering(handler: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """An error is a page too."""

    async def answer(request: Request) -> Response:
        try:
            return await handler(request)
        except LecternError as error:
            return trouble(error, "This does not go on")

    return answer


async def _home(_request: Request) -> Response:
    return RedirectResponse("/account", 303)


class _Account:
    """Each handler asks first who is signed in; the database asks again, by the same session."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def show(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        done = DONE.get(request.query_params.get("done", ""), "")
        return await page(self._service, await self._own(request), session, done)

    async def add_key(self, request: Request) -> Response:
        """The one answer to a form that is a page: a key is shown once, and kept nowhere to be shown again."""
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        form = await checked_form(self._service, request, session)
        name = one_line(visible(_text(form, "name")))
        if len(name) > MOST_NAME:
            raise InvalidRequest(f"a name has at most {MOST_NAME} characters", "shorten it")
        own, minted = await self._own(request), mint(self._service.random)
        most = self._service.settings.max_keys
        added = await own.add_key(_once(form), minted, name or None, _expires(form, own.at), most)
        if added is None:
            return sign_in_first(request)
        if added == "full":
            raise InvalidRequest(
                f"you have {counted(most, 'key')}, and may have no more", "revoke one that you do not use"
            )
        if added == "known":
            return told(
                "This key was made already",
                "A key is shown once, when it is made.",
                "Revoke it and create another, if you have not kept it.",
            )
        return rendered(
            "key.html.jinja",
            status=201,
            session=session,
            key=minted.key,
            name=name,
            mcp_url=self._service.resource,
        )

    async def revoke_key(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        await checked_form(self._service, request, session)
        if not await (await self._own(request)).revoke_key(request.path_params["id"]):
            return told("No such key", "There is no key of yours with this id.", status=404)
        return _back("revoked", "keys")

    async def end_client(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        await checked_form(self._service, request, session)
        if not await (await self._own(request)).end_client(request.path_params["id"]):
            return told("No such application", "There is no application of yours with this id.", status=404)
        return _back("closed", "clients")

    async def read_alerts(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        form = await checked_form(self._service, request, session)
        await (await self._own(request)).read_alerts(_instant(form))
        return _back("read", "alerts")

    async def end_sessions(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        await checked_form(self._service, request, session)
        await (await self._own(request)).end_other_sessions()
        return _back("ended", "browsers")

    async def document(self, request: Request) -> Response:
        if await signed_in(self._service, request) is None:
            return sign_in_first(request)
        found = await document(
            await self._own(request), request.path_params["id"], request.path_params["form"]
        )
        return found or told("No such document", "There is no such document of yours.", status=404)

    async def _own(self, request: Request) -> Own:
        carried = cookies.carried(request, cookies.SESSION) or ""
        return await self._service.backing.own(hash_of(carried), self._service.clock())


def _back(done: str, place: str) -> Response:
    return RedirectResponse(f"/account?done={done}#{place}", 303)


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value if isinstance(value, str) else ""


def _once(form: FormData) -> UUID:
    try:
        return UUID(_text(form, "once"))
    except ValueError:
        raise InvalidRequest("this form is incomplete", _AGAIN) from None


def _expires(form: FormData, at: datetime) -> datetime | None:
    given = _text(form, "expires")
    if given not in EXPIRES:
        raise InvalidRequest("this form does not say when the key expires", _AGAIN)
    return None if given == "never" else at + timedelta(days=int(given))


def _instant(form: FormData) -> datetime:
    try:
        shown_at = datetime.fromisoformat(_text(form, "shown_at"))
    except ValueError:
        raise InvalidRequest("this form is incomplete", _AGAIN) from None
    if shown_at.tzinfo is None:
        raise InvalidRequest("this form is incomplete", _AGAIN)
    return shown_at
