"""Clients that nobody here wrote reach a service through the bridge, and read why where it does not answer."""

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from anyio import to_thread

from shared.accounts.keys import mint
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests import node
from tests.flows.keys import make_key
from tests.flows.server_process import COMMAND, environment
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

SECONDS = 120
SDK = "@modelcontextprotocol/sdk@1"
SCRIPT = """
import {{ Client }} from "@modelcontextprotocol/sdk/client/index.js";
import {{ StdioClientTransport }} from "@modelcontextprotocol/sdk/client/stdio.js";
const client = new Client({{ name: "test", version: "1" }});
await client.connect(new StdioClientTransport({started}));
const {{ tools }} = await client.listTools();
const said = await client.callTool({{ name: "query-docs", arguments: {{ libraryId: "/no/such", query: "x" }} }});
await client.close();
console.log(JSON.stringify([tools.map((one) => one.name), said.content[0].text]));
"""


async def test_the_typescript_sdk_lists_and_calls_through_the_bridge_with_a_good_and_a_bad_key(
    make_settings: Callable[..., IngestSettings], database: Database
) -> None:
    modules = await to_thread.run_sync(node.installed, SDK)
    key, other = await make_key(database), mint(bytes).key
    made = make_settings()

    def told(url: str, of: str) -> list[object]:
        env = environment(made.home / "theirs", server=url, api_key=of)
        started = json.dumps({"command": sys.executable, "args": COMMAND[1:], "env": env, "stderr": "ignore"})
        ran = subprocess.run(
            ["node", "--input-type=module", "-e", SCRIPT.format(started=started)],
            cwd=modules.parent, env=node.environment(), capture_output=True, text=True, timeout=SECONDS, check=True,
        )  # fmt: skip
        return list(json.loads(ran.stdout))

    async with serving(made) as service:
        tools, said = await to_thread.run_sync(told, service.url, key.key)
        bad_tools, refused = await to_thread.run_sync(told, service.url, other)

    assert tools == bad_tools == ["resolve-library-id", "query-docs"]
    assert "no library /no/such" in str(said)
    assert f"{service.url} does not take this key" in str(refused)
