"""Programs of Context7's makers, as they are published, work against this service."""

import json
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from anyio import to_thread
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from shared.accounts.store import Accounts
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from shared.stores.postgres import Database
from tests import node
from tests.flows.keys import Key, make_key
from tests.flows.published import chunk, publish_chunks
from tests.http_service import serving

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

LAMPS = Library("/test/lamps", "Lamps", description="Oil lamps.")
PAGE = [
    chunk("Filling", "Fill the lamp with oil before the wick is lit."),
    chunk("Lighting", "Light the wick with `strike`:", code="lamp.strike(match)"),
]
QUESTION = "How is the wick lit?"
READER = """
import {{ Context7 }} from "@upstash/context7-sdk";
const client = new Context7({{ apiKey: "{key}" }});
(client as any).httpClient.baseUrl = "{url}/api";
const libraries = await client.searchLibrary("{question}", "lamps");
const passages = await client.getContext("{question}", "/test/lamps", {{ type: "json" }});
const text: string = await client.getContext("{question}", "/test/lamps", {{ type: "txt" }});
const seen: string[] = [libraries[0].id, libraries[0].versions![0], ...passages.map((one) => one.content), text];
console.log(JSON.stringify(seen));
"""


@pytest.fixture
async def service(
    make_settings: Callable[..., IngestSettings], embedder: Embedder
) -> AsyncIterator[tuple[str, Key, Database]]:
    made = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(made, "tests") as stores:
        await publish_chunks(stores, embedder, LAMPS, "1.0", PAGE)
        database = await stores.database()
        async with serving(made) as running:
            yield running.url, await make_key(database), database


async def ran(*words: str | Path, cwd: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            list(map(str, words)),
            cwd=cwd,
            env=node.environment(**more),
            capture_output=True,
            text=True,
            timeout=120,
        )

    return await to_thread.run_sync(run)


async def test_the_official_mcp_server_answers_from_here_and_says_what_is_wrong_with_a_key(
    service: tuple[str, Key, Database],
) -> None:
    url, key, database = service
    program = node.installed("@upstash/context7-mcp@4.1.1") / "@upstash/context7-mcp/dist/index.js"
    revoked = await make_key(database)
    await Accounts(database).revoke_key(revoked.id)

    def server(key: Key) -> StdioServerParameters:
        return StdioServerParameters(
            command="node",
            args=[str(program), "--api-key", key.key],
            env=node.environment(CONTEXT7_API_URL=f"{url}/api"),
        )

    async def said(client: Client, tool: str, **given: str) -> str:
        result = await client.call_tool(tool, {"query": QUESTION, **given})
        return "".join(one.text for one in result.content if one.type == "text")

    async with Client(stdio_client(server(key))) as client:
        found = await said(client, "resolve-library-id", libraryName="lamps")
        passages = await said(client, "query-docs", libraryId="/test/lamps")
        unknown = await said(client, "query-docs", libraryId="/test/lamp")
    assert "- Context7-compatible library ID: /test/lamps" in found
    assert "lamp.strike(match)" in passages
    assert "Did you mean /test/lamps?" in unknown
    async with Client(stdio_client(server(revoked))) as client:
        assert "revoked" in await said(client, "query-docs", libraryId="/test/lamps")


async def test_the_official_command_line_finds_libraries_and_reads_passages(
    service: tuple[str, Key, Database],
) -> None:
    url, key, _ = service
    program = node.installed("ctx7@0.5.12") / "ctx7/dist/index.js"
    ctx7 = ["node", str(program), "--base-url", url]
    found = await ran(*ctx7, "library", "lamps", QUESTION, "--json", CONTEXT7_API_KEY=key.key)
    passages = await ran(*ctx7, "docs", LAMPS.id, QUESTION, "--json", CONTEXT7_API_KEY=key.key)
    refused = await ran(*ctx7, "docs", LAMPS.id, QUESTION, CONTEXT7_API_KEY="lect_wrong")
    assert json.loads(found.stdout)[0]["id"] == LAMPS.id, found
    assert "lamp.strike(match)" in json.dumps(json.loads(passages.stdout)["codeSnippets"])
    assert refused.returncode == 1
    assert "key" in refused.stdout + refused.stderr


async def test_what_is_answered_is_what_the_types_of_the_official_library_say(
    service: tuple[str, Key, Database], tmp_path: Path
) -> None:
    url, key, _ = service
    modules = node.installed("@upstash/context7-sdk@0.3.1", "typescript@5.9.3")
    reader = tmp_path / "reader.ts"
    reader.write_text(READER.format(url=url, key=key.key, question=QUESTION))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "node_modules").symlink_to(modules)
    options = [
        "--strict",
        "--target",
        "es2022",
        "--module",
        "nodenext",
        "--lib",
        "es2023,dom",
        "--skipLibCheck",
    ]
    built = await ran("node", modules / "typescript/lib/tsc.js", *options, reader, cwd=tmp_path)
    assert built.returncode == 0, built.stdout
    seen = await ran("node", "reader.js", cwd=tmp_path)
    assert seen.returncode == 0, seen.stderr
    [library_id, version, *passages, text] = json.loads(seen.stdout)
    assert (library_id, version) == (LAMPS.id, "1.0")
    assert any("lamp.strike(match)" in one for one in passages)
    assert text.startswith("Library: /test/lamps 1.0")
