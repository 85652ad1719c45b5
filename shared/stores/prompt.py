"""Connections to PostgreSQL that are cut where the server takes too long to answer."""

import asyncio
import socket
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import AsyncConnection


class Unanswered(psycopg.OperationalError):
    """Nothing came in time. The server may be there all the same: it is not asked again by itself."""


def prompt(seconds: float) -> type[AsyncConnection[Any]]:
    """Connections that wait so long for each answer. One that was cut is broken, so no pool takes it back."""

    class Prompt(AsyncConnection[Any]):
        async def wait(self, *given: Any, **named: Any) -> Any:
            cut: list[bool] = []

            def too_late() -> None:
                cut.append(True)
                _hang_up(self.pgconn.socket)

            timer = asyncio.get_running_loop().call_later(seconds, too_late)
            try:
                return await super().wait(*given, **named)
            except psycopg.Error as error:
                if cut:
                    raise Unanswered(f"no answer within {seconds:g} s") from error
                raise
            finally:
                timer.cancel()

    return Prompt


def _hang_up(descriptor: int) -> None:
    """The driver reads the end of the stream: to cancel it would wait for the server once more."""
    ours = socket.socket(fileno=descriptor)
    with suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)
    ours.detach()
