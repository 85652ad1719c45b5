"""Pure: one spelling per URL, under which it is checked, requested and kept."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from yarl import URL

from shared.errors import InvalidUrl

_SHOWN = 120

UNREADABLE = (ValueError, IndexError)
"""What yarl raises for what is no URL."""
_HOST = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_PATH_SESSION = re.compile(r";(jsessionid|phpsessid)=[^/;]*", re.IGNORECASE)
_NOISE = re.compile(
    r"utm_\w+|mc_[ce]id|_(ga|gl|hs\w+)|(fb|g|dc|tt|y|ms|tw|li_fat_)cl?id|[gw]braid|igshid"
    r"|(j|php|asp)?_?session_?id|phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|sid",
    re.IGNORECASE,
)
"""Query parameters that say who comes and where from, never what is requested."""


def normalise(url: str) -> str:
    """The one spelling under which a page is known: what is checked, requested and kept.

    Scheme and host are lower case, default ports, fragments, dot segments, tracking parameters and
    session ids are gone, the query is sorted. Raises InvalidUrl for anything that is not a plain http(s)
    address: other schemes, user names, numbers that only some parsers take for an address (`127.1`).
    """
    try:
        parsed = URL(url.strip())
        host = (parsed.raw_host or "").rstrip(".")
        port = None if parsed.is_default_port() else parsed.explicit_port
    except UNREADABLE as error:
        raise InvalidUrl(
            f"{shown(url)} is not a URL ({error})", "write http://host/path or https://host/path"
        ) from None
    if parsed.scheme not in ("http", "https") or not host:
        raise InvalidUrl(f"{shown(url)} is not an http(s) URL", "write http://host/path or https://host/path")
    if parsed.user is not None or parsed.password is not None:
        raise InvalidUrl(
            f"the URL for {host} carries a user name or password", "leave out what stands before @"
        )
    if not _is_host(host):
        raise InvalidUrl(
            f"{shown(url)} has no usable host name", "write the name or the plain address of the host"
        )
    clean = URL.build(
        scheme=parsed.scheme,
        host=f"[{host}]" if ":" in host else host,
        port=port,
        path=_PATH_SESSION.sub("", parsed.raw_path) or "/",
        query_string=_query(parsed.raw_query_string),
        encoded=True,
    )
    return str(clean)


def shown(url: str) -> str:
    return repr(url if len(url) <= _SHOWN else url[: _SHOWN - 1] + "…")


def _is_host(host: str) -> bool:
    try:
        if ":" in host:
            IPv6Address(host)
            return "%" not in host
        if _NUMBER.fullmatch(host.rpartition(".")[2]):
            IPv4Address(host)
            return True
    except AddressValueError:
        return False
    return bool(_HOST.fullmatch(host))


def _query(query: str) -> str:
    parts = [part for part in query.split("&") if part and not _NOISE.fullmatch(part.partition("=")[0])]
    return "&".join(sorted(parts))
