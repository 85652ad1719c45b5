"""Where a service signs people in, by what it says of itself (RFC 8414, RFC 9728)."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

from mcp_server.login.asking import asked
from shared.errors import ServiceError

_KEYS_ONLY: Final = "ask your operator for a key, then: lectern-mcp login --key --server {server}"
_OPERATOR: Final = "whoever runs it must mend that"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """All are of the service itself: a key comes from nowhere else."""

    issuer: str
    resource: str
    authorize: str
    token: str
    device: str
    revoke: str


async def discovered(client: httpx2.AsyncClient, server: str) -> Endpoints:
    """Raises ServiceError."""
    resource = f"{server}/mcp"
    told = await _document(client, server, _well_known("oauth-protected-resource", resource))
    if told.get("resource") != resource:
        calls = told.get("resource")
        other = calls.removesuffix("/mcp") if isinstance(calls, str) and calls.isprintable() else "nothing"
        raise ServiceError(f"the service at {server} calls itself {other[:200]}", "sign in at that address")
    if server not in _list(told.get("authorization_servers")):
        raise ServiceError(f"{server} signs people in at another place", _KEYS_ONLY.format(server=server))
    says = await _document(client, server, _well_known("oauth-authorization-server", server))
    if says.get("issuer") != server:
        raise ServiceError(f"{server} names another issuer than itself", _OPERATOR)
    if "S256" not in _list(says.get("code_challenge_methods_supported")):
        raise ServiceError(f"{server} does not know PKCE", _OPERATOR)
    return Endpoints(
        server,
        resource,
        _endpoint(server, says, "authorization_endpoint"),
        _endpoint(server, says, "token_endpoint"),
        _endpoint(server, says, "device_authorization_endpoint"),
        _endpoint(server, says, "revocation_endpoint"),
    )


async def _document(client: httpx2.AsyncClient, server: str, address: str) -> dict[str, Any]:
    status, told = await asked(client, server, "GET", address)
    if status == 404:
        raise ServiceError(f"{server} takes keys and signs nobody in", _KEYS_ONLY.format(server=server))
    return told


def _well_known(name: str, address: str) -> str:
    """Between the host and the path."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path}"


def _endpoint(server: str, says: dict[str, Any], name: str) -> str:
    address = says.get(name)
    if not isinstance(address, str) or not address.isprintable() or not address.isascii():
        raise ServiceError(f"{server} says nothing of its {name}", _OPERATOR)
    here, there = urlsplit(server), urlsplit(address)
    if (here.scheme, here.netloc) != (there.scheme, there.netloc):
        raise ServiceError(f"the {name} of {server} is at another place", _OPERATOR)
    return address


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
