"""Whose request it is, behind proxies: a forwarded address is believed from LECTERN_TRUSTED_PROXIES alone."""

from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import HTTPConnection

UNKNOWN = "unknown"
_HOUSEHOLD = 64
"""Bits of an IPv6 address that tell one network from another; each has as many addresses as it likes."""


def client_address(request: HTTPConnection) -> str:
    """The network address by which attempts are counted: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return UNKNOWN
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ip_network((int(address), _HOUSEHOLD), strict=False))
    return str(address)
