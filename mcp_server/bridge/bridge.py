"""Requests of an editor on their way to a service and back, each in its own time."""

import json
import logging
from collections.abc import AsyncIterable, Awaitable, Callable
from contextlib import aclosing
from typing import Any, Final

import anyio
import httpx2
from pydantic_core import from_json

from mcp_server.bridge.message import CANCELLED, Message, agreed_version, cancels, failed, headers
from mcp_server.bridge.offline import OPENING, offered
from mcp_server.bridge.remote import Remote
from mcp_server.credentials import Target
from shared.errors import LecternError, ServiceAway

log = logging.getLogger(__name__)

PAUSES: Final = (0.0, 0.3, 1.0, 2.0)
"""Seconds before a request is sent again that found nobody, or lost its answer; every call only reads."""


class Bridge:
    """`target` is asked at each request, so that a new login holds from then on."""

    def __init__(
        self,
        target: Callable[[], Target],
        write: Callable[[str], Awaitable[None]],
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._target = target
        self._write = write
        self._pauses = pauses
        self._remote = Remote()
        self._agreed: str | None = None
        self._running: dict[str, anyio.CancelScope] = {}
        self._trouble = ""

    async def run(self, lines: AsyncIterable[str]) -> None:
        """Until there are no more lines; what nobody waits for any more is left undone."""
        try:
            async with anyio.create_task_group() as requests:
                async for line in lines:
                    message = from_json(line) if line.strip() else {}
                    if "id" in message and "method" in message:
                        scope = self._running[_named(message["id"])] = anyio.CancelScope()
                        requests.start_soon(self._answer, message, line, scope)
                    elif message.get("method") == CANCELLED:
                        self._cancel(cancels(message))
                    # a service without sessions has no use for other notifications
                requests.cancel_scope.cancel()
        finally:
            with anyio.move_on_after(1, shield=True):
                await self._remote.close()

    def _cancel(self, identity: object) -> None:
        """Over HTTP, a request is cancelled by leaving it."""
        if scope := self._running.get(_named(identity)):
            scope.cancel()

    async def _answer(self, message: dict[str, Any], line: str, scope: anyio.CancelScope) -> None:
        one = _named(message["id"])
        with scope:
            try:
                await self._passed(message, line)
            except LecternError as error:
                self._tell(error)
                await self._write(await self._without(message, line, error) + "\n")
        if self._running.get(one) is scope:
            del self._running[one]

    async def _passed(self, message: Message, line: str) -> None:
        """Raises LecternError where there is no answer after all."""
        sent = headers(message, self._agreed)
        # what failed just now is not waited for again: an editor that starts asks for many things
        for pause in (*(self._pauses[:1] if self._trouble else self._pauses), None):
            try:
                async with aclosing(
                    self._remote.answers(self._target(), message["id"], line, sent)
                ) as answers:
                    async for told, said in answers:
                        if said is not None:
                            self._notice(message, said)
                        await self._write(told + "\n")
            except ServiceAway as error:
                if pause is None or isinstance(error.__cause__, httpx2.TimeoutException):
                    raise
                await anyio.sleep(pause)
            else:
                self._trouble = ""
                return

    async def _without(self, message: Message, line: str, error: LecternError) -> str:
        """An answer of our own."""
        if message["method"] not in OPENING:
            return failed(message, error.line)
        told = await offered(line, headers(message, self._agreed))
        self._notice(message, json.loads(told))
        return told

    def _notice(self, message: Message, answer: Message) -> None:
        if message["method"] == "initialize":
            self._agreed = agreed_version(answer) or self._agreed

    def _tell(self, error: LecternError) -> None:
        """On standard error, the same trouble once."""
        if error.line != self._trouble:
            self._trouble = error.line
            log.warning("%s", error.line)


def _named(identity: object) -> str:
    """The text "1" is another request than 1."""
    return json.dumps(identity)
