"""The service's side of a bridge: one request goes there, and what it is answered comes back as lines."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress
from typing import Any, Final

import anyio
import httpx2

from mcp_server import reach
from mcp_server.bridge.message import is_answer
from mcp_server.credentials import Target
from shared.errors import ServiceAway

MOST_BYTES: Final = 32 << 20
"""Of one message of the service's."""
END_SECONDS: Final = 1.0
"""How long the end of a response is waited for once its answer is there."""


class Remote:
    """Its connections are kept; another service, as after a login, gets its own."""

    def __init__(self) -> None:
        self._server = ""
        self._client: httpx2.AsyncClient | None = None

    async def answers(
        self, to: Target, identity: object, body: str, headers: dict[str, str]
    ) -> AsyncGenerator[tuple[str, dict[str, Any] | None], None]:
        """Lines for the client, the last one with what it says. Raises ServiceError, InvalidKey."""
        key = reach.key_for(to)
        client = await self._connected(to.server)
        carried = headers | {"authorization": f"Bearer {key}"}
        try:
            async with client.stream(
                "POST", f"{to.server}/mcp", content=body.encode(), headers=carried
            ) as answer:
                lines = _lines(to.server, answer)
                async for line in lines:
                    said = _read(line)
                    if is_answer(said):
                        yield _addressed(line, said, identity), said
                        await _ended(lines)
                        return
                    if isinstance(said, dict) and "method" in said:
                        yield line, None
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise reach.unreachable(to.server, error) from error
        raise ServiceAway(f"{to.server} stopped in the middle of an answer", "try again in a moment")

    async def _connected(self, server: str) -> httpx2.AsyncClient:
        if self._client is None or self._server != server:
            await self.close()
            self._server, self._client = server, reach.client(server)
        return self._client

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


async def _lines(server: str, answer: httpx2.Response) -> AsyncIterator[str]:
    """Raises ServiceError."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if answer.status_code == 200 and kind == "text/event-stream":
        async for event in httpx2.EventSource(answer, max_event_size=MOST_BYTES):
            if event.event == "message" and event.data:
                yield _one_line(event.data)
        return
    if kind != "application/json" or answer.status_code == 401:
        raise reach.unusable(server, answer)
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise reach.unusable(server, answer)
    line = _one_line(body.decode("utf-8", "replace"))
    if not is_answer(said := _read(line)):
        raise reach.unusable(server, answer, said)
    yield line


async def _ended(lines: AsyncIterator[str]) -> None:
    """A connection whose answer was read to its end serves the next request too."""
    with anyio.move_on_after(END_SECONDS), suppress(httpx2.HTTPError):
        async for _ in lines:
            pass


def _read(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _one_line(text: str) -> str:
    """Breaks stand between the parts of JSON alone."""
    return text.replace("\r", " ").replace("\n", " ")


def _addressed(line: str, said: dict[str, Any], identity: object) -> str:
    """Some refusals do not know which request they are of."""
    return line if said.get("id") == identity else json.dumps(said | {"id": identity})
