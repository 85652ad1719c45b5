"""Answers that last: each ends soon after its caller may not call any more; what only listens ends with the process."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import anyio
from starlette.requests import HTTPConnection
from starlette.types import Message, Send

from mcp_server.http.bearer import bearer
from mcp_server.http.service import Service
from shared.errors import LecternError
from shared.model.account import Denied

LOOK_SECONDS: Final = 5.0
"""How often it is asked whose answer it is; callers are known for a while, so the database is asked less often."""
MOST_LISTENING: Final = 16
"""Streams that one user may leave open on a process."""


class Streams:
    """Those of one process."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._listening: Counter[object] = Counter()

    def is_full(self, user: object) -> bool:
        return self._listening[user] >= MOST_LISTENING

    @contextmanager
    def listening(self, user: object) -> Iterator[None]:
        """One stream more of this user's."""
        self._listening[user] += 1
        try:
            yield
        finally:
            self._listening[user] -= 1
            self._listening += Counter()  # who has none is forgotten

    async def while_known(
        self,
        request: HTTPConnection,
        send: Send,
        work: Callable[[Send], Awaitable[None]],
        *,
        listens: bool,
    ) -> bool:
        """Answer by `work`; False where it was cut off before it had begun to answer."""
        sent = Sent(send)
        with anyio.CancelScope() as scope:
            watching: list[asyncio.Task[None]] = []

            def begin() -> None:
                watching.append(asyncio.ensure_future(self._watch(request, scope, listens=listens)))

            # a timer, for few calls take so long, and a task is a part of what those cost that do not
            timer = asyncio.get_running_loop().call_later(LOOK_SECONDS, begin)
            try:
                await work(sent)
            finally:
                timer.cancel()
                for task in watching:
                    task.cancel()
        if scope.cancelled_caught and sent.begun and not sent.ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        return sent.begun or not scope.cancelled_caught

    async def _watch(self, request: HTTPConnection, scope: anyio.CancelScope, *, listens: bool) -> None:
        while not (listens and self._service.draining.is_set()):
            try:
                if isinstance(await bearer(self._service, request), Denied):
                    break
            except LecternError:
                pass  # the database is away: who was known stays so
            await asyncio.sleep(LOOK_SECONDS)
        scope.cancel()


class Sent:
    """A `send` of ASGI that begins with the first of the body, and remembers how far the answer is.

    Until then a proxy has seen nothing of it, and may ask another replica where this one dies.
    """

    def __init__(self, send: Send) -> None:
        self._send = send
        self._head: Message | None = None
        self.begun = self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
            return
        if self._head is not None:
            head, self._head = self._head, None
            self.begun = True
            await self._send(head)
        self.ended = not message.get("more_body", False)
        await self._send(message)
