"""Clients that nobody here wrote, over HTTP: what each is answered with a good key, a bad and a revoked one."""

import json
import subprocess
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import pytest
from anyio import to_thread
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client

from shared.accounts.store import Accounts
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests import node
from tests.flows.asking import ask, said
from tests.flows.keys import make_key
from tests.flows.published import chunk, publish_chunks
from tests.http_service import Running, serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LAMPS = Library("/test/lamps", "Lamps", description="Oil lamps.")
PAGE = [chunk("Filling", "Fill the lamp with oil before the wick is lit.")]
QUESTION = "How is the lamp filled?"
ANSWER = "Fill the lamp with oil"
WRONG = "this API key is missing, unknown, revoked or expired"
PROGRAMS = ("node@22", "@modelcontextprotocol/sdk@1.32.2", "@modelcontextprotocol/inspector@2.12.0")
SDK = """
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
const [url, key] = process.argv.slice(2);
const headers = { Authorization: `Bearer ${key}` };
const client = new Client({ name: "test", version: "1" });
await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } }));
const { tools } = await client.listTools();
const call = { name: "query-docs", arguments: { libraryId: "/test/lamps", query: "How is the lamp filled?" } };
const { content } = await client.callTool(call);
console.log(JSON.stringify([tools.map((tool) => tool.name), content[0].text]));
await client.close();
"""


@dataclass(frozen=True)
class Keys:
    good: str
    bad: str
    revoked: str


@pytest.fixture
async def service(
    make_settings: Callable[..., IngestSettings], embedder: Embedder
) -> AsyncIterator[tuple[Running, Keys]]:
    settings = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, LAMPS, "1.0", PAGE)
        database = await stores.database()
        good, revoked = await make_key(database), await make_key(database)
        await Accounts(database).revoke_key(revoked.id)
        async with serving(settings) as running:
            yield running, Keys(good.key, "lect_wrong", revoked.key)


async def ran(*words: object) -> subprocess.CompletedProcess[str]:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, words)), env=node.environment(), capture_output=True, text=True, timeout=120
        )

    return await to_thread.run_sync(run)


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_python_sdk(service: tuple[Running, Keys], mode: str) -> None:
    running, keys = service

    async def answered(key: str) -> str:
        async with (
            running.client(key) as bearer,
            Client(streamable_http_client(f"{running.url}/mcp", http_client=bearer), mode=mode) as client,
        ):
            return said(await ask(client, LAMPS.id, QUESTION))

    assert ANSWER in await answered(keys.good)
    for key in (keys.bad, keys.revoked):
        with pytest.RaisesGroup(
            pytest.RaisesExc(MCPError, match="Server returned an error response"), flatten_subgroups=True
        ):
            await answered(key)


async def test_the_typescript_sdk(service: tuple[Running, Keys]) -> None:
    running, keys = service
    modules = node.installed(*PROGRAMS)
    program = modules.parent / "ask.mjs"
    program.write_text(SDK)

    async def asked(key: str) -> subprocess.CompletedProcess[str]:
        return await ran(modules / ".bin/node", program, f"{running.url}/mcp", key)

    good = await asked(keys.good)
    tools, text = json.loads(good.stdout or good.stderr)
    assert tools == ["resolve-library-id", "query-docs"]
    assert ANSWER in text
    for key in (keys.bad, keys.revoked):
        refused = await asked(key)
        assert refused.returncode == 1
        assert "401" in refused.stderr
        assert WRONG in refused.stderr


async def test_the_inspector(service: tuple[Running, Keys]) -> None:
    running, keys = service
    modules = node.installed(*PROGRAMS)
    program = modules / "@modelcontextprotocol/inspector/clients/launcher/build/index.js"

    async def asked(key: str, *words: str) -> subprocess.CompletedProcess[str]:
        target = [f"{running.url}/mcp", "--transport", "http", "--header", f"Authorization: Bearer {key}"]
        return await ran(modules / ".bin/node", program, "--cli", *target, *words)

    listed = await asked(keys.good, "--method", "tools/list", "--strict")
    assert listed.returncode == 0, listed.stderr
    assert [tool["name"] for tool in json.loads(listed.stdout)["tools"]] == [
        "resolve-library-id",
        "query-docs",
    ]
    call = ("--method", "tools/call", "--tool-name", "query-docs", "--tool-arg", f"libraryId={LAMPS.id}")
    good = await asked(keys.good, *call, f"query={QUESTION}")
    assert ANSWER in json.loads(good.stdout)["content"][0]["text"], good.stderr
    for key in (keys.bad, keys.revoked):
        refused = await asked(key, *call, f"query={QUESTION}")
        assert refused.returncode != 0
        assert (
            json.loads(refused.stderr)["error"]["code"] == "auth_required"
        )  # it would sign in, in a terminal
