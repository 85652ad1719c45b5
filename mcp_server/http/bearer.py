"""Who makes a request: the bearer of an API key, or of an access token."""

from starlette.requests import HTTPConnection

from mcp_server.http.service import Service
from shared.accounts.oauth.tokens import ACCESS, token_hash
from shared.errors import InvalidKey
from shared.model.account import Denied, Principal


async def bearer(service: Service, request: HTTPConnection) -> Principal | Denied:
    """Denied by `key` without a valid one. Raises StoreError."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
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
