"""Redis as a cache: its keys, and answers that go on without it."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from redis.exceptions import NoPermissionError

from shared.errors import CacheUnavailable, LecternError
from shared.stores.redis import FAILURES, Client, connect, disconnect, named, trouble
from shared.stores.redis_refusals import trouble_of
from shared.visible import visible_json

log = logging.getLogger(__name__)

SECONDS_TO_LIVE = 3600
PATIENCE_SECONDS = 1.0
"""How long a hung Redis may hold up one answer."""
PAUSE_SECONDS = 30.0
"""How long Redis is left alone after it failed."""


def resolve_key(query_hash: str) -> str:
    return f"library:resolve:{query_hash}"


def docs_key(library_id: str, query_hash: str) -> str:
    return f"docs:query:{library_id}:{query_hash}"


_TRIED = {
    resolve_key("doctor"): resolve_key("*"),
    docs_key("/doctor/doctor", "doctor"): "docs:query:*",
}
"""A key of each kind, and the pattern of its kind."""
_SETTING, _WITHOUT = "LECTERN_REDIS_URL", "answers go on without it"


class Cache:
    """JSON objects by key. Whatever goes wrong with Redis is logged once and looks like a miss."""

    def __init__(
        self, locate: Callable[[], Awaitable[str]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._locate = locate
        self._clock = clock
        self._client: Client | None = None
        self._opening: asyncio.Task[None] | None = None
        self._awaited_until = 0.0
        self._silent_until = 0.0
        self._writing: set[asyncio.Task[None]] = set()

    async def get(self, key: str) -> dict[str, Any] | None:
        try:
            client = await self._open()
            async with asyncio.timeout(PATIENCE_SECONDS):
                text = await client.get(key) if client else None
        except Exception as error:
            await self._failed(error)
            return None
        try:
            value = json.loads(text) if text else None
        except (ValueError, RecursionError):  # one damaged value says nothing of Redis
            return None
        return value if isinstance(value, dict) else None

    async def put(self, key: str, value: dict[str, Any], seconds: int = SECONDS_TO_LIVE) -> None:
        try:
            if client := await self._open():
                async with asyncio.timeout(PATIENCE_SECONDS):
                    await client.set(key, json.dumps(visible_json(value), separators=(",", ":")), ex=seconds)
        except Exception as error:
            await self._failed(error)

    def put_soon(self, key: str, value: dict[str, Any], seconds: int = SECONDS_TO_LIVE) -> None:
        """As `put`, but nobody waits for it, except `close`."""
        task = asyncio.create_task(self.put(key, value, seconds))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def check(self) -> str:
        """The server's name and version, once it did all that the cache asks of it. Raises CacheUnavailable."""
        try:
            async with AsyncExitStack() as closing:
                client = await self._connect()
                closing.push_async_callback(disconnect, client)
                if wrong := await trouble(client):
                    raise CacheUnavailable(wrong.what, f"{wrong.hint}; {_WITHOUT}")
                for key, pattern in _TRIED.items():
                    try:
                        await client.set(key, "{}", ex=1)
                        await client.get(key)
                    except NoPermissionError as error:
                        raise _unavailable(error, pattern) from error
                return await named(client)
        except LecternError:
            raise
        except FAILURES as error:
            raise _unavailable(error) from error
        except Exception as error:  # options of the address become arguments of the driver, fit or not
            unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
            reason = f"there is no option {unknown[1]}" if unknown else str(error)
            raise CacheUnavailable(
                f"LECTERN_REDIS_URL cannot be used ({reason})", f"correct it; {_WITHOUT}"
            ) from error

    async def close(self) -> None:
        if self._writing:
            await asyncio.wait(self._writing)
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._disconnect()

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)

    async def _open(self) -> Client | None:
        """The client, or None while Redis is left alone after a failure, or takes its time to start."""
        if self._clock() < self._silent_until:
            return None
        if self._client is None:
            now = asyncio.get_running_loop().time()
            if self._opening is None:
                self._opening = asyncio.create_task(self._connected())
                self._awaited_until = now + PATIENCE_SECONDS
            if now < self._awaited_until:  # once: a start that takes longer goes on while answers do without
                await asyncio.wait({self._opening}, timeout=self._awaited_until - now)
        return self._client

    async def _connected(self) -> None:
        try:
            self._client = await self._connect()
        except Exception as error:
            await self._failed(error)
        finally:
            self._opening = None

    async def _connect(self) -> Client:
        return await connect(await self._locate(), PATIENCE_SECONDS)

    async def _failed(self, error: Exception) -> None:
        if self._clock() < self._silent_until:  # another call failed at the same time
            return
        log.warning("%s; going on without it for %d s", trouble_of(error, _SETTING).what, PAUSE_SECONDS)
        self._silent_until = self._clock() + PAUSE_SECONDS
        await self._disconnect()


def _unavailable(error: Exception, pattern: str = "") -> CacheUnavailable:
    """`error` of a command about keys like `pattern`."""
    wrong = trouble_of(error, _SETTING, pattern)
    return CacheUnavailable(wrong.what, f"{wrong.hint}; {_WITHOUT}")
