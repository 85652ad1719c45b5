"""What a stdio server must survive, and how it must end. Nothing here needs a store that answers."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from shared.stores.embedded.engines import supported_place
from shared.stores.embedded.postgres import POSTGRES
from shared.stores.embedded.valkey import REDIS
from tests.flows.server_process import COMMAND, INITIALIZE, PATIENCE, environment, server

pytestmark = pytest.mark.processes

SOON = 2.0
"""Seconds after which clients kill a server that they left."""
NOTHING: dict[str, object] = {"libraries": [], "not_indexed": []}
ENDINGS = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]


@pytest.fixture
def silent_database() -> Iterator[str]:
    """The URL of a database that accepts connections and never says a word."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"postgresql://nobody@127.0.0.1:{listener.getsockname()[1]}/none"


@pytest.fixture
def no_database() -> str:
    """The URL of a database that is not there."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
    return f"postgresql://nobody:secret@127.0.0.1:{port}/none"


def test_the_end_of_input_ends_it_quietly(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        running.open()
        running.stdin.close()

        assert running.ended(SOON) == (0, b"")


def test_a_person_who_starts_it_in_a_terminal_is_told_how_to_connect_an_editor(tmp_path: Path) -> None:
    keyboard, terminal = os.openpty()
    with subprocess.Popen(
        COMMAND, stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(tmp_path)
    ) as process:
        os.close(terminal)
        try:
            assert process.stderr
            told = [process.stderr.readline().decode() for _ in range(5)]
            process.send_signal(signal.SIGINT)
            assert process.communicate(timeout=PATIENCE)[0] == b""
        finally:
            process.kill()
    os.close(keyboard)
    assert "waits for an editor's messages" in told[0]
    command = told[2].rpartition(": ")[2].strip()
    assert Path(command).is_absolute()
    assert f"claude mcp add lectern -- {command}\n" in told[3]
    assert json.loads(told[4].partition("Cursor")[2])["mcpServers"]["lectern"] == {"command": command}


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_ends_it_at_once_and_quietly(tmp_path: Path, number: signal.Signals) -> None:
    with server(tmp_path) as running:
        running.open()
        running.signal(number)

        assert running.ended(SOON) == (0, b"")


def test_a_client_that_reads_no_more_ends_it_quietly(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        running.open()
        running.stdout.close()

        assert running.ended(SOON) == (0, b"")


def test_a_client_that_left_with_a_request_open_ends_it_quietly(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        running.open()
        running.ask("tools/list")
        running.stdout.close()

        assert running.ended(SOON) == (0, b"")


def test_the_end_of_input_ends_a_call_that_hangs(tmp_path: Path, silent_database: str) -> None:
    with server(tmp_path, database_url=silent_database) as running:
        running.open()
        running.ask("tools/call", name="resolve-library-id", arguments={"query": "x", "libraryName": "flask"})
        running.answer(running.ask("ping"))
        running.stdin.close()

        assert running.ended(SOON)[0] == 0


@pytest.mark.parametrize("number", ENDINGS)
def test_a_signal_ends_a_call_that_hangs(
    tmp_path: Path, silent_database: str, number: signal.Signals
) -> None:
    with server(tmp_path, database_url=silent_database) as running:
        running.open()
        running.ask("tools/call", name="resolve-library-id", arguments={"query": "x", "libraryName": "flask"})
        running.answer(running.ask("ping"))
        running.signal(number)

        assert running.ended(SOON)[0] == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, None])
def test_it_lets_go_of_the_engines_that_it_started(tmp_path: Path, number: signal.Signals | None) -> None:
    with server(tmp_path) as running:
        running.open()
        found = running.call("resolve-library-id", query="x", libraryName="flask")
        assert found["structuredContent"] == NOTHING | {"message": found["content"][0]["text"]}
        engines = [engine.socket(supported_place(tmp_path)) for engine in (POSTGRES, REDIS)]
        assert all(map(serves, engines))
        running.signal(number) if number else running.stdin.close()

        assert running.ended(SOON) == (0, b"")
    wait_until(lambda: not any(map(serves, engines)), "the engines outlive their last user")


@pytest.mark.slow
def test_an_embedded_redis_that_hangs_costs_a_new_server_no_answer(tmp_path: Path) -> None:
    with server(tmp_path) as first, server(tmp_path, tool_timeout="8") as second:
        first.open()
        first.call("resolve-library-id", query="x", libraryName="flask")
        with redis.Redis(unix_socket_path=str(REDIS.socket(supported_place(tmp_path)))) as engine:
            process = engine.info("server")["process_id"]
        os.kill(process, signal.SIGSTOP)
        try:
            second.open()
            found = second.call("resolve-library-id", query="x", libraryName="flask")
        finally:
            os.kill(process, signal.SIGCONT)

        assert found["structuredContent"] == NOTHING | {"message": found["content"][0]["text"]}


def test_stores_are_made_ready_once_the_tools_are_listed(tmp_path: Path) -> None:
    engines = [engine.socket(supported_place(tmp_path)) for engine in (POSTGRES, REDIS)]
    with server(tmp_path) as running:
        running.open()
        running.answer(running.ask("tools/list"))
        wait_until(lambda: all(map(serves, engines)), "nothing is made ready")
        running.stdin.close()

        assert running.ended(SOON) == (0, b"")
    wait_until(lambda: not any(map(serves, engines)), "the engines outlive their last user")


def test_it_does_not_outlive_its_parent_when_the_pipes_leak(tmp_path: Path) -> None:
    editor = (
        "import subprocess, sys\n"
        "server = subprocess.Popen(sys.argv[1:])\n"
        "sys.stderr.write('started\\n'); sys.stderr.flush()\n"
        "server.wait()"
    )
    to_server, keep_open = os.pipe()
    from_server, wire = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-c", editor, *COMMAND],
        stdin=to_server,
        stdout=wire,
        stderr=subprocess.PIPE,
        env=environment(tmp_path),
    )
    os.close(wire)
    try:
        request = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": INITIALIZE}
        os.write(keep_open, json.dumps(request).encode() + b"\n")
        assert select.select([from_server], [], [], PATIENCE)[0]
        assert b'"id":1' in os.read(from_server, 1 << 16)
        process.kill()

        assert select.select([from_server], [], [], 2 * SOON)[0], "it lives on without its parent"
        assert os.read(from_server, 1) == b""
    finally:
        process.kill()
        process.wait(PATIENCE)
        assert process.stderr
        process.stderr.close()
        for descriptor in (to_server, keep_open, from_server):
            os.close(descriptor)


def test_it_survives_lines_that_make_no_sense(tmp_path: Path) -> None:
    lines = [
        b"not json",
        b"",
        b"[]",
        b'[{"jsonrpc": "2.0", "id": 99, "method": "ping"}]',
        b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": 99, "method": "ping"}',
        b'{"jsonrpc": "2.0", "id": 99, "method": "\\ud800"}',
        b'{"jsonrpc": "2.0", "id": 99, "method": "ping", "params": {"_meta": {"x": "\xff\xfe\x00"}}}',
        b'{"jsonrpc": "2.0", "id": 99, "method": "no/such/method"}',
        b'{"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": {"name": "no-such-tool"}}',
        b'{"jsonrpc": "2.0", "id": 99, "method": "tools/call", "params": 5}',
        b'"' + b"x" * 1_000_000 + b'"',
        b"[" * 100_000,
    ]
    with server(tmp_path) as running:
        running.open()
        for line in lines:
            running.write(line)

            assert running.answer(running.ask("ping"))["result"] == {}, line[:60]


def test_lists_that_are_empty_are_answered(tmp_path: Path) -> None:
    with server(tmp_path) as running:
        running.open()
        for method in ("resources/list", "resources/templates/list", "prompts/list"):
            assert "result" in running.answer(running.ask(method)), method


def test_a_mistake_in_the_settings_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    with server(tmp_path, database_url="mysql://user:secret@host/db", log_level="loud") as running:
        code, said = running.ended()

        assert code == 2
        assert running.stdout.read() == b""
        assert said.count(b"\n") == 1
        assert b"LECTERN_DATABASE_URL" in said
        assert b"LECTERN_LOG_LEVEL" in said
        assert b"secret" not in said


@pytest.mark.parametrize(("arguments", "code"), [(["--help"], 0), (["login", "--help"], 0), (["serve"], 2)])
def test_arguments_are_answered_with_what_it_is_for(arguments: list[str], code: int) -> None:
    ran = subprocess.run([*COMMAND, *arguments], capture_output=True, timeout=PATIENCE)

    assert (ran.returncode, ran.stdout) == (code, b"")
    assert b"The editor starts it" in ran.stderr
    assert max(map(len, ran.stderr.splitlines())) <= 80
    assert (b"these arguments cannot be used" in ran.stderr) == (code == 2)


def test_debug_logging_keeps_out_of_the_protocol(tmp_path: Path, no_database: str) -> None:
    with server(tmp_path, log_level="debug", database_url=no_database) as running:
        running.open()
        running.call("resolve-library-id", query="x", libraryName="flask")
        running.stdin.close()
        assert running.ended()[0] == 0

        assert all(json.loads(line)["jsonrpc"] == "2.0" for line in running.stdout.read().splitlines())


def test_a_database_that_is_not_there_is_one_line_without_secrets_and_the_server_lives(
    tmp_path: Path, no_database: str
) -> None:
    with server(tmp_path, database_url=no_database) as running:
        running.open()
        for _ in range(2):
            result = running.call("query-docs", libraryId="/pallets/flask", query="json")

            assert result["isError"] is True
            [content] = result["content"]
            assert "PostgreSQL" in content["text"]
            assert "\n" not in content["text"]
            assert "secret" not in content["text"]
        running.stdin.close()

        assert running.ended(SOON)[0] == 0


def test_nothing_heavy_is_imported_before_the_tools_are_listed(tmp_path: Path) -> None:
    script = """
import sys, anyio
from pathlib import Path
from mcp import Client
from mcp_server.server import build
from shared.settings import IngestSettings

async def opening():
    async with Client(build(IngestSettings(home=Path(sys.argv[1])), warm_after=None), mode="legacy") as client:
        await client.list_tools()
        await client.list_prompts()
        await client.list_resource_templates()

anyio.run(opening)
heavy = {"psycopg", "redis", "fastembed", "onnxruntime", "tokenizers", "qdrant_client", "qdrant_edge"}
print(sorted(heavy & set(sys.modules)))
"""
    env = environment(tmp_path)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        env=env,
        timeout=PATIENCE,
    )

    assert (ran.stdout, ran.stderr) == ("[]\n", "")


def serves(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(path)) == 0


def wait_until(reached: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.05)
