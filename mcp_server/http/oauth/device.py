"""`/oauth/device`: a machine without a browser shows a code, and a person types it in another one (RFC 8628)."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_server.http.oauth.answers import NO_STORE, for_people, for_programs
from mcp_server.http.oauth.crowds import admit
from mcp_server.http.oauth.devices import INTERVAL, Devices
from mcp_server.http.oauth.requests import Requests
from mcp_server.http.pages.render import rendered, told
from mcp_server.http.service import Service
from mcp_server.http.sign_in.sessions import checked_form, sign_in_first, signed_in
from shared.accounts.oauth.asked import device_asked, single
from shared.accounts.oauth.clients import OWN
from shared.accounts.oauth.tokens import DEVICE, challenge_of, new_token
from shared.errors import OAuthRefused

_MOST_TRIES, _TRIES_SECONDS = 10, 900


class Device:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._devices = Devices(service)
        self._requests = Requests(service)

    @for_programs
    async def begin(self, request: Request) -> Response:
        given = single((await request.form(max_files=0, max_fields=20)).multi_items())
        if given.get("client_id") != OWN.id:
            raise OAuthRefused("unauthorized_client", "this client may not connect devices")
        device_code = new_token(DEVICE, self._service.random)
        asked = device_asked(OWN, given, self._service.resource, challenge_of(device_code))
        await admit(self._service, request, "device")
        shown = await self._devices.begin(asked, device_code)
        return JSONResponse(
            {
                "device_code": device_code,
                "user_code": shown,
                "verification_uri": f"{self._service.public_url}/oauth/device",
                "expires_in": int(Devices.LASTS.total_seconds()),
                "interval": INTERVAL,
            },
            headers=NO_STORE,
        )

    @for_people
    async def page(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        return rendered("device.html.jinja", csrf=session.csrf, session=session)

    @for_people
    async def confirm(self, request: Request) -> Response:
        session = await signed_in(self._service, request)
        if session is None:
            return sign_in_first(request)
        form = await checked_form(self._service, request, session)
        typed = str(form.get("user_code", ""))
        kept = await self._service.backing.limits_redis()
        if await kept.count(f"oauth:device:tries:{session.user_id}", _TRIES_SECONDS) > _MOST_TRIES:
            hint = "Try again in 15 minutes."
            return told("Too many codes", "No more are taken for now.", hint, 429, wait=_TRIES_SECONDS)
        found = await self._devices.typed(typed)
        if found is None:
            return rendered(
                "device.html.jinja",
                status=400,
                csrf=session.csrf,
                session=session,
                error="No device shows this code, or it is too old.",
                user_code=typed[:20],
            )
        device, shown, asked = found
        return await self._requests.begin(request, asked, device, shown)
