"""Lines that no client should send, to one server process: each gets the protocol's own error, and the server lives."""

import json
import os
import threading
from collections.abc import Iterator
from typing import Any

import anyio
import pytest

from mcp_server.wire.lines import Output
from mcp_server.wire.malformed import MOST_BYTES
from tests.flows.server_process import ServerProcess, server

PARSE_ERROR, INVALID_REQUEST, INVALID_PARAMS = -32700, -32600, -32602


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    home = tmp_path_factory.mktemp("home")
    with server(home, database_url=f"postgresql:///none?host={home}") as running:
        running.open()
        yield running


def told(process: ServerProcess, line: bytes, identity: int | str | None = None) -> tuple[int, str]:
    """Code and words of the error that a line is answered with, after which a request is still answered."""
    process.write(line)
    error = process.answer(identity)["error"]
    assert process.answer(process.ask("ping"))["result"] == {}
    return error["code"], error["message"]


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        (b"hello", PARSE_ERROR, "not JSON"),
        (b"[" * 100_000, PARSE_ERROR, "nested too deeply"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, PARSE_ERROR, "nested too deeply"),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping"}'.encode("utf-16-le"), PARSE_ERROR, "UTF-8"),
        (b'[{"jsonrpc": "2.0", "id": 1, "method": "ping"}]', INVALID_REQUEST, "a list (a batch) is no message"),
        (b"42", INVALID_REQUEST, "a number is no message"),
        (b'{"jsonrpc": "2.0", "id": null, "method": "ping"}', INVALID_REQUEST, '"id" must be'),
        (b'"' + b"x" * MOST_BYTES + b'"', INVALID_REQUEST, "4 MiB at most"),
    ],
)  # fmt: skip
def test_a_line_that_is_no_message_gets_the_protocol_s_error_and_the_server_lives(
    process: ServerProcess, line: bytes, code: int, words: str
) -> None:
    answered, message = told(process, line)

    assert answered == code
    assert words in message


def test_the_error_has_the_id_where_it_can_be_told(process: ServerProcess) -> None:
    assert told(process, b'{"jsonrpc": "1.0", "id": "mine", "method": "ping"}', "mine")[0] == INVALID_REQUEST


def test_a_long_line_within_the_limit_and_a_byte_order_mark_are_read(process: ServerProcess) -> None:
    padding = b" " * (MOST_BYTES - 100)
    process.write(b'{"jsonrpc": "2.0", "id": "long", "method": "ping"}' + padding)
    assert process.answer("long")["result"] == {}
    process.write(b'\xef\xbb\xbf{"jsonrpc": "2.0", "id": "marked", "method": "ping"}\r')
    assert process.answer("marked")["result"] == {}


def test_blank_lines_and_answers_to_nothing_are_passed_over(process: ServerProcess) -> None:
    for line in (b"", b"  \r", b'{"jsonrpc": "2.0", "id": 9, "error": "odd"}', b'{"id": 9, "result": 1}'):
        process.write(line)
    request = process.ask("ping")

    assert process.read() == {"jsonrpc": "2.0", "id": request, "result": {}}


def test_arguments_as_a_text_are_an_error_of_the_protocol_that_shows_what_is_wanted(
    process: ServerProcess,
) -> None:
    text = json.dumps({"libraryId": "/a/b", "query": "x"})
    error = process.answer(process.ask("tools/call", name="query-docs", arguments=text))["error"]

    assert error["code"] == INVALID_PARAMS
    assert '`arguments` must be an object, as in {"libraryId": ' in error["message"]
    assert error["message"].endswith("not a string")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"library_id": "/a/b", "query": ""}, "unknown argument `library_id` of query-docs: did you mean `libraryId`?"),
        ({"libraryId": "/a/b", "query": {"text": "x"}}, "`query` must be a string, not an object"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_told_in_plain_words(
    process: ServerProcess, arguments: dict[str, Any], words: str
) -> None:
    result = process.call("query-docs", **arguments)

    assert (result["isError"], result["content"][0]["text"]) == (True, words)


def test_neither_an_endless_line_nor_a_flood_of_short_ones_takes_memory(process: ServerProcess) -> None:
    before = process.most_memory()
    for _ in range(100):
        process.stdin.write(b"x" * (1 << 20))
    assert told(process, b"")[0] == INVALID_REQUEST
    flood = threading.Thread(target=process.stdin.write, args=(b"?\n" * 20_000,))
    flood.start()
    for _ in range(20_000):
        assert process.read()["error"]["code"] == PARSE_ERROR
    flood.join()

    assert process.most_memory() - before < 25 << 20


@pytest.mark.anyio
async def test_replies_go_whole_and_in_their_order_into_a_pipe_that_is_empty_or_full() -> None:
    reader, writer = os.pipe()
    try:
        output = Output(writer)
        await output.write("a" * 50_000)
        async with anyio.create_task_group() as together:
            together.start_soon(output.write, "b" * 100_000)
            together.start_soon(output.write, "c" * 100_000)
            read = b""
            while len(read) < 250_000:
                await anyio.wait_readable(reader)
                read += os.read(reader, 1 << 20)
    finally:
        os.close(reader)
        os.close(writer)

    assert read == b"a" * 50_000 + b"b" * 100_000 + b"c" * 100_000
