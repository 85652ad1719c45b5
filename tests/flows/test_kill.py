"""kill -9 at twenty moments of crawls and refreshes: what is served stays whole, and the next run makes up for it."""

import asyncio
import random
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from ingest.extract import extract
from ingest.jobs.page_task import chunk_document
from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from shared.stores.postgres import Database
from tests.site import Site, html

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.processes]

NAME = "/test/lanterns"
PAGES = 24
KILLS = 20
SEED = 20
EDITION = re.compile(r"edition (\d+)")
Env = dict[str, str]


def _page(number: int, edition: int) -> str:
    sections = "".join(
        f"<h2 id='part-{part}'>Part {part}</h2><p>A lantern of edition {edition} burns oil. "
        f"Model {number}, part {part}, is lit with {number * part} matches.</p>"
        f"<pre><code class='language-python'>lantern({number}).part({part}).light()</code></pre>"
        for part in range(1, 4)
    )
    return html(title=f"Lantern {number}").replace("</main>", f"{sections}</main>")


def _publish_on(site: Site, edition: int) -> None:
    links = [f"/{number}.html" for number in range(PAGES)]
    pages = {f"/{number}.html": _page(number, edition) for number in range(PAGES)}
    site.pages = {"/": html(*links, title=f"Lanterns of edition {edition}"), **pages}


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        _publish_on(site, 1)
        yield site


@pytest.fixture
def settings(make_settings: Callable[..., IngestSettings]) -> IngestSettings:
    return make_settings()


@asynccontextmanager
async def _started(env: Env, *command: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingest", *command,
        env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    yield process
    _, complaint = await process.communicate()
    assert process.returncode in (0, -signal.SIGKILL), complaint.decode()


async def _complete(env: Env, *command: str) -> float:
    """Seconds that it took."""
    began = time.monotonic()
    async with _started(env, *command):
        pass
    return time.monotonic() - began


async def _killed(env: Env, command: tuple[str, ...], after: float) -> None:
    async with _started(env, *command) as process:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), after)
        with suppress(ProcessLookupError):
            process.kill()


async def _answered(client: Client, question: str) -> int:
    """The one edition that the whole answer comes from."""
    result = await client.call_tool("query-docs", {"libraryId": NAME, "query": question})
    assert not result.is_error, result.content
    assert result.structured_content
    snippets = result.structured_content["snippets"]
    editions = {int(number) for snippet in snippets for number in EDITION.findall(snippet["content"])}
    assert len(editions) == 1, (editions, result.structured_content)
    return editions.pop()


async def _served(database: Database) -> set[tuple[str, str]]:
    rows = await database.rows(
        """SELECT source_url, content FROM documentation_chunks c
           JOIN library_versions v ON v.generation_id = c.generation_id"""
    )
    assert len(rows) == len({(row["source_url"], row["content"]) for row in rows})
    return {(row["source_url"], row["content"]) for row in rows}


def _said(site: Site, model: EmbeddingModel) -> set[tuple[str, str]]:
    """The chunks that the site makes without any crawl."""
    return {
        (chunk.source_url, chunk.content)
        for path, body in site.pages.items()
        for document in [extract(str(body).encode(), f"{site.url}{path}", charset="utf-8").document]
        for chunk in chunk_document(document, model)
    }


async def _left_behind(database: Database, home: Path) -> set[str]:
    """Indexes and archives that no generation knows, and generations and crawls that were not ended."""
    rows = await database.rows("SELECT index_name, snapshot_url, published_at FROM generations")
    known = {row["index_name"] for row in rows} | {"lock"}
    indexes = {path.name for path in (home / "vectors").iterdir()} - known
    archives = {path.as_uri() for path in (home / "snapshots").rglob("*") if path.is_file()}
    unpublished = {str(row) for row in rows if row["published_at"] is None}
    running = {str(row) for row in await database.rows("SELECT id FROM crawls WHERE state = 'running'")}
    return indexes | (archives ^ {row["snapshot_url"] for row in rows}) | unpublished | running


async def test_whenever_a_crawl_or_a_refresh_is_killed_the_next_one_completes_as_if_nothing_had_been(
    site: Site, env: Env, settings: IngestSettings, database: Database, embedding_model: EmbeddingModel
) -> None:
    dice = random.Random(SEED)
    crawl = ("crawl", NAME, f"{site.url}/", "--allow-private")
    refresh = ("refresh", NAME)
    await _complete(env, *crawl)
    assert await _served(database) == _said(site, embedding_model)
    _publish_on(site, 2)
    whole = await _complete(env, *refresh)
    server = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server"], env=env)
    async with Client(stdio_client(server)) as client:
        assert await _answered(client, "what burns oil") == 2
        moments = [whole * (turn + dice.random()) / KILLS for turn in range(KILLS)]
        for turn, moment in enumerate(dice.sample(moments, KILLS)):
            old, new = turn + 2, turn + 3
            command = (crawl, refresh)[turn % 2]
            _publish_on(site, new)
            await _killed(env, command, moment)
            assert await _answered(client, f"what burns oil, {turn}") in {old, new}, moment
            await _complete(env, *command)
            assert await _answered(client, f"what burns oil after all, {turn}") == new, moment
            assert await _served(database) == _said(site, embedding_model), moment
        _publish_on(site, KILLS + 3)
        await _complete(env, *crawl)
        assert await _left_behind(database, settings.home) == set()
