"""What is said to `lectern-mcp --transport http`: where it listens, and by which address it is reached. Pure."""

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NoReturn
from urllib.parse import SplitResult, urlsplit

from shared.errors import InvalidRequest

PORT = 8765
_NAME = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_HELP = "`lectern-mcp --transport http --help` shows what may be said"


@dataclass(frozen=True, slots=True)
class Given:
    """`public_url` is an origin, without a slash at its end; None where it follows from host and port."""

    host: str
    port: int
    metrics_port: int | None
    public_url: str | None
    insecure: bool
    origins: tuple[str, ...]

    def reached_at(self, port: int) -> str:
        """The address that people use, of a service that listens on this port."""
        return self.public_url or f"http://{in_url(self.host)}:{port}"

    @property
    def is_private(self) -> bool:
        """Whether this machine alone reaches it, by its own address: no proxy stands before it."""
        return is_loopback(self.host) and (self.public_url is None or _is_here(self.public_url))


def parse(words: Sequence[str]) -> Given:
    """Raises InvalidRequest."""
    said = _parser().parse_args(words)
    public_url = _origin(said.public_url, "--public-url") if said.public_url else None
    given = Given(
        said.host,
        _port(said.port, "--port", least=0),
        None if said.metrics_port is None else _port(said.metrics_port, "--metrics-port", least=1),
        public_url,
        said.insecure,
        tuple(_origin(one, "--allow-origin") for one in said.allow_origin),
    )
    _check_reach(given)
    return given


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _check_reach(given: Given) -> None:
    """Keys and cookies cross a network encrypted, or the operator said that they need not."""
    if given.metrics_port == given.port:
        raise InvalidRequest(f"--metrics-port is {given.port}, as --port is", "give metrics another port")
    if given.insecure:
        return
    if given.public_url and not (given.public_url.startswith("https://") or _is_here(given.public_url)):
        raise InvalidRequest(
            f"--public-url {given.public_url} is not encrypted",
            "name the https:// address of the proxy that ends TLS, or add --insecure for keys without pages",
        )
    if not is_loopback(given.host) and not (given.public_url or "").startswith("https://"):
        raise InvalidRequest(
            f"--host {given.host} is reached from other machines, and TLS is left to a proxy",
            "add --public-url https://NAME, or --insecure for keys without pages",
        )


def _is_here(url: str) -> bool:
    return is_loopback(urlsplit(url).hostname or "")


def _port(text: str, option: str, least: int) -> int:
    if not (text.isascii() and text.isdigit() and least <= int(text[:6]) <= 65535):
        raise InvalidRequest(f"{option} {text[:20]!r} is no port", f"give a number from {least} to 65535")
    return int(text)


def _origin(text: str, option: str) -> str:
    """Scheme, host and port alone, in lower case."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not _is_host(host):
        raise InvalidRequest(f"{option} {text[:80]!r} is no address", "write it as https://docs.example.org")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise InvalidRequest(
            f"{option} {text[:80]!r} is more than scheme, host and port",
            "write it as https://docs.example.org",
        )
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{in_url(host)}" + (f":{port}" if port not in (None, standard) else "")


def _is_host(name: str) -> bool:
    """A name as it stands in headers and in a policy of browsers, or an IP address."""
    try:
        return bool(_NAME.fullmatch(name) or ip_address(name))
    except ValueError:
        return False


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise InvalidRequest(message, _HELP)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        "lectern-mcp --transport http",
        allow_abbrev=False,
        description="Serve Lectern over HTTP, to whoever bears a key. Its settings are LECTERN_* variables.",
    )
    parser.add_argument("--transport", choices=["http"], required=True, help=argparse.SUPPRESS)
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help="where it listens; else 127.0.0.1"
    )
    parser.add_argument(
        "--port", default=str(PORT), metavar="N", help=f"its port; else {PORT}; 0 takes a free one"
    )
    parser.add_argument("--metrics-port", metavar="N", help="where /metrics is, and nothing else")
    parser.add_argument("--public-url", metavar="URL", help="how people reach it: https://docs.example.org")
    parser.add_argument("--insecure", action="store_true", help="without TLS: keys are served, and no pages")
    parser.add_argument(
        "--allow-origin",
        action="append",
        default=[],
        metavar="URL",
        help="another site whose pages may call it; may be repeated",
    )
    return parser
