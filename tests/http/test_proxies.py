"""Whose request it is: what a proxy forwards is believed from the proxies that are named, and from nobody else."""

import pytest
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from mcp_server.http.proxies import client_address
from shared.errors import SettingsError
from shared.settings import HttpSettings, load

pytestmark = pytest.mark.anyio

CLIENT = "198.51.100.7"
SEEN = [
    ("", "10.0.0.1", CLIENT, "10.0.0.1"),  # nobody is named
    ("10.0.0.1", "10.0.0.1", CLIENT, CLIENT),
    ("10.0.0.1", "10.0.0.2", CLIENT, "10.0.0.2"),  # another one claims it
    ("10.0.0.0/24", "10.0.0.9", CLIENT, CLIENT),
    ("10.0.0.1 fd00::/8", "fd00::1", CLIENT, CLIENT),
    ("10.0.0.1", "10.0.0.1", f"203.0.113.9, {CLIENT}", CLIENT),  # what the client wrote itself stands first
    ("10.0.0.1, 10.0.0.2", "10.0.0.1", f"{CLIENT}, 10.0.0.2", CLIENT),
    ("10.0.0.1", "10.0.0.1", "<script>", "unknown"),
    ("10.0.0.1", "10.0.0.1", f"{CLIENT}:4711", CLIENT),
    ("10.0.0.1", "10.0.0.1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("10.0.0.1", "10.0.0.1", f"::ffff:{CLIENT}", CLIENT),
    ("10.0.0.1", "10.0.0.1", "", "10.0.0.1"),
]


@pytest.mark.parametrize(("trusted", "peer", "forwarded", "seen"), SEEN)
async def test_the_client_is_whom_the_last_proxy_that_is_trusted_names(
    trusted: str, peer: str, forwarded: str, seen: str
) -> None:
    told: list[str] = []

    async def look(scope: Scope, _receive: Receive, _send: Send) -> None:
        told.append(client_address(HTTPConnection(scope)))

    believed = list(load(HttpSettings, trusted_proxies=trusted).trusted_proxies)
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope: Scope = {"type": "http", "headers": headers, "client": (peer, 1)}
    await ProxyHeadersMiddleware(look, trusted_hosts=believed)(scope, _nothing, _nothing)  # type: ignore[arg-type]
    assert told == [seen]


async def _nothing(*_given: object) -> None:
    raise AssertionError("nothing is read or sent")


@pytest.mark.parametrize("value", ["*", "proxy.internal", "10.0.0.0/33", "10.0.0.1/8", "10.0.0"])
def test_proxies_that_are_no_addresses_are_refused_at_the_start(value: str) -> None:
    with pytest.raises(SettingsError, match="LECTERN_TRUSTED_PROXIES must hold addresses and networks"):
        load(HttpSettings, trusted_proxies=value)


def test_a_connection_without_an_address_is_of_nobody_known() -> None:
    assert client_address(HTTPConnection({"type": "http", "headers": []})) == "unknown"
