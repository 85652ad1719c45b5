"""`lectern-mcp` as an editor starts it, where a service over HTTP answers in place of stores."""

import signal
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import NamedTuple

import anyio
import pytest
from anyio import to_thread
from mcp import Client, StdioServerParameters

from mcp_server.credentials import Kept, keep
from shared.accounts.keys import mint
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.flows.keys import make_key
from tests.flows.server_process import COMMAND, environment, server
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.processes]

SOON = 10.0
NOBODY = "http://127.0.0.1:1"
KEY = mint(bytes).key


class Reached(NamedTuple):
    url: str
    key: str


def in_folder(home: Path) -> list[str]:
    return [path.name for path in home.iterdir()]


@pytest.fixture
async def service(make_settings: Callable[..., IngestSettings], database: Database) -> AsyncIterator[Reached]:
    key = await make_key(database)
    async with serving(make_settings()) as running:
        yield Reached(running.url, key.key)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_of_the_sdk_finds_the_tools_of_the_service_that_a_login_kept(
    service: Reached, tmp_path: Path, mode: str
) -> None:
    home = tmp_path / "bridged"
    keep(home, Kept(service.key, service.url))
    started = StdioServerParameters(command=sys.executable, args=COMMAND[1:], env=environment(home))
    async with Client(started, mode=mode) as client:
        listed = await client.list_tools()
        said = await client.call_tool("query-docs", {"libraryId": "/no/such", "query": "x"})

    assert [tool.name for tool in listed.tools] == ["resolve-library-id", "query-docs"]
    assert said.structured_content
    assert "no library /no/such" in said.structured_content["message"]
    assert in_folder(home) == ["credentials.toml"]


async def test_a_service_wins_over_stores_and_that_is_said_once(tmp_path: Path) -> None:
    named = {"server": NOBODY, "api_key": KEY, "database_url": "postgresql:///none"}

    def asked() -> tuple[int, bytes]:
        with server(tmp_path, **named) as running:
            running.open()
            running.write(b"[]")
            assert running.answer(None)["error"]["code"] == -32600
            assert running.answer(running.ask("ping"))["result"] == {}
            running.stdin.close()
            return running.ended(SOON)

    code, told = await to_thread.run_sync(asked)
    assert code == 0
    assert told.decode().splitlines() == [
        "lectern-mcp: answers come from a service over HTTP, and the stores of LECTERN_DATABASE_URL are not opened",
        f"lectern-mcp: nothing answers at {NOBODY}: check the address, or try again in a moment",
    ]
    assert in_folder(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, None])
async def test_a_signal_or_a_client_that_reads_no_more_ends_it_at_once(
    tmp_path: Path, number: signal.Signals | None
) -> None:
    silent = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = silent.extra(anyio.abc.SocketAttribute.local_port)

    def ended() -> tuple[int, bytes]:
        with server(tmp_path, server=f"http://127.0.0.1:{port}", api_key=KEY) as running:
            running.ask("tools/call", name="query-docs", arguments={})
            running.write(b"[]")
            running.answer(None)
            running.stdout.close() if number is None else running.signal(number)
            return running.ended(SOON)

    async with silent:
        assert await to_thread.run_sync(ended) == (0, b"")


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="there is no /proc")
def test_it_loads_nothing_of_what_answers_from_stores(tmp_path: Path) -> None:
    with server(tmp_path, server=NOBODY) as running:
        running.call("query-docs", libraryId="/a/b", query="x")
        maps = Path(f"/proc/{running.pid}/maps").read_text()
    assert "pydantic_core" in maps
    assert not [name for name in ("numpy", "psycopg", "onnxruntime", "uvloop") if name in maps]
