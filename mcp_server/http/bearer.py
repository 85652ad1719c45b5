"""Who makes a request: the bearer of an API key, or of an access token."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.requests import HTTPConnection

from mcp_server.callers import Who
from mcp_server.http.service import Service
from mcp_server.http.strangers import WAIT_SECONDS, failed, is_shut_out
from mcp_server.refusals import Refused
from shared.accounts.keys import hash_of
from shared.accounts.oauth.tokens import ACCESS, token_hash
from shared.errors import InvalidKey
from shared.model.account import Denied


class NoKey(Refused):
    """A request without a valid key, in words for whoever sends requests."""

    def __init__(self, service: Service, denied: Denied) -> None:
        super().__init__(denied)
        where = (
            f"{service.public_url}/account makes keys"
            if service.serves_pages
            else "your operator creates keys"
        )
        self.hint = f"send a valid one as `Authorization: Bearer KEY`; {where}"


async def bearer(service: Service, request: HTTPConnection) -> Who:
    """Denied by `key` without a valid one, or with two; with a time to wait where its network sent too many.

    Raises StoreError.
    """
    headers = request.headers.getlist("authorization")
    scheme, _, given = (headers[0] if len(headers) == 1 else "").partition(" ")
    if scheme.lower() != "bearer" or not given.strip():
        return Denied("key")
    hashed, look = _presented(service, given.strip())

    async def ask() -> Who:
        return Denied("key") if await is_shut_out(service, request, hashed) else await look()

    who = await service.backing.callers.known_as(hashed, ask)
    if isinstance(who, Denied) and who.refused_by == "key" and await failed(service, request):
        return replace(who, retry_after_seconds=WAIT_SECONDS)
    return who


def _presented(service: Service, token: str) -> tuple[str, Callable[[], Awaitable[Who]]]:
    """What is known of it without the store, its hash, and how it is looked up."""
    if token.startswith(ACCESS):
        return (hashed := token_hash(token)), lambda: _of_token(service, hashed)
    try:
        return (hashed := hash_of(token)), lambda: _of_key(service, hashed)
    except InvalidKey:
        return token_hash(token), _of_nobody


async def _of_token(service: Service, hashed: str) -> Who:
    return await (await service.backing.tokens()).principal(hashed, service.resource, service.clock())


async def _of_key(service: Service, hashed: str) -> Who:
    return await (await service.backing.accounts()).authenticate(hashed, service.clock())


async def _of_nobody() -> Who:
    return Denied("key")
