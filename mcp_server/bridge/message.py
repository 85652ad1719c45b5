"""Pure: what a message tells a bridge: its era, the headers that it travels with, an answer that it may get here."""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

VERSION: Final = "io.modelcontextprotocol/protocolVersion"
CANCELLED: Final = "notifications/cancelled"
_NAMES: Final = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""What of a request of the newer era is repeated in a header."""
_PLAIN: Final = re.compile(r"(?!=\?base64\?)[!-~]([ -~]*[!-~])?")
_INTERNAL_ERROR: Final = -32603
ACCEPT: Final = {"accept": "application/json, text/event-stream", "content-type": "application/json"}

Message = Mapping[str, Any]


def headers(message: Message, negotiated: str | None) -> dict[str, str]:
    """Of a request; `negotiated` is the version of the older era that `initialize` agreed on."""
    version = _own_version(message)
    if version is None:
        agreed = None if message["method"] == "initialize" else negotiated
        return ACCEPT | ({"mcp-protocol-version": agreed} if agreed else {})
    name = _params(message).get(_NAMES.get(message["method"], ""))
    told = {"mcp-protocol-version": version, "mcp-method": message["method"]}
    return ACCEPT | {key: _coded(value) for key, value in told.items()} | _named(name)


def is_answer(value: object) -> bool:
    """Whether it ends a request."""
    return (
        isinstance(value, dict) and value.get("jsonrpc") == "2.0" and ("result" in value or "error" in value)
    )


def agreed_version(answer: Message) -> str | None:
    """What an answer to `initialize` agreed on."""
    result = answer.get("result")
    version = result.get("protocolVersion") if isinstance(result, dict) else None
    return version if isinstance(version, str) and _PLAIN.fullmatch(version) else None


def failed(message: Message, line: str) -> str:
    """The answer to a request that found no other: an assistant reads it where it called a tool."""
    if message["method"] == "tools/call":
        result = {"content": [{"type": "text", "text": line}], "isError": True}
        told: dict[str, Any] = {
            "result": result | ({"resultType": "complete"} if _own_version(message) else {})
        }
    else:
        told = {"error": {"code": _INTERNAL_ERROR, "message": line}}
    return json.dumps({"jsonrpc": "2.0", "id": message["id"]} | told)


def cancels(message: Message) -> object:
    """The id of the request that nobody waits for any more."""
    return _params(message).get("requestId")


def _own_version(message: Message) -> str | None:
    meta = _params(message).get("_meta")
    version = meta.get(VERSION) if isinstance(meta, dict) else None
    return version if isinstance(version, str) else None


def _params(message: Message) -> Message:
    return message.get("params") or {}


def _named(name: object) -> dict[str, str]:
    return {"mcp-name": _coded(name)} if isinstance(name, str) else {}


def _coded(value: str) -> str:
    """As it stands, or in base64 where a header could not hold it."""
    if _PLAIN.fullmatch(value):
        return value
    return f"=?base64?{b64encode(value.encode()).decode()}?="
