"""Keys, codes and tokens that nobody knows: how many of them one network may present.

Beyond that the database is asked about all of a second together, so that they cost it next to nothing, and a good one
among them is served all the same.
"""

from typing import Final

from starlette.requests import HTTPConnection

from mcp_server.http.proxies import client_address
from mcp_server.http.service import Service
from mcp_server.http.sign_in.attempts import MOST_OF_A_NETWORK, SECONDS
from shared.errors import CountersUnavailable

WAIT_SECONDS: Final = SECONDS


async def is_shut_out(service: Service, request: HTTPConnection, hashed: str) -> bool:
    """Whether what has this hash is not even looked up. Raises StoreError of the database."""
    try:
        counted = await (await service.backing.limits_redis()).get(_key(request)) or 0
    except CountersUnavailable:  # who has a key needs nothing of it
        return False
    if counted < MOST_OF_A_NETWORK:
        return False

    async def good(hashes: frozenset[str]) -> frozenset[str]:
        return await (await service.backing.tokens()).live(hashes, service.clock())

    return not await service.together.has(hashed, good)


async def failed(service: Service, request: HTTPConnection) -> bool:
    """Count one that was no good; whether its network presented too many."""
    try:
        counted = await (await service.backing.limits_redis()).count(_key(request), SECONDS)
    except CountersUnavailable:
        return False
    return counted > MOST_OF_A_NETWORK


def _key(request: HTTPConnection) -> str:
    """Beside that of passwords: a program that goes on with an old key locks nobody out of the sign-in."""
    return f"sign_in:unknown:{client_address(request)}"
