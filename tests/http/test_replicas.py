"""Two replicas behind nginx: every call is answered whichever is away, and few are asked twice."""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx2
import pytest

from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.http.behind_nginx import Team, behind_nginx
from tests.replica import PATIENCE

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

CALLS = 100
CLIENTS = 8
LIST = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
ASKED = re.compile(r"\S+:\d+(?:, \S+:\d+)*$", re.MULTILINE)
"""At the end of a line of nginx's log: the replicas that a call went to."""


class Asker:
    """Whoever bears a key, at nginx: calls that are sent by POST."""

    def __init__(self, client: httpx2.AsyncClient, log: Path) -> None:
        self._client, self._log = client, log

    async def ask(self) -> str:
        """Why a call is not answered, empty where it is; a replica may die when it has said all."""
        said = ""
        async with self._client.stream("POST", "/mcp", json=LIST) as answer:
            with suppress(httpx2.RemoteProtocolError):
                async for part in answer.aiter_text():
                    said += part
        is_answer = answer.status_code == 200 and '"result"' in said and said.rstrip().endswith("}")
        return "" if is_answer else f"{answer.status_code}: {said[-100:]!r}"

    async def ask_until(self, ended: asyncio.Event) -> set[str]:
        """Why calls are not answered until then."""
        found = set()
        while not ended.is_set():
            found.add(await self.ask())
        return found - {""}

    def asked(self) -> list[list[int]]:
        """Of each call the ports of the replicas that it went to."""
        lines = ASKED.findall(self._log.read_text())
        return [[int(one.rpartition(":")[2]) for one in line.split(", ")] for line in lines]


@pytest.fixture
async def team(make_settings: Callable[..., IngestSettings], tmp_path: Path) -> AsyncIterator[Team]:
    with behind_nginx(make_settings(), tmp_path) as running:
        yield running


@asynccontextmanager
async def asker(team: Team, key: str, log: Path) -> AsyncIterator[Asker]:
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2025-11-25",
    }
    verify = ssl.create_default_context(cafile=str(team.proxy.trusted))
    async with httpx2.AsyncClient(
        base_url=team.proxy.url, headers=headers, verify=verify, timeout=PATIENCE, trust_env=False
    ) as client:
        yield Asker(client, log)


async def test_a_dead_replica_is_seldom_asked_and_asked_again_once_it_is_back(
    team: Team, database: Database, tmp_path: Path
) -> None:
    first, second = team.replicas
    key = (await make_key(database)).key
    async with asker(team, key, tmp_path / "access.log") as one:
        first.kill()
        assert {await one.ask() for _ in range(CALLS + 1)} == {""}
        asked = one.asked()[:CALLS]  # the last one may not be written yet
        assert len(asked) == CALLS
        assert {ports[-1] for ports in asked} == {second.port}
        assert 1 <= sum(len(ports) > 1 for ports in asked) <= CALLS / 10
        first.start()
        await asyncio.to_thread(first.wait)
        deadline = time.monotonic() + PATIENCE
        while [first.port] not in one.asked()[CALLS:] and time.monotonic() < deadline:
            assert await one.ask() == ""
        assert [first.port] in one.asked()[CALLS:]


async def test_every_call_is_answered_while_both_restart_one_after_the_other(
    team: Team, database: Database, tmp_path: Path
) -> None:
    key = (await make_key(database)).key
    async with asker(team, key, tmp_path / "access.log") as one:
        ended = asyncio.Event()
        asking = [asyncio.create_task(one.ask_until(ended)) for _ in range(CLIENTS)]
        for replica in team.replicas:
            assert await asyncio.to_thread(replica.end) == 0
            replica.start()
            await asyncio.to_thread(replica.wait)
        ended.set()
        assert set().union(*await asyncio.gather(*asking)) == set()
    assert {port for ports in one.asked() for port in ports} == {replica.port for replica in team.replicas}
