"""Which client an id stands for: our own, one with a document at its address, or one that registered itself."""

from starlette.requests import Request

from mcp_server.http.oauth.crowds import admit
from mcp_server.http.oauth.documents import ClientDocuments
from mcp_server.http.service import Service
from shared.accounts.oauth.clients import OWN, Client, is_registered
from shared.errors import OAuthRefused


class Clients:
    def __init__(self, service: Service, documents: ClientDocuments) -> None:
        self._service = service
        self._documents = documents

    async def of(self, request: Request, client_id: str) -> Client:
        """Raises OAuthRefused, StoreError."""
        if client_id == OWN.id:
            return OWN
        if client_id.startswith("https://"):
            if not self._documents.knows(client_id):
                await admit(self._service, request, "document")
            return await self._documents.client(client_id)
        found = None
        if is_registered(client_id):
            found = await (await self._service.backing.tokens()).registered(client_id)
        if found is None:
            raise OAuthRefused("invalid_client", "no such client is known here")
        return found
