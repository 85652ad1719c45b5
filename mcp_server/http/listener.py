"""Connections: no client holds one by being slow, and the end of the process cuts no call off."""

import asyncio
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from errno import EADDRINUSE
from typing import Any, Final, Literal

import h11
import uvicorn
from sse_starlette.sse import AppStatus
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from mcp_server.http import limits
from mcp_server.http.arguments import in_url
from shared.errors import LecternError

BACKLOG: Final = 1024
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


class Connection(H11Protocol):
    """HTTP/1.1 with a time for each part of a request, which uvicorn has for idle connections alone."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.access_log = False  # an address may hold what nobody is to read
        self._deadline: asyncio.TimerHandle | None = None
        self._awaited: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > limits.MOST_CONNECTIONS:
            transport.abort()
        else:
            self._await(h11.IDLE)

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE:
            self._await(h11.IDLE)
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._await(None)
        if self.flow.write_paused:
            self._unread.cancel()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(limits.WRITE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._unread.cancel()

    def send_400_response(self, msg: str) -> None:
        """In place of the one status that uvicorn has: h11 says which it is."""
        error = sys.exc_info()[1]
        self._refuse(error.error_status_hint if isinstance(error, h11.RemoteProtocolError) else 400)

    def _look(self) -> None:
        """What the client owes now: the rest of a head, of a body, or nothing."""
        state = self.conn.their_state
        if state is h11.IDLE:
            self._await(h11.IDLE if self.conn.trailing_data[0] else None)
        else:
            self._await(state if state is h11.SEND_BODY else None)

    def _await(self, what: object) -> None:
        if what is self._awaited:
            return
        if self._deadline is not None:
            self._deadline.cancel()
        self._awaited, self._deadline = what, None
        if what is not None:
            seconds = limits.HEAD_SECONDS if what is h11.IDLE else limits.BODY_SECONDS
            self._deadline = self.loop.call_later(seconds, self._refuse, 408)

    def _refuse(self, status: int) -> None:
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(b"HTTP/1.1 %d\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" % status)
        self._await(None)
        self.transport.close()


class Listener(uvicorn.Server):
    """`draining` is called when the end begins: nobody is taken in any more, and who is there is answered."""

    def __init__(
        self,
        app: ASGIApp,
        patience: float,
        draining: Callable[[], None],
        lifespan: Literal["on", "off"] = "on",
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                lifespan=lifespan,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=limits.IDLE_SECONDS,
                timeout_graceful_shutdown=round(patience),
                limit_concurrency=limits.MOST_CONNECTIONS,
                h11_max_incomplete_event_size=limits.HEAD_BYTES,
            )
        )
        self._draining = draining
        # it would cut off answers as soon as a signal comes
        AppStatus.enable_automatic_graceful_drain = False

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._draining()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's own, but a process that drained did what it was told: the signal does not end it again."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {one: signal.signal(one, self.handle_exit) for one in _SIGNALS}
        try:
            yield
        finally:
            for one, handler in before.items():
                signal.signal(one, handler)


def bind(host: str, port: int, option: str = "--port") -> socket.socket:
    """A socket that listens where the option says. Raises LecternError."""
    try:
        [family, _, _, _, address], *_ = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
        listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        why = f"cannot be listened on ({error.strerror or error})"
        if error.errno == EADDRINUSE:
            why = "is taken"
        raise LecternError(f"{in_url(host)}:{port} {why}", f"choose another by --host or {option}") from error
    listening.setblocking(False)
    # connections inherit these. asyncio sets the first one only where a socket names its protocol: without it an
    # answer waits 40 ms for the client to acknowledge its head
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # a client that is gone without a word is noticed, also in the middle of a stream
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, limits.GONE_MS)
    return listening


def port_of(listening: socket.socket) -> int:
    port: int = listening.getsockname()[1]
    return port


async def listen(listeners: Sequence[tuple[Listener, socket.socket]]) -> bool:
    """Serve until the first one ends, and the others with it; whether all of them started."""

    async def one(listener: Listener, listening: socket.socket) -> None:
        try:
            await listener.serve([listening])
        finally:
            for other, _ in listeners:
                other.should_exit = True

    await asyncio.gather(*(one(*each) for each in listeners))
    return all(listener.started for listener, _ in listeners)
