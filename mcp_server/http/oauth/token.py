"""`/oauth/token` and `/oauth/revoke`: a client redeems what it was given, and gives back what it has."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_server.http.oauth.answers import NO_STORE, for_programs
from mcp_server.http.oauth.devices import Devices
from mcp_server.http.oauth.metadata import DEVICE_GRANT
from mcp_server.http.service import Service
from mcp_server.http.strangers import WAIT_SECONDS, failed, is_shut_out
from shared.accounts.oauth.asked import single
from shared.accounts.oauth.store import Issued
from shared.accounts.oauth.tokens import token_hash
from shared.errors import OAuthRefused

_FAILURES: Final = ("invalid_client", "invalid_grant", "expired_token")


class TokenEndpoint:
    def __init__(self, service: Service) -> None:
        self._service = service
        self._devices = Devices(service)
        self._exchanges = {
            "authorization_code": self._redeem,
            "refresh_token": self._refresh,
            DEVICE_GRANT: self._device,
        }

    @for_programs
    async def exchange(self, request: Request) -> Response:
        try:
            issued = await self._issued(request, await _given(request))
        except OAuthRefused as error:
            if error.code in _FAILURES and await failed(self._service, request):
                raise _too_many() from error
            raise
        said = {
            "access_token": issued.access_token,
            "token_type": "Bearer",
            "expires_in": int(issued.lasts.total_seconds()),
            "scope": issued.scope,
        }
        renewed = {"refresh_token": issued.refresh_token} if issued.refresh_token else {}
        return JSONResponse(said | renewed, headers=NO_STORE)

    async def _issued(self, request: Request, given: dict[str, str]) -> Issued:
        exchanged = self._exchanges.get(given.get("grant_type", ""))
        if exchanged is None:
            raise OAuthRefused("unsupported_grant_type", f"grant_type is one of {', '.join(self._exchanges)}")
        presented = given.get("code") or given.get("refresh_token")
        if presented and await is_shut_out(self._service, request, token_hash(presented)):
            raise _too_many()
        return await exchanged(given)

    @for_programs
    async def revoke(self, request: Request) -> Response:
        """An unknown token is as good as one that was revoked (RFC 7009)."""
        given = await _given(request)
        tokens = await self._service.backing.tokens()
        await tokens.give_back(given.get("token", ""), given["client_id"], self._service.clock())
        return JSONResponse({}, headers=NO_STORE)

    async def _redeem(self, given: dict[str, str]) -> Issued:
        tokens, service = await self._service.backing.tokens(), self._service
        return await tokens.redeem(given, service.resource, service.clock(), service.random)

    async def _refresh(self, given: dict[str, str]) -> Issued:
        tokens, service = await self._service.backing.tokens(), self._service
        return await tokens.refresh(given, service.resource, service.clock(), service.random)

    async def _device(self, given: dict[str, str]) -> Issued:
        """Its device code is the verifier of the code that the person's answer made."""
        device_code = given.get("device_code", "")
        code = await self._devices.code(device_code, given["client_id"])
        return await self._redeem(given | {"code": code, "code_verifier": device_code, "redirect_uri": ""})


def _too_many() -> OAuthRefused:
    minutes = WAIT_SECONDS // 60
    return OAuthRefused(
        "temporarily_unavailable",
        f"too many codes and tokens from your network were no good; try again in {minutes} minutes",
        WAIT_SECONDS,
    )


async def _given(request: Request) -> dict[str, str]:
    """Of a public client, which says who it is. Raises OAuthRefused."""
    given = single((await request.form(max_files=0, max_fields=20)).multi_items())
    if not given.get("client_id") or "authorization" in request.headers or given.get("client_secret"):
        raise OAuthRefused("invalid_client", "clients are public here: send client_id, and no secret")
    return given
