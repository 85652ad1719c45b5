"""Two replicas behind nginx on an installation of the benchmark, and who asks them as an editor does."""

import json
import os
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.sites import ROOT
from tests.nginx import Proxy, nginx, proxy
from tests.replica import Replica

PATIENCE = 60.0
_RETRIED = re.compile(r" [^ ]+:\d+, [^ ]+:\d+")
"""A line of the log of nginx whose call went to one replica and then to another."""


@dataclass(frozen=True)
class Team:
    proxy: Proxy
    replicas: tuple[Replica, Replica]
    place: Path

    @property
    def retried(self) -> int:
        """Calls that nginx sent to a second replica so far."""
        return len(_RETRIED.findall((self.place / "access.log").read_text()))


@contextmanager
def team(home: Path, place: Path) -> Iterator[Team]:
    """It ends with the block, however that ends."""
    at = proxy(place)
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    ours = {"LECTERN_HOME": str(home), "LECTERN_TRUSTED_PROXIES": "127.0.0.1", "PYTHONPATH": str(ROOT)}
    first, second = (Replica(kept | ours, at.url, place / f"replica-{number}.log") for number in (1, 2))
    with ExitStack() as stack:
        for one in (first, second):
            stack.enter_context(one)
        stack.enter_context(nginx(place, at, (first.port, second.port)))
        yield Team(at, (first, second), place)


class Asker:
    """Many may ask at once."""

    def __init__(self, client: httpx2.AsyncClient) -> None:
        self._client = client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The result of a tool. Raises what says that there was no answer."""
        params = {"name": tool, "arguments": arguments}
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
        found: dict[str, Any] | None = None
        async with self._client.stream("POST", "/mcp", json=message) as answer:
            try:
                async for line in answer.aiter_lines():
                    if line.startswith(("data: {", "{")):
                        found = json.loads(line.removeprefix("data: "))
            except httpx2.RemoteProtocolError:  # the replica died when all was said
                if found is None:
                    raise
        if found is None or "result" not in found:
            raise Unanswered(f"{answer.status_code}: {found}")
        result: dict[str, Any] = found["result"]
        return result


class Unanswered(Exception):
    """A call that came back with no result."""


@asynccontextmanager
async def asker(url: str, key: str, trusted: Path | None = None) -> AsyncIterator[Asker]:
    """Whoever bears this key, at nginx or at a replica itself."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    verify = ssl.create_default_context(cafile=str(trusted)) if trusted else False
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=64)
    async with httpx2.AsyncClient(
        base_url=url, headers=headers, verify=verify, limits=limits, timeout=PATIENCE, trust_env=False
    ) as client:
        yield Asker(client)
