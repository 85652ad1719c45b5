"""HTTP through the guard: the address that was judged is the one connected to."""

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from shared.guard.guard import Guard

_MAX_HEADER = 8_190
_MAX_HEADERS = 128


def guarded_session(
    guard: Guard, *, headers: Mapping[str, str], per_host: int, timeout: aiohttp.ClientTimeout
) -> aiohttp.ClientSession:
    """A session whose every connection passes the guard: the address that was judged is the one connected to.

    It takes no proxy from the environment, keeps no cookies, sends no credentials and unpacks no body.
    """

    def judged_socket(info: aiohttp.AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = info
        guard.check_address(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)

    connector = aiohttp.TCPConnector(
        resolver=_JudgingResolver(guard), socket_factory=judged_socket, limit=0, limit_per_host=per_host
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=headers,
        auto_decompress=False,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
        max_headers=_MAX_HEADERS,
        timeout=timeout,
        trust_env=False,
        raise_for_status=False,
    )


async def check_host(guard: Guard, url: str) -> None:
    """Raises AddressRefused where nothing may be asked of the host of this URL; no connection is made.

    A name that does not resolve is left to the fetch.
    """
    resolver = _JudgingResolver(guard)
    with suppress(OSError):
        await resolver.resolve(URL(guard.check_url(url)).host or "")
    await resolver.close()


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
