"""Who calls: the principal of a key, known for a short time, so that a revoked key ends soon."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from shared.errors import StoreError
from shared.model.account import ANONYMOUS, UNKNOWN, Access, Denied, Principal
from shared.settings import ServerSettings

if TYPE_CHECKING:
    from shared.accounts.store import Accounts

KNOWN_SECONDS = 25.0
"""With the time in which streams look again it is half a minute until a key that ended has no answer any more."""
REFUSED_SECONDS = 5.0
MOST_KNOWN = 10_000

Who = Principal | Denied

calling: ContextVar[Who | None] = ContextVar("calling", default=None)
"""Who makes the request that is served here; None where each call is the process's own."""


class Callers:
    """Of one process. `accounts` opens the database, at the first key that is not known."""

    def __init__(
        self,
        settings: ServerSettings,
        accounts: Callable[[], Awaitable[Accounts]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, Who]] = OrderedDict()

    async def own(self, *, reads: bool = True) -> Who:
        """Whom this process asks for, or the request that it serves.

        Without a key what everybody may read decides; that is asked of the database only for what `reads`.
        Raises InvalidKey, and LecternError for a file that cannot be used.
        """
        from mcp_server.credentials import api_key

        if (who := calling.get()) is not None:
            return who
        if (key := api_key(self._settings)) is not None:
            return await self.of(key)
        if self._settings.as_operator:
            return ANONYMOUS
        if self._settings.needs_api_key:
            return Denied("key")
        if not reads:
            return ANONYMOUS
        try:
            return Principal(access=await self.anybody())
        except StoreError:
            return Principal(access=UNKNOWN)

    async def anybody(self) -> Access:
        """What may be read without a key. Raises StoreError."""

        async def ask() -> Who:
            return await (await self._accounts()).anybody()

        who = await self.known_as("", ask)
        return who.access if isinstance(who, Principal) else UNKNOWN

    async def of(self, key: str) -> Who:
        """Who calls with this key. Raises InvalidKey."""
        from shared.accounts.keys import hash_of

        hashed = hash_of(key)

        async def ask() -> Who:
            return await (await self._accounts()).authenticate(hashed, datetime.now(UTC))

        return await self.known_as(hashed, ask)

    async def known_as(self, name: str, ask: Callable[[], Awaitable[Who]]) -> Who:
        """Who this was when it was last asked, a short time ago; else what asking says."""
        now = self._clock()
        until, who = self._known.get(name, (now, None))
        if who is not None and now < until:
            return who
        who = await ask()
        seconds = REFUSED_SECONDS if isinstance(who, Denied) else KNOWN_SECONDS
        self._known[name] = (now + seconds, who)
        self._known.move_to_end(name)
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return who
