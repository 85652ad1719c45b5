"""Client-id metadata documents: what a client's own address says of it, fetched from public addresses alone."""

import asyncio
import json
import ssl
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp

from shared.accounts.oauth.clients import Client, described
from shared.errors import LecternError, OAuthRefused
from shared.guard.guard import Guard
from shared.guard.session import guarded_session

_MOST_BYTES: Final = 10_240
_SECONDS: Final = 5.0
_KNOWN: Final = timedelta(hours=1)
_REFUSED: Final = timedelta(minutes=1)
_MOST_KNOWN: Final = 1000
_AT_ONCE: Final = 8
_HEADERS: Final = {
    "User-Agent": "lectern-mcp",
    "Accept": "application/json",
    "Accept-Encoding": "identity",
}


class ClientDocuments:
    """Of one process. What was read is known for an hour, what could not be for a minute."""

    def __init__(
        self, guard: Guard, clock: Callable[[], datetime], trusted: ssl.SSLContext | None = None
    ) -> None:
        self._guard = guard
        self._clock = clock
        self._trusted = trusted
        self._known: OrderedDict[str, tuple[datetime, Client | OAuthRefused]] = OrderedDict()
        self._fetching = asyncio.Semaphore(_AT_ONCE)

    def knows(self, address: str) -> bool:
        """Whether nothing is fetched for it now."""
        return address in self._known and self._clock() < self._known[address][0]

    async def client(self, address: str) -> Client:
        """Raises OAuthRefused, which tells nothing of where the address leads."""
        if self.knows(address):
            _, found = self._known[address]
        else:
            found = await self._read(address)
            lasts = _REFUSED if isinstance(found, OAuthRefused) else _KNOWN
            self._known[address] = (self._clock() + lasts, found)
            self._known.move_to_end(address)
            while len(self._known) > _MOST_KNOWN:
                self._known.popitem(last=False)
        if isinstance(found, OAuthRefused):
            raise OAuthRefused(found.code, str(found))
        return found

    async def _read(self, address: str) -> Client | OAuthRefused:
        try:
            if self._guard.check_url(address) != address:
                return _unusable("is not written in its one form")
            async with self._fetching:
                return described(address, await self._fetched(address))
        except OAuthRefused as error:
            return error
        except (LecternError, aiohttp.ClientError, TimeoutError, OSError):
            return _unusable("cannot be fetched")
        except (ValueError, RecursionError):
            return _unusable("does not lead to JSON")

    async def _fetched(self, address: str) -> Any:
        """A redirect would lead to what the address does not vouch for."""
        timeout = aiohttp.ClientTimeout(total=_SECONDS)
        async with (
            guarded_session(self._guard, headers=_HEADERS, per_host=2, timeout=timeout) as session,
            session.get(address, allow_redirects=False, ssl=self._trusted or True) as answer,
        ):
            if answer.status != 200 or answer.content_type != "application/json":
                raise _unusable("does not lead to a document of a client")
            body = b""
            async for part in answer.content.iter_any():
                body += part
                if len(body) > _MOST_BYTES:
                    raise _unusable(f"leads to more than {_MOST_BYTES} bytes")
            return json.loads(body)


def _unusable(why: str) -> OAuthRefused:
    return OAuthRefused("invalid_client", f"the address that the client gives as its id {why}")
