"""Pure: where an answer for a client may be sent, and what a person is shown of it."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import SplitResult, urlsplit

from shared.errors import InvalidUrl

_LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
_EDITORS: Final = (
    "claude",
    "cursor",
    "kiro",
    "trae",
    "vscode",
    "vscode-insiders",
    "warp",
    "windsurf",
    "zed",
)
"""Schemes of programs that have no dot in them, as RFC 8252 wants it."""
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
_MOST: Final = 2000
_WRITE: Final = "write https://..., http://127.0.0.1/..., or an editor's own scheme"


def checked_redirect(address: str) -> str:
    """An address that a client may have. Raises InvalidUrl."""
    parts = _split(address)
    if parts is None or parts.fragment or "#" in address or "@" in parts.netloc:
        raise InvalidUrl("a redirect address of the client is no whole address", _WRITE)
    if parts.scheme == "https" and parts.hostname:
        return address
    if parts.scheme == "http" and parts.hostname in _LOOPBACK:
        return address
    if parts.scheme in _EDITORS or _SCHEME.fullmatch(parts.scheme):
        return address
    raise InvalidUrl("a redirect address of the client leads nowhere safe", _WRITE)


def leads_to(known: Iterable[str], given: str) -> bool:
    """Whether the client has this address: sign for sign, but for the port of this machine (RFC 8252)."""
    return any(given == one or _portless(given) == (_portless(one) or one) for one in known)


def shown(address: str) -> str:
    """Where it leads, as a person may judge it."""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return parts.netloc
    return "a program on this computer" if parts.scheme == "http" else f"the program of {parts.scheme}:"


def _portless(address: str) -> str | None:
    """Of http to this machine alone."""
    parts = _split(address)
    if parts is None or parts.scheme != "http" or parts.hostname not in _LOOPBACK or "@" in parts.netloc:
        return None
    if "#" in address or address.endswith("?"):  # of an empty query or fragment nothing is left in the parts
        return None
    return parts._replace(netloc=f"[{parts.hostname}]").geturl()


def _split(address: str) -> SplitResult | None:
    if (
        len(address) > _MOST
        or not address.isascii()
        or not address.isprintable()
        or re.search(r"[\s\\]", address)
    ):
        return None
    try:
        parts = urlsplit(address)
        _ = parts.port  # one that is no number is found when it is asked for
    except ValueError:
        return None
    return parts
