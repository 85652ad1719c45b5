"""What callers may still use, counted in Redis: every limit of a call in one script, and one trip."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from importlib.resources import files
from typing import Any, Literal
from uuid import UUID, uuid4

from redis.exceptions import NoScriptError

from shared.errors import CountersUnavailable
from shared.model.account import Admitted, Denied, Limits, Principal, Uncounted, Used
from shared.stores.redis import FAILURES, everywhere, trouble
from shared.stores.redis_link import Link
from shared.stores.redis_refusals import trouble_of

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
        self._link = Link(locate, PATIENCE_SECONDS, _unavailable)
        self._clock = clock

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
                wait = int(said[2])  # nobody knows when another call ends
                return Denied(refused_by, int(said[1]), wait if wait > 0 else None)

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
        """Do all that is asked of it, for nobody; its `maxmemory-policy`, the worst of a cluster; empty: unknown."""
        client = await self._link.client()
        try:
            if wrong := await trouble(client):
                raise CountersUnavailable(f"limits cannot be counted: {wrong.what}", wrong.hint)
            await self._try()
            said = await everywhere(client, "CONFIG GET", "maxmemory-policy")
        except FAILURES as error:
            raise _unavailable(error) from error
        return _worst(list(said.values()))

    async def _try(self) -> None:
        nobody = Principal(uuid4(), uuid4(), Limits(1, 1, 1, 1, 1))
        said = await self.admit(nobody, uuid4(), "all", 1)
        if isinstance(said, Uncounted):
            await self.recount(nobody, said, 0, 0, 0)
            said = await self.admit(nobody, uuid4(), "all", 1)
        if isinstance(said, Admitted):
            await self.release(nobody, said, 1, give_back=True)
        await self.used(nobody)
        await self._run("forget", nobody)

    async def close(self) -> None:
        await self._link.close()

    async def _run(self, what: str, caller: Principal, *given: Any) -> Sequence[Any]:
        client = await self._link.client()
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
        except FAILURES as error:
            await self._link.failed(client)
            raise _unavailable(error) from error


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


def _worst(answers: Sequence[Any]) -> str:
    if not all(isinstance(said, dict) and said for said in answers):
        return ""
    policies = {str(said["maxmemory-policy"]) for said in answers}
    return min(policies - {"noeviction"}, default="noeviction")


def _unavailable(error: Exception) -> CountersUnavailable:
    wrong = trouble_of(error, "LECTERN_LIMITS_REDIS_URL or LECTERN_REDIS_URL", "rate_limit:*")
    return CountersUnavailable(f"limits cannot be counted: {wrong.what}", wrong.hint)
