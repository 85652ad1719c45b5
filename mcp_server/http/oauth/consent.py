"""`/oauth/consent`: a person lets a client in, or does not, before any provider is asked who they are."""

from typing import Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mcp_server.http.oauth import requests
from mcp_server.http.oauth.answers import for_people, sent_back, way_back
from mcp_server.http.oauth.devices import Devices
from mcp_server.http.oauth.requests import Requests, Waiting
from mcp_server.http.pages.render import rendered, told
from mcp_server.http.service import Service
from mcp_server.http.sign_in.room import as_sentence
from mcp_server.http.sign_in.sessions import checked_form, signed_in
from mcp_server.http.sign_in.values import Session
from shared.accounts.oauth.redirects import shown
from shared.accounts.oauth.tokens import CODE, new_token

_MAY: Final = "read the documentation that you may read"
_NOT: Final = {
    "ended": "nobody is signed in any more; start again in the program",
    "many": "this account has as many sign-ins as it may; end one on the page of the account",
}


class Consent:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._requests = Requests(service)
        self._devices = Devices(service)

    @for_people
    async def show(self, request: Request) -> Response:
        waiting = await self._requests.of(request, request.query_params.get("request", ""))
        session = await signed_in(self._service, request)
        if waiting.is_allowed:
            return await self._onward(waiting, session) if session else _to_sign_in(waiting)
        asked = waiting.asked
        return rendered(
            "consent.html.jinja",
            form_action=[asked.redirect_uri] if asked.redirect_uri else [],
            client_name=asked.client.name,
            client_host=asked.client.host,
            unverified=not asked.client.is_verified,
            redirect_host=shown(asked.redirect_uri) if asked.redirect_uri else "",
            user_code=waiting.user_code,
            machine=asked.machine or "",
            scopes=[] if asked.machine else [_MAY],
            account=session.email if session else "",
            session=session,
            csrf=self._requests.sender(request, waiting, session).csrf,
            request=waiting.id,
        )

    @for_people
    async def answer(self, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        waiting = await self._requests.of(request, str(form.get("request", "")))
        session = await signed_in(self._service, request)
        await checked_form(self._service, request, self._requests.sender(request, waiting, session))
        if form.get("decision") != "allow":
            await self._requests.end(waiting)
            return await self._denied(waiting)
        if session is None:
            if not waiting.device:
                await self._requests.allowed(waiting)
            return _to_sign_in(waiting)
        said = await self._granted(waiting, session)
        if waiting.device:
            return _device_told(said)
        return sent_back(self._service, waiting.asked.redirect_uri, waiting.asked.state, **said)

    async def _onward(self, waiting: Waiting, session: Session) -> Response:
        """A page, for a browser follows no redirect to a client from the form of the sign-in page."""
        said = await self._granted(waiting, session)
        address = way_back(self._service, waiting.asked.redirect_uri, waiting.asked.state, **said)
        response = rendered(
            "onward.html.jinja", client_name=waiting.asked.client.name, account=session.email, address=address
        )
        response.headers["Refresh"] = f"0; url={address}"
        return response

    async def _granted(self, waiting: Waiting, session: Session) -> dict[str, str]:
        """What the client hears: a code, or why there is none."""
        await self._requests.end(waiting)
        code, now = new_token(CODE, self._service.random), self._service.clock()
        tokens, most = await self._service.backing.tokens(), self._service.settings.max_keys
        lasts = {"lasts": self._devices.LASTS} if waiting.device else {}
        outcome = await tokens.grant(
            session.id, waiting.asked, self._service.resource, code, now, most=most, **lasts
        )
        if waiting.device:
            await self._devices.answered(waiting.device, code if outcome == "granted" else None)
        if outcome == "granted":
            return {"code": code}
        return {"error": "access_denied", "error_description": _NOT[outcome]}

    async def _denied(self, waiting: Waiting) -> Response:
        if waiting.device:
            await self._devices.answered(waiting.device, None)
            return told("Not allowed", "The device gets nothing.", "You may close this page.")
        said = {"error": "access_denied", "error_description": "the person did not allow it"}
        return sent_back(self._service, waiting.asked.redirect_uri, waiting.asked.state, **said)


def _device_told(said: dict[str, str]) -> Response:
    if "code" in said:
        return told("Done", "The device is connected.", "Go on there; you may close this page.")
    return told("Not allowed", as_sentence(said["error_description"]), "The device gets nothing.", 403)


def _to_sign_in(waiting: Waiting) -> Response:
    query = urlencode({"next": requests.address(waiting)})
    return RedirectResponse(f"/sign-in?{query}", 303, {"Cache-Control": "no-store"})
