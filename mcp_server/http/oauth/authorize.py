"""`/oauth/authorize`: a client asks a person, by their browser, for a code."""

from starlette.requests import Request
from starlette.responses import Response

from mcp_server.http.oauth.answers import for_people, sent_back
from mcp_server.http.oauth.clients import Clients
from mcp_server.http.oauth.crowds import admit
from mcp_server.http.oauth.requests import Requests
from mcp_server.http.service import Service
from shared.accounts.oauth.asked import code_asked, redirect_of, single
from shared.errors import OAuthRefused


class Authorize:
    def __init__(self, service: Service, clients: Clients) -> None:
        self._service = service
        self._clients = clients
        self._requests = Requests(service)

    @for_people
    async def begin(self, request: Request) -> Response:
        given = single(request.query_params.multi_items())
        client = await self._clients.of(request, given.get("client_id", ""))
        redirect_uri = redirect_of(client, given)
        try:
            asked = code_asked(client, given, self._service.resource)
        except OAuthRefused as error:
            told = {"error": error.code, "error_description": str(error)}
            return sent_back(self._service, redirect_uri, given.get("state"), **told)
        await admit(self._service, request, "request")
        return await self._requests.begin(request, asked)
