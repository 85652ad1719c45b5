"""What a message tells a bridge: headers of both eras, and the answer that it gets where there is no other."""

import json
from typing import Any

import pytest
from mcp.shared.inbound import decode_header_value

from mcp_server.bridge.message import VERSION, agreed_version, failed, headers, is_answer

MODERN = {"_meta": {VERSION: "2026-07-28"}}


def request(method: str, **params: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}


def test_the_older_era_repeats_what_was_agreed_on_and_does_not_before() -> None:
    assert "mcp-protocol-version" not in headers(request("initialize"), "2025-11-25")
    assert "mcp-protocol-version" not in headers(request("tools/list"), None)
    told = headers(request("tools/list"), "2025-11-25")
    assert told["mcp-protocol-version"] == "2025-11-25"
    assert "mcp-method" not in told


@pytest.mark.parametrize(
    "name", ["query-docs", "lectern://page/ä", "a\r\nx-evil: 1", " edge ", "=?base64?eA==?=", ""]
)
def test_the_newer_era_repeats_method_and_name_so_that_a_header_holds_them(name: str) -> None:
    told = headers(request("tools/call", name=name, **MODERN), "2025-11-25")
    assert (told["mcp-protocol-version"], told["mcp-method"]) == ("2026-07-28", "tools/call")
    assert told["mcp-name"].isascii()
    assert told["mcp-name"].isprintable()
    assert decode_header_value(told["mcp-name"]) == name


@pytest.mark.parametrize("params", [{}, {"name": 5}, {"uri": "x"}])
def test_a_name_that_is_none_is_no_header(params: dict[str, Any]) -> None:
    assert "mcp-name" not in headers(request("tools/call", **params, **MODERN), None)


@pytest.mark.parametrize("params", [None, {}, {"_meta": None}, {"_meta": {VERSION: 5}}])
def test_parameters_of_any_shape_are_read(params: object) -> None:
    message = request("tools/list") | {"params": params}
    assert "mcp-method" not in headers(message, None)
    assert json.loads(failed(message, "why"))["error"]["message"] == "why"


@pytest.mark.parametrize(
    ("value", "answers"),
    [
        ({"jsonrpc": "2.0", "id": 1, "result": {}}, True),
        ({"jsonrpc": "2.0", "id": None, "error": {}}, True),
        ({"jsonrpc": "2.0", "method": "notifications/progress"}, False),
        ({"id": 1, "result": {}}, False),
        ([], False),
        (None, False),
    ],
)
def test_an_answer_is_told_from_everything_else(value: object, answers: bool) -> None:
    assert is_answer(value) is answers


@pytest.mark.parametrize("version", ["2025-11-25\r\nx: y", "", 5, None])
def test_a_version_that_no_header_holds_is_not_agreed_on(version: object) -> None:
    assert agreed_version({"result": {"protocolVersion": version}}) is None
