"""What callers may still use, counted in Redis: every limit of a call in one script, and one trip."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID

from redis.asyncio import RedisCluster
from redis.exceptions import NoScriptError, RedisError

from shared.errors import CountersUnavailable, LecternError
from shared.model.account import Admitted, Denied, Limits, Principal, Uncounted, Used
from shared.one_line import one_line
from shared.stores.redis import Client, connect

PATIENCE_SECONDS = 2.0
"""How long Redis may take for one trip."""
_SCRIPT = files("shared.accounts").joinpath("counters.lua").read_text("utf-8")
_SHA = sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()
"""What the server calls it."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_KINDS = ("month_requests", "month_tokens", "concurrent")

Counts = Literal["all", "minute"]
"""Which limits a call counts in: every one, or the minute's alone."""


class Counters:
    """One connection for a process. Errors: CountersUnavailable from every method.

    Without a `clock` the time is the server's own. Calls of no key are not counted: ask only for those of one.
    """

    def __init__(
        self, locate: Callable[[], Awaitable[str]], clock: Callable[[], datetime] | None = None
    ) -> None:
        self._locate = locate
        self._clock = clock
        self._client: Client | None = None
        self._connecting = asyncio.Lock()

    async def admit(
        self, caller: Principal, call: UUID, counts: Counts, lease_seconds: float
    ) -> Admitted | Denied | Uncounted:
        """Count the call in every limit of its caller, or in none.

        The lease of a call that is never released ends by itself.
        """
        limits = caller.limits
        most = (
            limits.minute,
            limits.day,
            limits.month_requests,
            limits.month_tokens,
            limits.concurrent,
        )
        given = (str(call), counts, lease_seconds, *(-1 if one is None else one for one in most))
        said = await self._run("admit", caller, *given, *_starts(limits))
        match said[0]:
            case "admitted":
                return Admitted(call, _instant(said[1]), _instant(said[2]))
            case "recount":
                return Uncounted(_instant(said[1]), _instant(said[2]))
            case refused_by:
                return Denied(refused_by, int(said[1]), int(said[2]))

    async def release(self, caller: Principal, admitted: Admitted, tokens: int, *, give_back: bool) -> None:
        """End the call: add its tokens to the month, give a failed one back to day and month."""
        day, month = _micros(admitted.day), _micros(admitted.month)
        await self._run("release", caller, str(admitted.call), tokens, int(give_back), day, month)

    async def recount(
        self, caller: Principal, since: Uncounted, day: int, month_requests: int, month_tokens: int
    ) -> None:
        """Set what is missing from what was counted elsewhere; of two figures the larger one holds."""
        periods = _micros(since.day), _micros(since.month)
        await self._run("recount", caller, *periods, day, month_requests, month_tokens)

    async def used(self, caller: Principal) -> Used:
        """What is used of each limit now."""
        said = [int(one) for one in await self._run("used", caller, *_starts(caller.limits))]
        day, requests, tokens = (None if one < 0 else one for one in said[1:4])
        return Used(said[0], day, requests, tokens, said[4], _instant(said[5]), _instant(said[6]))

    async def check(self) -> str:
        """What evicts keys of it: `noeviction` is none; empty where it does not say."""
        client = await self._connected()
        try:
            said = await client.config_get("maxmemory-policy")
            return str(said.get("maxmemory-policy", ""))
        except (RedisError, OSError):
            return ""

    async def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _run(self, what: str, caller: Principal, *given: Any) -> Sequence[Any]:
        client = await self._connected()
        keys = keys_of(caller)
        now = str(_micros(self._clock())) if self._clock else ""
        arguments = (what, now, *map(str, given))
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                try:
                    said = await client.evalsha(_SHA, len(keys), *keys, *arguments)
                except NoScriptError:
                    said = await client.eval(_SCRIPT, len(keys), *keys, *arguments)
                return list(said)
        except (RedisError, OSError, TimeoutError) as error:
            if not isinstance(
                client, RedisCluster
            ):  # which finds its other nodes by itself; a server may have moved
                await self.close()
            raise _unavailable(error) from error

    async def _connected(self) -> Client:
        async with self._connecting:
            if self._client is None:
                try:
                    self._client = await connect(await self._locate(), PATIENCE_SECONDS)
                except LecternError:
                    raise
                except (RedisError, OSError, TimeoutError) as error:
                    raise _unavailable(error) from error
            return self._client


def keys_of(caller: Principal) -> tuple[str, ...]:
    """Names of one caller's counters: by ids, for a key is a secret; the hash tag puts a user's into one slot."""
    user, key = caller.user_id, caller.api_key_id
    own = [f"rate_limit:{key}:{window}{{{user}}}" for window in ("minute", "day")]
    return (*own, *(f"rate_limit:{user}:{kind}{{{user}}}" for kind in _KINDS))


def _starts(limits: Limits) -> list[int]:
    return [_micros(start) for start in limits.month_starts]


def _micros(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(micros: str | int) -> datetime:
    return _EPOCH + int(micros) * _MICROSECOND


def _unavailable(error: Exception) -> CountersUnavailable:
    reason = "it takes too long" if isinstance(error, TimeoutError) else one_line(str(error))
    return CountersUnavailable(
        f"limits cannot be counted: Redis does not answer ({reason[:200]})",
        "start it, or correct LECTERN_LIMITS_REDIS_URL or LECTERN_REDIS_URL",
    )
