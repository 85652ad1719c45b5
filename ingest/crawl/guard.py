"""The one place that decides where we may connect."""

import asyncio
import socket
from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from ingest.crawl.urls import normalise
from shared.errors import AddressRefused

_REFUSED = tuple(
    (kind, tuple(ip_network(network) for network in networks.split()))
    for kind, networks in (
        ("a cloud's metadata", "169.254.169.254 169.254.170.2 168.63.129.16 100.100.100.200 fd00:ec2::254"),
        ("a loopback", "127.0.0.0/8 ::1"),
        ("a private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"),
        ("a link-local", "169.254.0.0/16 fe80::/10"),
        ("a shared (CGNAT)", "100.64.0.0/10"),
        ("a multicast", "224.0.0.0/4 ff00::/8"),
        ("an unspecified", "0.0.0.0/8 ::"),
        (
            "a reserved",
            "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 "
            "240.0.0.0/4 2001::/23 2001:db8::/32 3fff::/20",
        ),
    )
)
_GLOBAL = ip_network("2000::/3")
"""The only part of IPv6 that is given out to the public."""

_EMBEDDED = tuple(
    (ip_network(network), shift)
    for network, shift in (
        ("::ffff:0:0/96", 0),  # IPv4-mapped
        ("::ffff:0:0:0/96", 0),  # IPv4-translated
        ("64:ff9b::/96", 0),  # NAT64: the only way to IPv4 in some networks
        ("2002::/16", 80),  # 6to4
    )
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Guard:
    """Which addresses a crawl may connect to: public ones and the `allowed`, or with `allow_private` all."""

    def __init__(self, *, allow_private: bool = False, allowed: Collection[str] = ()) -> None:
        self._allow_private = allow_private
        self._allowed = frozenset(map(ip_address, allowed))

    def check_url(self, url: str) -> str:
        """The normalised URL. Raises InvalidUrl, or AddressRefused where its host is an address we refuse.

        A name is judged by `check_address` when it is resolved, and again when the socket is made.
        """
        url = normalise(url)
        host = url.split("/", 3)[2]
        literal = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        if ":" in literal or literal.replace(".", "").isdigit():
            self.check_address(literal)
        return url

    def check_address(self, address: str, host: str = "") -> None:
        """Raises AddressRefused if we may not connect to this IP address (which `host` resolved to)."""
        if self._allow_private or ip_address(address.partition("%")[0]) in self._allowed:
            return
        if kind := refused_kind(address):
            named = f"{host} is {address}" if host and host != address else address
            raise AddressRefused(
                f"no connection is made to {named}, {kind} address",
                "pass --allow-private if this site is meant",
            )


def refused_kind(address: str) -> str | None:
    """What kind of address this is (`a loopback`, ...) if the public cannot reach it, else None."""
    ip = ip_address(address.partition("%")[0])
    for meaning in (ip, *_embedded(ip)):
        for kind, networks in _REFUSED:
            if any(meaning in network for network in networks):
                return kind
    if isinstance(ip, IPv6Address) and ip not in _GLOBAL and not list(_embedded(ip)):
        return "a reserved"
    return None


def guarded_session(
    guard: Guard, *, user_agent: str, per_host: int, timeout: aiohttp.ClientTimeout
) -> aiohttp.ClientSession:
    """A session whose every connection passes the guard: the address that was judged is the one connected to.

    It takes no proxy from the environment, keeps no cookies and sends no credentials.
    """

    def judged_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        guard.check_address(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    connector = aiohttp.TCPConnector(
        resolver=_JudgingResolver(guard), socket_factory=judged_socket, limit_per_host=per_host
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": user_agent, "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"},
        timeout=timeout,
        trust_env=False,
        raise_for_status=False,
    )


class _JudgingResolver(AbstractResolver):
    """Refuses a name of which any answer is refused, before there is a socket."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._resolver = ThreadedResolver(loop=asyncio.get_running_loop())

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        answers = await self._resolver.resolve(host, port, family)
        for answer in answers:
            self._guard.check_address(answer["host"], host)
        return answers

    async def close(self) -> None:
        await self._resolver.close()


def _embedded(ip: IPv4Address | IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses to which a gateway would carry on a connection to this IPv6 address."""
    if isinstance(ip, IPv4Address):
        return
    for network, shift in _EMBEDDED:
        if ip in network:
            yield IPv4Address(int(ip) >> shift & 0xFFFF_FFFF)
    if int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
