"""Readers while a library is republished, and writers that are killed: what is served is one whole generation."""

import asyncio
import os
import random
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from shared.embedding.model import EmbeddingModel
from shared.settings import IngestSettings
from tests.flows.server_process import ROOT
from tests.site import Site, html

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

PAGES = 12
SERVERS = 4
EDITION = re.compile(r"edition (\d+)")


def _publish_on(site: Site, edition: int) -> None:
    text = f"A lantern of edition {edition} burns oil. " * 3
    links = [f"/{number}.html" for number in range(PAGES)]
    site.pages["/"] = html(*links, title="Lanterns")
    for number in range(PAGES):
        site.pages[f"/{number}.html"] = html(title=f"Lantern {number}", text=f"{text} Model {number}.")


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as site:
        _publish_on(site, 1)
        yield site


@pytest.fixture
def env(make_settings: Callable[..., IngestSettings], embedding_model: EmbeddingModel) -> dict[str, str]:
    """The environment of processes that use this test's stores and the real model."""
    chosen = make_settings()
    assert chosen.database_url
    assert chosen.redis_url
    ours = {
        "LECTERN_HOME": str(chosen.home),
        "LECTERN_DATABASE_URL": chosen.database_url.get_secret_value(),
        "LECTERN_REQUIRE_API_KEY": "off",
        "LECTERN_REDIS_URL": chosen.redis_url.get_secret_value(),
        "LECTERN_EMBEDDING_MODEL_PATH": str(embedding_model.directory),
        "PYTHONPATH": str(ROOT),
    }
    return {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ} | ours


async def _start_crawl(site: Site, env: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "ingest",
        "crawl", "/test/lanterns", f"{site.url}/", "--allow-private",
        env=env, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip


async def _crawl(site: Site, env: dict[str, str]) -> None:
    process = await _start_crawl(site, env)
    _, complaint = await process.communicate()
    assert process.returncode == 0, complaint.decode()


async def _edition(client: Client, question: str) -> int:
    """Ask, and return the one edition that the whole answer comes from."""
    result = await client.call_tool("query-docs", {"libraryId": "/test/lanterns", "query": question})
    assert not result.is_error, result.content
    assert result.structured_content
    snippets = result.structured_content["snippets"]
    editions = {int(number) for snippet in snippets for number in EDITION.findall(snippet["content"])}
    assert len(editions) == 1, (editions, result.structured_content)
    return editions.pop()


async def test_servers_that_answer_during_three_republishes_never_fail_and_never_mix(
    site: Site, env: dict[str, str]
) -> None:
    await _crawl(site, env)
    over = asyncio.Event()
    seen: list[list[int]] = [[] for _ in range(SERVERS)]

    async def ask(number: int) -> None:
        server = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server"], env=env)
        async with Client(stdio_client(server)) as client:
            while not over.is_set():
                question = (
                    f"which oil does lantern {random.randrange(10_000)} burn"  # never answered from the cache
                )
                seen[number].append(await _edition(client, question))
            seen[number].append(await _edition(client, "the last question"))

    async with asyncio.TaskGroup() as group:
        for number in range(SERVERS):
            group.create_task(ask(number))
        for edition in (2, 3, 4):
            _publish_on(site, edition)
            await _crawl(site, env)
        over.set()
    for editions in seen:
        assert editions == sorted(editions)
        assert editions[-1] == 4


async def test_a_crawl_killed_at_ten_random_moments_leaves_answers_and_then_completes(
    site: Site, env: dict[str, str]
) -> None:
    await _crawl(site, env)
    server = StdioServerParameters(command=sys.executable, args=["-m", "mcp_server"], env=env)
    async with Client(stdio_client(server)) as client:
        served, coming = 1, 2  # a site that changes while a crawl is interrupted would be another test
        for attempt in range(10):
            _publish_on(site, coming)
            process = await _start_crawl(site, env)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), random.uniform(0.5, 6))
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.communicate()
            answered = await _edition(client, f"what burns oil, {attempt}")
            assert answered in {served, coming}
            served, coming = answered, answered + 1
        _publish_on(site, coming)
        await _crawl(site, env)
        assert await _edition(client, "what burns oil at last") == coming
