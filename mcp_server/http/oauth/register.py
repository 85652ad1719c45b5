"""`/oauth/register`: clients register themselves (RFC 7591), where the operator wants that."""

import json
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mcp_server.http.oauth.answers import NO_STORE, for_programs
from mcp_server.http.oauth.crowds import admit
from mcp_server.http.service import Service
from shared.accounts.oauth.clients import new_client_id, registered
from shared.errors import OAuthRefused

_MOST_BYTES: Final = 16_384


class Register:
    def __init__(self, service: Service) -> None:
        self._service = service

    @for_programs
    async def register(self, request: Request) -> Response:
        if self._service.settings.oauth_dcr != "on":
            raise OAuthRefused(
                "access_denied",
                "clients do not register themselves here: use one with a client-id metadata document, "
                "or ask your operator for LECTERN_OAUTH_DCR=on",
            )
        await admit(self._service, request, "client")
        client = registered(new_client_id(self._service.random), await _sent(request))
        now = self._service.clock()
        await (await self._service.backing.tokens()).register(client, now)
        return JSONResponse(
            {
                "client_id": client.id,
                "client_id_issued_at": int(now.timestamp()),
                "client_name": client.name,
                "redirect_uris": list(client.redirect_uris),
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "token_endpoint_auth_method": "none",
            },
            201,
            NO_STORE,
        )


async def _sent(request: Request) -> object:
    body = await request.body()
    if len(body) > _MOST_BYTES:
        raise OAuthRefused("invalid_client_metadata", f"more than {_MOST_BYTES} bytes say nothing more")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise OAuthRefused("invalid_client_metadata", "the client's metadata are no JSON") from None
