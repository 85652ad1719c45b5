"""Requests that a proxy and a replica could read differently, through nginx: one answer each, none of a stranger's."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http.behind_nginx import Team, behind_nginx

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

PATIENCE = 30.0
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: HOST\r\n\r\n"
POST = b"POST /mcp HTTP/1.1\r\nHost: HOST\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SHAPES = {
    "both lengths": POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": POST + b"Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": POST + b"Content-Length: +5\r\n\r\nhello",
    "a coding that is no coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a coding twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "a coding behind a tab": POST + b"Transfer-Encoding:\tchunked, identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a space before the colon": POST + b"Content-Length : 5\r\n\r\nhello",
    "a chunk that is no number": POST + CHUNKED + b"\r\nzz\r\nhello\r\n0\r\n\r\n",
    "a chunk without its end": POST + CHUNKED + b"\r\n5\r\nhelloXX0\r\n\r\n",
    "a huge chunk": POST + CHUNKED + b"\r\nffffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a line that is folded": POST + b"X-A: b\r\n Content-Length: 5\r\n\r\n",
    "a lone line feed in a value": POST + b"X-A: b\rContent-Length: 5\r\n\r\n",
    "a null in a header": POST + b"X-A: b\0c\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\n\r\n",
    "two hosts": b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nHost: evil.example\r\n\r\n",
    "the address of somebody else": b"GET http://evil.example/healthz HTTP/1.1\r\nHost: HOST\r\n\r\n",
    "an older version": b"GET /healthz HTTP/0.9\r\nHost: HOST\r\n\r\n",
    "ten megabytes of headers": b"GET /healthz HTTP/1.1\r\nHost: HOST\r\n" + b"X-A: " + b"b" * 10_000_000,
}


@pytest.fixture
async def team(make_settings: Callable[..., IngestSettings], tmp_path: Path) -> AsyncIterator[Team]:
    with behind_nginx(make_settings(), tmp_path) as running:
        yield running


class Wire:
    """A connection to nginx."""

    def __init__(self, team: Team, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._host = f"127.0.0.1:{team.proxy.port}".encode()
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, team: Team) -> "Wire":
        trusting = ssl.create_default_context(cafile=str(team.proxy.trusted))
        reader, writer = await asyncio.open_connection("127.0.0.1", team.proxy.port, ssl=trusting)
        return cls(team, reader, writer)

    async def send(self, request: bytes) -> None:
        with suppress(ConnectionError, ssl.SSLError):  # refused before all was read
            self._writer.write(request.replace(b"HOST", self._host))
            await self._writer.drain()

    async def statuses(self) -> list[int]:
        """Of all answers, until nginx closes the connection."""
        said = b""
        with suppress(ConnectionError, ssl.SSLError):
            async with asyncio.timeout(PATIENCE):
                while part := await self._reader.read(1 << 16):
                    said += part
        self.close()
        return [int(line.split()[1]) for line in said.split(b"\r\n") if line.startswith(b"HTTP/1.")]

    def close(self) -> None:
        self._writer.transport.abort()


async def test_no_request_hides_another_and_the_service_answers_on(team: Team, database: Database) -> None:
    key = (await make_key(database)).key
    bearing = b"Authorization: Bearer " + key.encode() + b"\r\n"
    answers = {}
    for name, shape in SHAPES.items():
        wire = await Wire.open(team)
        await wire.send(shape.replace(POST, POST + bearing))
        await wire.send(b"GET /healthz HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
        answers[name] = await wire.statuses()
    for name, statuses in answers.items():
        assert statuses, name
        assert 404 not in statuses, f"{name}: what it hides was answered"
        assert statuses[0] in {400, 403, 406, 411, 413, 421, 431, 501, 505}, (name, statuses)
    half = [await Wire.open(team) for _ in range(100)]
    for one in half:
        await one.send(b"POST /mcp HTTP/1.1\r\nHost: HOST\r\nContent-Length: 100\r\n")
    asking = await Wire.open(team)
    await asking.send(b"GET /readyz HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n")
    assert await asking.statuses() == [200]
    for one in half:
        one.close()
    assert [replica.said for replica in team.replicas if "Traceback" in replica.said] == []
