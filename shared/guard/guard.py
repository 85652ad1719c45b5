"""The one place that decides where we may connect."""

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from shared.errors import AddressRefused, InvalidRequest
from shared.guard.urls import normalise

_Address = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

METADATA = "a cloud's metadata"
LINK_LOCAL = "a link-local"

_KINDS = tuple(
    (kind, tuple(ip_network(network) for network in networks.split()))
    for kind, networks in (
        (
            METADATA,
            "169.254.169.254 169.254.170.2 169.254.170.23 169.254.0.23 168.63.129.16 100.100.100.200 192.0.0.192 "
            "fd00:ec2::254 fd00:ec2::23 fd20:ce::254 fe80::a9fe:a9fe",
        ),
        ("a loopback", "127.0.0.0/8 ::1"),
        ("a private", "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 fc00::/7 fec0::/10"),
        (LINK_LOCAL, "169.254.0.0/16 fe80::/10"),
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
_BY_NAME_ONLY = (METADATA, LINK_LOCAL)
"""What `--allow-private` does not open: there clouds keep the credentials of the machine."""

_PUBLIC = tuple(map(ip_network, ("2000::/3", "::ffff:0:0/96", "64:ff9b::/96")))
"""What is given out of IPv6 to the public, and its two ways to the public part of IPv4."""

_CARRIERS: tuple[tuple[_Network, Callable[[int], int]], ...] = tuple(
    (ip_network(network), carried)
    for network, carried in (
        ("::/96", lambda ip: ip),  # IPv4-compatible
        ("::ffff:0:0/96", lambda ip: ip),  # IPv4-mapped
        ("::ffff:0:0:0/96", lambda ip: ip),  # IPv4-translated
        ("64:ff9b::/96", lambda ip: ip),  # NAT64: the only way to IPv4 in some networks
        ("64:ff9b:1::/48", lambda ip: ip),  # NAT64 of one's own, with a prefix of 96 bits
        ("64:ff9b:1::/48", lambda ip: ip >> 48 & 0xFFFF_0000 | ip >> 40 & 0xFFFF),  # and of 48
        ("2001::/32", lambda ip: ~ip),  # Teredo: the client
        ("2001::/32", lambda ip: ip >> 64),  # and its server
        ("2002::/16", lambda ip: ip >> 80),  # 6to4
    )
)
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})


class Guard:
    """Which addresses a crawl may connect to: public ones, the `allowed`, with `allow_private` all but a few.

    `allowed` are addresses and networks. Link-local ones are open only to these, and an address at which clouds
    serve metadata only if it is named by itself. Raises InvalidRequest for what is neither.
    """

    def __init__(self, *, allow_private: bool = False, allowed: Iterable[str] = ()) -> None:
        self._allow_private = allow_private
        self._allowed = tuple(map(_network, allowed))

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
        kind = refused_kind(address)
        if kind is None or self._is_allowed(_plain(address), kind):
            return
        named = f"{host} is {address}" if host and host != address else address
        others = "" if kind in _BY_NAME_ONLY else ", or --allow-private for all"
        raise AddressRefused(
            f"no connection is made to {named}, {kind} address",
            f"pass --allow {_plain(address)}{others}, if this site is meant",
        )

    def _is_allowed(self, ip: _Address, kind: str) -> bool:
        if self._allow_private and kind not in _BY_NAME_ONLY:
            return True
        return any(
            ip in network and (kind != METADATA or network.num_addresses == 1) for network in self._allowed
        )


def refused_kind(address: str) -> str | None:
    """What kind of address this is (`a loopback`, ...) if the public cannot reach it, else None."""
    ip = _plain(address)
    kinds = [kind for meaning in (ip, *_carried(ip)) if (kind := _kind(meaning))]
    if isinstance(ip, IPv6Address) and not any(ip in network for network in _PUBLIC):
        kinds.append("a reserved")
    return next((kind for kind in (*_BY_NAME_ONLY, *kinds) if kind in kinds), None)


def _kind(ip: _Address) -> str | None:
    return next((kind for kind, networks in _KINDS if any(ip in network for network in networks)), None)


def _plain(address: str) -> _Address:
    """Without its zone; an IPv4 address as such, also where a socket of IPv6 writes it."""
    ip = ip_address(address.partition("%")[0])
    return ip.ipv4_mapped or ip if isinstance(ip, IPv6Address) else ip


def _network(text: str) -> _Network:
    try:
        return ip_network(text if "/" in text else _plain(text))
    except ValueError:
        raise InvalidRequest(
            f"--allow {text[:60]!r} is neither an address nor a network",
            "write it as 10.0.0.5, 10.1.0.0/16 or fd00:1::/64",
        ) from None


def _carried(ip: _Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses to which a gateway would carry on a connection to this IPv6 address."""
    if isinstance(ip, IPv4Address):
        return
    for network, carried in _CARRIERS:
        if ip in network:
            yield IPv4Address(carried(int(ip)) & 0xFFFF_FFFF)
    if int(ip) >> 32 & 0xFFFF_FFFF in _ISATAP:
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
