"""Lines that are no message, and what their sender is told."""

import json
from typing import Any

import pytest

from mcp_server.wire.malformed import refusal, too_long

PARSE_ERROR, INVALID_REQUEST = -32700, -32600


def told(line: str) -> tuple[int, Any, str]:
    """Code, id and words of the error."""
    error = refusal(line)
    assert error is not None
    assert error.endswith("\n")
    sent = json.loads(error)
    assert (sent["jsonrpc"], set(sent)) == ("2.0", {"jsonrpc", "id", "error"})
    return sent["error"]["code"], sent["id"], sent["error"]["message"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("hello", "not JSON (expected value at line 1 column 1)"),
        ('{"jsonrpc": "2.0", "id": 1, "method": "ping"', "not JSON (EOF while parsing an object"),
        ('{"jsonrpc":"2.0","id":1,"method":"ping"}{}', "not JSON (trailing characters"),
        ("[" * 100_000, "nested too deeply"),
        ('{"jsonrpc":"2.0","id":1,"method":"ping","params":' + '{"a":' * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_is_a_parse_error_with_the_reason(line: str, words: str) -> None:
    code, identity, message = told(line)

    assert (code, identity) == (PARSE_ERROR, None)
    assert words in message
    assert len(message) < 300


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('[{"jsonrpc":"2.0","id":1,"method":"ping"}]', "a list (a batch) is no message"),
        ("[]", "a list (a batch) is no message"),
        ("42", "a number is no message"),
        ("4.2", "a number is no message"),
        ('"ping"', "a string is no message"),
        ("null", "null is no message"),
        ("true", "true or false is no message"),
    ],
)
def test_json_that_is_no_object_is_an_invalid_request(line: str, words: str) -> None:
    code, identity, message = told(line)

    assert (code, identity) == (INVALID_REQUEST, None)
    assert words in message
    assert '"method": "tools/list"' in message


@pytest.mark.parametrize(
    ("message", "identity", "words"),
    [
        ({}, None, '"jsonrpc" must be "2.0"; "method" must be a string'),
        ({"jsonrpc": "1.0", "id": 7, "method": "ping"}, 7, '"jsonrpc" must be "2.0".'),
        ({"jsonrpc": "2.0", "id": "a"}, "a", '"method" must be a string'),
        ({"jsonrpc": "2.0", "id": 7, "method": 7}, 7, '"method" must be a string'),
        ({"jsonrpc": "2.0", "id": 7, "method": "ping", "params": [1]}, 7, '"params" must be an object'),
        ({"jsonrpc": "2.0", "id": None, "method": "ping"}, None, '"id" must be a string or a whole number'),
        ({"jsonrpc": "2.0", "id": True, "method": "ping"}, None, '"id" must be'),
        ({"jsonrpc": "2.0", "id": 1.5, "method": "ping"}, None, '"id" must be'),
        ({"jsonrpc": "2.0", "id": {"a": 1}, "method": "ping"}, None, '"id" must be'),
    ],
)
def test_an_object_that_is_no_message_is_told_what_is_wrong_and_with_its_id(
    message: dict[str, Any], identity: Any, words: str
) -> None:
    code, answered, said = told(json.dumps(message))

    assert (code, answered) == (INVALID_REQUEST, identity)
    assert words in said


@pytest.mark.parametrize("key", [r"\u0069d", r"i\u0064", r"\u0069\u0064"])
def test_an_id_of_a_wrong_kind_is_told_however_its_key_is_spelled(key: str) -> None:
    code, _, said = told(f'{{"jsonrpc": "2.0", "{key}": null, "method": "ping"}}')

    assert (code, said) == (INVALID_REQUEST, 'Invalid request: "id" must be a string or a whole number.')


@pytest.mark.parametrize(
    "line",
    [
        '{"jsonrpc": "2.0", "id": 1, "method": "ping"}',
        r'{"jsonrpc": "2.0", "\u0069d": 1, "method": "ping"}',
        r'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"\u0069d": null}}',
        '{"jsonrpc": "2.0", "id": "x", "method": "ping", "params": null}',
        '{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"id": null}}',
        '{"jsonrpc": "2.0", "id": 1, "result": {}}',
        '{"jsonrpc": "2.0", "id": null, "error": {"code": -32700, "message": "x"}}',
        '{"jsonrpc": "2.0", "id": 1, "error": "not as it should be"}',
        '{"id": 1, "result": 5}',
        "",
        " \r",
    ],
)
def test_messages_blank_lines_and_answers_are_not_refused(line: str) -> None:
    assert refusal(line) is None


def test_no_refusal_is_refused_in_turn() -> None:
    for line in ("hello", "[]", '{"jsonrpc": "2.0", "id": {}, "method": "x"}'):
        error = refusal(line)
        assert error
        assert refusal(error) is None
    assert refusal(too_long()) is None
