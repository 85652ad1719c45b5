"""`GET /api/whoami`: whom the service knows by a key or token."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_server.http.api.refused import problem
from mcp_server.http.bearer import bearer
from mcp_server.http.guard import Refusal, answered
from mcp_server.http.service import Service
from mcp_server.refusals import Refused
from shared.model.account import Denied

_HEADERS: Final = {"Cache-Control": "private, no-store"}


def routes(service: Service) -> list[Route]:
    async def whoami(request: Request) -> Response:
        who = await bearer(service, request)
        if isinstance(who, Denied):
            return _refused(who)
        accounts = await service.backing.accounts()
        holder = await accounts.key_holder(who.api_key_id, service.clock()) if who.api_key_id else None
        if holder is None:  # revoked within the seconds for which callers are known
            return _refused(Denied("key"))
        until = holder["expires_at"]
        return JSONResponse(holder | {"expires_at": until.isoformat() if until else None}, headers=_HEADERS)

    return [Route("/api/whoami", whoami, methods=["GET"])]


def _refused(denied: Denied) -> Response:
    said = problem(Refused(denied))
    return answered(Refusal(said.status, said.error, said.message), said.headers | _HEADERS)
