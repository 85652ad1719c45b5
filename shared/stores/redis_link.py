"""One connection to Redis for a process: opened at its first use, for all that wait for it."""

import asyncio
from collections.abc import Awaitable, Callable

from redis.asyncio import RedisCluster

from shared.errors import LecternError
from shared.stores.redis import Client, connect, disconnect


class Link:
    """`locate` gives the address, `unavailable` the error for what the driver raises."""

    def __init__(
        self,
        locate: Callable[[], Awaitable[str]],
        patience: float,
        unavailable: Callable[[Exception], LecternError],
    ) -> None:
        self._locate = locate
        self._patience = patience
        self._unavailable = unavailable
        self._client: Client | None = None
        self._opening: asyncio.Task[None] | None = None

    async def client(self, within: float | None = None) -> Client:
        """Raises what `unavailable` makes, also where it is not there `within` seconds.

        A Redis that takes its time to start goes on starting for the calls that come after this one.
        """
        try:
            async with asyncio.timeout(within):
                while self._client is None:
                    if self._opening is None:
                        self._opening = asyncio.create_task(self._open())
                        self._opening.add_done_callback(self._opened)
                    await asyncio.shield(self._opening)
                return self._client
        except TimeoutError as error:
            raise self._unavailable(error) from error

    async def failed(self, client: Client) -> None:
        """The next call connects anew: a server may have moved. A cluster finds its nodes by itself."""
        if not isinstance(client, RedisCluster):
            await self._disconnect()

    async def close(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        await self._disconnect()

    async def _disconnect(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await disconnect(client)

    async def _open(self) -> None:
        try:
            self._client = await connect(await self._locate(), self._patience)
        except LecternError:
            raise
        except Exception as error:  # options of the address become arguments of the driver, fit or not
            raise self._unavailable(error) from error

    def _opened(self, opening: asyncio.Task[None]) -> None:
        self._opening = None
        if not opening.cancelled():
            opening.exception()  # where nobody waits for it any more, the next call hears of it
