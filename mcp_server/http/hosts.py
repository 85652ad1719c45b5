"""By which names the service is called, and which web pages may call it: a name of somebody else is refused. Pure."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from mcp_server.http.arguments import in_url, is_loopback

_STANDARD = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Names:
    """`port` is where it listens for other machines, which may call it by any address: no attacker has that name."""

    hosts: frozenset[str]
    origins: frozenset[str]
    port: int | None = None

    def has_host(self, host: str) -> bool:
        """Whether a Host header names the service."""
        return host.lower() in self.hosts or (self.port is not None and _is_address(host, self.port))

    def has_origin(self, origin: str) -> bool:
        """Whether an Origin header names a page that may call it."""
        return origin.lower() in self.origins


def names(
    public_url: str, host: str | None = None, port: int | None = None, origins: tuple[str, ...] = ()
) -> Names:
    """Of a service that people reach by `public_url`, and that listens on host and port."""
    parts = urlsplit(public_url)
    standard = _STANDARD[parts.scheme]
    known = {parts.netloc, f"{in_url(parts.hostname or '')}:{parts.port or standard}"}
    here = {f"{in_url(host)}:{port}"} if host else set()
    if host and is_loopback(host):
        here |= {f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")}
    ours = {public_url, *(f"http://{one}" for one in here), *origins}
    return Names(frozenset(known | here), frozenset(ours), port if host and not is_loopback(host) else None)


def _is_address(host: str, port: int) -> bool:
    name, _, said = host.rpartition(":")
    try:
        ip_address(name.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return said == str(port)
