"""Who makes a request: the bearer of an API key, or of an access token."""

from starlette.requests import HTTPConnection

from mcp_server.http.service import Service
from mcp_server.refusals import Refused
from shared.accounts.oauth.tokens import ACCESS, token_hash
from shared.errors import InvalidKey
from shared.model.account import Denied, Principal


class NoKey(Refused):
    """A request without a valid key, in words for whoever sends requests."""

    def __init__(self, service: Service) -> None:
        super().__init__(Denied("key"))
        where = (
            f"{service.public_url}/account makes keys"
            if service.serves_pages
            else "your operator creates keys"
        )
        self.hint = f"send a valid one as `Authorization: Bearer KEY`; {where}"


async def bearer(service: Service, request: HTTPConnection) -> Principal | Denied:
    """Denied by `key` without a valid one, or with two. Raises StoreError."""
    headers = request.headers.getlist("authorization")
    scheme, _, given = (headers[0] if len(headers) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        return Denied("key")
    token = given.strip()
    if token.startswith(ACCESS):
        return await _of_token(service, token_hash(token))
    try:
        return await service.backing.callers.of(token)
    except InvalidKey:
        return Denied("key")


async def _of_token(service: Service, hashed: str) -> Principal | Denied:
    async def ask() -> Principal | Denied:
        tokens = await service.backing.tokens()
        return await tokens.principal(hashed, service.resource, service.clock())

    return await service.backing.callers.known_as(hashed, ask)
