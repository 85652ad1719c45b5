"""Pure: a text that is no message of the protocol, and the error its sender gets."""

import json
from typing import Any

from pydantic_core import from_json

PARSE_ERROR, INVALID_REQUEST = -32700, -32600
MOST_BYTES = 4 << 20
"""Of a line; what is longer is not read."""
EXAMPLE = '{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def refusal(line: str) -> str | None:
    """The error to send for a line, as a line; None where it is a message, blank, or a bad answer to us.

    An answer is never answered: two that refuse each other would not end.
    """
    if not line.strip():
        return None
    try:
        return _not_a_message(from_json(line, allow_inf_nan=False))
    except ValueError as error:
        return _error(PARSE_ERROR, f"Parse error: {_reason(str(error))}")


def too_long() -> str:
    """The error to send for a line that is longer than MOST_BYTES."""
    return _error(INVALID_REQUEST, f"Invalid request: a line may have {MOST_BYTES >> 20} MiB at most.")


def kind(value: Any) -> str:
    """What a value of JSON is, in words."""
    return _KINDS[type(value)]


def _reason(error: str) -> str:
    if error.startswith("recursion limit"):
        return "the JSON is nested too deeply; a message needs a few levels."
    return f"this is not JSON ({error}). Send one message at a time, in UTF-8, as in {EXAMPLE}"


def _not_a_message(value: Any) -> str | None:
    if not isinstance(value, dict):
        batch = " (a batch)" if isinstance(value, list) else ""
        return _error(
            INVALID_REQUEST,
            f"Invalid request: {kind(value)}{batch} is no message. Send each message by itself, "
            f"a JSON object, as in {EXAMPLE}",
        )
    if "method" not in value and value.keys() & {"result", "error"}:
        return None
    known = isinstance(value.get("id"), str | int) and not isinstance(value["id"], bool)
    rules = {
        '"jsonrpc" must be "2.0"': value.get("jsonrpc") == "2.0",
        '"method" must be a string, as in "tools/list"': isinstance(value.get("method"), str),
        '"params" must be an object': isinstance(value.get("params", {}), dict | None),
        '"id" must be a string or a whole number': known or "id" not in value,
    }
    wrong = "; ".join(rule for rule, kept in rules.items() if not kept)
    return (
        _error(INVALID_REQUEST, f"Invalid request: {wrong}.", value["id"] if known else None)
        if wrong
        else None
    )


def _error(code: int, message: str, identity: str | int | None = None) -> str:
    return json.dumps({"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message}}) + "\n"
