"""How often one network may begin what costs something, whoever it is."""

from collections.abc import Mapping
from typing import Final, Literal

from starlette.requests import Request

from mcp_server.http.proxies import client_address
from mcp_server.http.service import Service
from shared.errors import OAuthRefused

What = Literal["request", "document", "device", "client"]
_MOST: Final[Mapping[What, tuple[int, int]]] = {
    "request": (300, 10),
    "document": (60, 10),
    "device": (30, 10),
    "client": (20, 60),
}
"""So many in so many minutes: of authorization requests, metadata documents to fetch, devices, registrations."""


async def admit(service: Service, request: Request, what: What) -> None:
    """Raises OAuthRefused, CountersUnavailable."""
    most, minutes = _MOST[what]
    kept = await service.backing.limits_redis()
    if await kept.count(f"oauth:{what}:from:{client_address(request)}", minutes * 60) > most:
        raise OAuthRefused(
            "temporarily_unavailable",
            f"too much from your network; try again in {minutes} minutes",
            minutes * 60,
        )
