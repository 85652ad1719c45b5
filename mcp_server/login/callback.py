"""Where the browser comes back to: one page on a free port of this machine, for one answer (RFC 8252)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hmac import compare_digest
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, urlsplit

PATH: Final = "/callback"
_HEAD_BYTES: Final = 32_768
_HEAD_SECONDS: Final = 10.0
_PAGE: Final = """\
<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>Lectern</title>
<body style="font: 1.1rem/1.5 system-ui, sans-serif; max-width: 32rem; margin: 20vh auto; padding: 0 1rem">
<h1 style="font-size: 1.4rem">{title}</h1><p>{line}</p></body></html>
"""
_TAKEN: Final = (
    HTTPStatus.OK,
    "Go back to the terminal",
    "It says how the sign-in ended. You may close this page.",
)
_OTHER: Final = (HTTPStatus.BAD_REQUEST, "This is not the sign-in that waits", "Nothing was done.")
_NOWHERE: Final = (HTTPStatus.NOT_FOUND, "There is no such page", "Nothing was done.")

Answer = dict[str, str]


class Callback:
    """`answered` is set by the first answer with our state; others are refused, and it goes on waiting."""

    def __init__(self, state: str) -> None:
        self._state = state
        self.port = 0
        self.answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}{PATH}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HEAD_SECONDS):
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            status, title, line = self._take(head)
            page = _PAGE.format(title=title, line=line).encode()
            writer.write(_response(status, page))
            await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # no browser that waits for a page
        finally:
            writer.close()

    def _take(self, head: str) -> tuple[HTTPStatus, str, str]:
        request, *lines = head.split("\r\n")
        method, _, rest = request.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        hosts = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")]
        if method != "GET" or target.path != PATH or hosts != [f"127.0.0.1:{self.port}"]:
            return _NOWHERE
        pairs = parse_qsl(target.query, keep_blank_values=True)
        given = dict(pairs)
        ours = len(given) == len(pairs) and compare_digest(
            given.get("state", "").encode(), self._state.encode()
        )
        if not ours or self.answered.done():
            return _OTHER
        self.answered.set_result(given)
        return _TAKEN


@asynccontextmanager
async def waiting(state: str) -> AsyncIterator[Callback]:
    """A page that waits for the browser, as long as the block lasts."""
    callback = Callback(state)
    server = await asyncio.start_server(callback.serve, "127.0.0.1", 0, limit=_HEAD_BYTES)
    try:
        callback.port = server.sockets[0].getsockname()[1]
        yield callback
    finally:
        server.close()  # and not waited for: browsers keep connections open that they may need


def _response(status: HTTPStatus, page: bytes) -> bytes:
    lines = (
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(page)}",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Connection: close",
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + page
