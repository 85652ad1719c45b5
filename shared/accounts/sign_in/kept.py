"""What is kept for minutes while somebody signs in, in the Redis of limits: read once, or counted."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from shared.errors import CountersUnavailable
from shared.stores.redis import FAILURES
from shared.stores.redis_link import Link
from shared.stores.redis_refusals import trouble_of

PATIENCE_SECONDS = 2.0
"""How long Redis may take to be there, and for one answer."""
_COUNT = """
local counted = redis.call('INCR', KEYS[1])
if counted == 1 or counted == tonumber(ARGV[2]) then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return counted
"""
_GIVE_BACK = "if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('DECR', KEYS[1]) end"
_WHERE = "LECTERN_LIMITS_REDIS_URL or LECTERN_REDIS_URL"

T = TypeVar("T")


class Kept:
    """One connection for a process. Errors: CountersUnavailable from every method."""

    def __init__(self, locate: Callable[[], Awaitable[str]]) -> None:
        self._link = Link(locate, PATIENCE_SECONDS, _unavailable)

    async def put(self, key: str, value: Any, seconds: int) -> None:
        """Keep what JSON can say."""
        await self._asked(lambda client: client.set(key, json.dumps(value), ex=seconds))

    async def get(self, key: str) -> Any:
        """None where it is not there."""
        said = await self._asked(lambda client: client.get(key))
        return None if said is None else json.loads(said)

    async def take(self, key: str) -> Any:
        """For one caller: whoever comes later finds nothing."""
        said = await self._asked(lambda client: client.getdel(key))
        return None if said is None else json.loads(said)

    async def count(self, key: str, seconds: int, most: int = 0) -> int:
        """How often it was counted since the first time, for so long; the `most`-th time counts as a first one."""
        return int(await self._asked(lambda client: client.eval(_COUNT, 1, key, str(seconds), str(most))))

    async def forget(self, key: str) -> None:
        await self._asked(lambda client: client.delete(key))

    async def give_back(self, key: str) -> None:
        """Count it once less, where it is counted still."""
        await self._asked(lambda client: client.eval(_GIVE_BACK, 1, key))

    async def close(self) -> None:
        await self._link.close()

    async def _asked(self, ask: Callable[[Any], Awaitable[T]]) -> T:
        client = await self._link.client(PATIENCE_SECONDS)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await ask(client)
        except FAILURES as error:
            await self._link.failed(client)
            raise _unavailable(error) from error


def _unavailable(error: Exception) -> CountersUnavailable:
    wrong = trouble_of(error, _WHERE, "sign_in:*")
    return CountersUnavailable(f"nobody can sign in now: {wrong.what}", wrong.hint)
