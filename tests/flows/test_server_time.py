"""Calls that take long: what the client is told meanwhile, and what it gets when there is no time left."""

import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from pathlib import Path

import anyio
import pytest
from anyio import to_thread
from mcp import Client

from mcp_server import gate
from mcp_server.answer import search
from mcp_server.backing import Backing
from shared.embedding.embedder import Embedder
from shared.model.library import Library
from shared.settings import IngestSettings
from shared.stores.open import open_stores
from tests.cross_encoder import NAME, write_cross_encoder
from tests.flows.asking import ask, data, in_memory, replace_settings, said
from tests.flows.published import chunk, publish_chunks
from tests.flows.server_process import server
from tests.flows.waiting import waiting_session

pytestmark = pytest.mark.anyio

LAMPS = Library("/test/lamps", "Lamps")
PAGES = [
    chunk("Oil", "An oil lamp burns paraffin.", url="https://docs.example/oil"),
    chunk("Gas", "A gas lamp burns brighter.", url="https://docs.example/gas", code="gas.turn_on()"),
]
RESOLVE = {"query": "x", "libraryName": "lamps"}


@pytest.fixture
def silent_database() -> Iterator[str]:
    """The URL of a database that accepts connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/none"


@pytest.fixture
async def settings(make_settings: Callable[..., IngestSettings], embedder: Embedder) -> IngestSettings:
    made = make_settings(embedding_model_path=embedder.model.directory)
    async with open_stores(made, "tests") as stores:
        await publish_chunks(stores, embedder, LAMPS, "1", PAGES)
    return made


@pytest.fixture(params=["legacy", "auto"])
async def stuck(
    request: pytest.FixtureRequest, tmp_path: Path, silent_database: str
) -> AsyncIterator[Client]:
    """A client of a server that waits for its database, for as long as a tool may."""
    settings = IngestSettings.model_validate(
        {"home": tmp_path, "database_url": silent_database, "tool_timeout": 0.5, "require_api_key": "off"}
    )
    async with in_memory(settings, request.param) as client:
        yield client


async def test_a_call_ends_in_time_with_one_line_that_says_what_it_waited_for(stuck: Client) -> None:
    for _ in range(2):
        result = await stuck.call_tool("resolve-library-id", RESOLVE)

        assert result.is_error
        assert said(result) == (
            "no answer within 0.5 s, still opening the stores: "
            "ask again in a moment; `ingest doctor` shows what fails"
        )


async def test_a_client_that_asks_for_it_is_told_what_a_long_call_waits_for(
    stuck: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "PROGRESS_SECONDS", 0.05)
    told: list[tuple[float, str | None]] = []

    async def listen(progress: float, total: float | None, message: str | None) -> None:
        told.append((progress, message))

    await stuck.call_tool("resolve-library-id", RESOLVE, progress_callback=listen)

    assert told
    assert [progress for progress, _ in told] == sorted({progress for progress, _ in told})
    assert {message for _, message in told} == {"opening the stores"}


async def test_an_answer_comes_with_progress_asked_for_as_without(settings: IngestSettings) -> None:
    async def listen(progress: float, total: float | None, message: str | None) -> None: ...

    async with in_memory(settings) as client:
        call = {"libraryId": "/test/lamps", "query": "what burns brighter"}
        answer = await client.call_tool("query-docs", call, progress_callback=listen)
        missed = await client.call_tool("query-docs", call | {"libraryId": "lamps"}, progress_callback=listen)

    assert data(answer)["snippets"]
    assert "is not a library id" in said(missed)


async def test_words_are_searched_when_the_model_is_not_ready_in_time(
    settings: IngestSettings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with in_memory(settings) as client:
        monkeypatch.setattr(search, "MODEL_SHARE", 0.0)
        partial = data(await ask(client, "/test/lamps", "which lamp burns paraffin"))
        nothing = await ask(client, "/test/lamps", "?!")
        monkeypatch.undo()
        whole = data(await ask(client, "/test/lamps", "which lamp burns paraffin"))

    assert partial["partial"]
    assert partial["next_cursor"] is None
    assert "paraffin" in partial["snippets"][0]["content"]
    assert "searching words only" in caplog.text
    assert nothing.is_error
    assert said(nothing) == "the embedding model is not ready yet: ask again in a moment"
    assert not whole["partial"]
    assert len(whole["snippets"]) == len(PAGES)


async def test_a_model_that_never_gets_ready_leaves_time_for_an_answer_from_the_words(
    settings: IngestSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backing, "embedder", lambda _resources, _model: anyio.sleep_forever())
    async with in_memory(replace_settings(settings, tool_timeout=2)) as client:
        partial = data(await ask(client, "/test/lamps", "which lamp burns paraffin"))

    assert partial["partial"]
    assert "paraffin" in partial["snippets"][0]["content"]


async def test_a_cross_encoder_that_loads_slowly_is_left_out_meanwhile_and_loaded_once(
    settings: IngestSettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_cross_encoder(tmp_path / "model", "brighter")
    slow = tmp_path / "model" / "config.json"
    content = slow.read_bytes()
    slow.unlink()
    os.mkfifo(slow)  # who reads it waits until somebody writes, once for each that reads
    question = "which lamp burns"
    made = replace_settings(settings, reranker=NAME, reranker_path=slow.parent, tool_timeout=2)
    async with in_memory(made) as client:
        async with anyio.create_task_group() as calls:
            for number in range(2):
                calls.start_soon(ask, client, "/test/lamps", f"{question}, {number}")
        meanwhile = data(await ask(client, "/test/lamps", question))
        await to_thread.run_sync(slow.write_bytes, content)
        first = ""
        with anyio.fail_after(20):
            while "brighter" not in first:
                first = data(await ask(client, "/test/lamps", question))["snippets"][0]["content"]

    assert "paraffin" in meanwhile["snippets"][0]["content"]
    assert meanwhile["next_cursor"] is None
    assert "the cross-encoder is not ready in time" in caplog.text


async def test_a_cursor_waits_for_the_model_because_words_alone_have_another_order(
    settings: IngestSettings, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = [chunk(f"Lamp {number}", "A lamp burns. " * 60 + str(number)) for number in range(6)]
    async with open_stores(settings, "tests") as stores:
        await publish_chunks(stores, embedder, LAMPS, "1", long)
    asked = {"libraryId": "/test/lamps", "query": "lamp burns", "tokens": 500}
    async with in_memory(settings) as client:
        first = data(await client.call_tool("query-docs", asked))
        monkeypatch.setattr(search, "MODEL_SHARE", 0.0)
        second = data(await client.call_tool("query-docs", asked | {"cursor": first["next_cursor"]}))

    assert not second["partial"]
    assert second["snippets"]


async def test_a_call_that_is_cancelled_leaves_the_next_one_its_answer(settings: IngestSettings) -> None:
    async with in_memory(settings) as client, open_stores(settings, "tests") as stores:
        await ask(client, "/test/lamps", "paraffin")
        async with (await stores.database()).transaction() as holding:
            await holding.execute("LOCK TABLE documentation_chunks IN ACCESS EXCLUSIVE MODE")
            async with anyio.create_task_group() as calls:
                calls.start_soon(ask, client, "/test/lamps", "what is brighter")
                await waiting_session(await stores.database())
                calls.cancel_scope.cancel()
        answer = await ask(client, "/test/lamps", "what is brighter")

    assert data(answer)["snippets"]


async def test_who_gives_up_waiting_does_not_stop_the_stores_from_opening(settings: IngestSettings) -> None:
    backing = Backing(settings)
    with anyio.move_on_after(0):
        await backing.catalogue()
    assert backing.stage == "opening the stores"

    with anyio.fail_after(20):
        while backing.stage == "opening the stores":  # noqa: ASYNC110 - as an operator sees it, from outside
            await anyio.sleep(0.01)
    await backing.close()


def test_a_cancelled_request_is_not_answered_and_the_process_goes_on(
    tmp_path: Path, silent_database: str
) -> None:
    with server(tmp_path, database_url=silent_database) as running:
        running.open()
        call = running.ask("tools/call", name="resolve-library-id", arguments=RESOLVE)
        running.answer(running.ask("ping"))
        running.write(
            b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": %d}}' % call
        )

        assert running.answer(running.ask("ping"))["result"] == {}
        running.stdin.close()
        code, _ = running.ended(2)
        assert code == 0
        assert f'"id":{call},"result"'.encode() not in running.stdout.read()


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "inf", "nan"])
def test_a_timeout_that_cannot_be_is_one_line(tmp_path: Path, seconds: str) -> None:
    with server(tmp_path, tool_timeout=seconds) as running:
        code, told = running.ended()

    assert code == 2
    assert told.count(b"\n") == 1
    assert b"LECTERN_TOOL_TIMEOUT" in told
