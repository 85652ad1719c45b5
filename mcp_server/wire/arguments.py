"""Pure: a call as clients write it becomes one the tools take, or an error that says what is wrong with it.

Older names of Context7 are taken and not listed. A wrong shape of the call is an error of the protocol, a wrong
argument is an error that the model reads and mends.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS

from mcp_server.wire.malformed import kind
from shared.model.answer import DEFAULT_TOKENS, MOST_TOKENS

RESOLVE = "resolve-library-id"
QUERY = "query-docs"

_OLDER_TOOLS = {"get-library-docs": QUERY}
_ARGUMENTS: dict[str, dict[str, Sequence[str]]] = {
    RESOLVE: {"query": ("userQuery", "question"), "libraryName": ()},
    QUERY: {
        "libraryId": ("context7CompatibleLibraryID", "libraryID", "libraryName"),
        "query": ("userQuery", "question", "topic"),
        "tokens": (),
        "cursor": (),
        "version": (),
    },
}
"""What each tool takes, and by which other names; of several that are given, the first counts."""
_REQUIRED = ("query", "libraryName", "libraryId")
_WITHOUT_MEANING = frozenset({"page", "mode"})
"""Context7 had them; here a cursor reads on."""
_LIKE_ENOUGH = 0.75
MOST_ARGUMENTS = 50
"""Of a call, that are looked at."""
EXAMPLE = {"libraryId": "/pallets/flask", "query": "How do I return JSON from a view function?"}


def check_shape(params: Mapping[str, Any] | None) -> None:
    """Raises MCPError where a call names no tool, or gives its arguments as anything but an object."""
    name, arguments = (params or {}).get("name"), (params or {}).get("arguments")
    if not isinstance(name, str):
        raise MCPError(INVALID_PARAMS, f"`name` must be {_listed(_ARGUMENTS, 'or')}, not {kind(name)}")
    if not isinstance(arguments, dict | None):
        raise MCPError(
            INVALID_PARAMS,
            f"`arguments` must be an object, as in {json.dumps(EXAMPLE)}, not {kind(arguments)}",
        )


def understood(tool: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The tool that is meant and its arguments, by the names and of the types that it has. Raises ToolError."""
    tool = _OLDER_TOOLS.get(tool, tool)
    if tool not in _ARGUMENTS:
        raise ToolError(f"unknown tool `{_short(tool)}`: the tools are {_listed(_ARGUMENTS, 'and')}")
    spellings = {name: (name, *others) for name, others in _ARGUMENTS[tool].items()}
    found = {name: [one for one in names if one in given] for name, names in spellings.items()}
    lacking = {name: spellings[name] for name, here in found.items() if not here}
    known = {one for names in spellings.values() for one in names} | _WITHOUT_MEANING
    for unknown in list(given)[:MOST_ARGUMENTS]:
        if unknown not in known and (hint := _meant(unknown, lacking)):
            raise ToolError(f"unknown argument `{_short(unknown)}` of {tool}: {hint}")
    return tool, {name: _value(here[0], given[here[0]]) for name, here in found.items() if here}


def _meant(unknown: str, lacking: Mapping[str, Sequence[str]]) -> str:
    """What to write instead; empty where nothing that is needed is lacking, and nothing is called nearly so."""
    from difflib import get_close_matches

    named = {_key(one): name for name, names in lacking.items() for one in names}
    if near := get_close_matches(_key(unknown[:100]), named, 1, _LIKE_ENOUGH):
        return f"did you mean `{named[near[0]]}`?"
    needed = [name for name in lacking if name in _REQUIRED]
    if len(needed) == 1:
        return f"did you mean `{needed[0]}`?"
    return f"{_listed(needed, 'and')} are needed" if needed else ""


def _value(name: str, value: Any) -> Any:
    """What assistants send: for a text also nothing, a number, a list of texts; for tokens a number as a text."""
    if name == "tokens":
        return _wish(value)
    parts = value if isinstance(value, list) else [value]
    for part in parts:
        if not isinstance(part, str | int | float | None):
            raise ToolError(f"`{name}` must be a string, not {kind(part)}")
    return " ".join(str(part) for part in parts if part is not None)


def _wish(value: Any) -> int | None:
    """A number of tokens, 0 for less and the most for more; None where none is said."""
    if value is None or value == "":
        return None
    number = value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            number = None
    if not isinstance(number, int | float) or isinstance(number, bool) or number != number:
        said = f"`{_short(str(value))}`" if isinstance(value, str | float) else kind(value)
        raise ToolError(f"`tokens` must be a number, as in {DEFAULT_TOKENS}, not {said}")
    return int(min(max(number, 0), MOST_TOKENS))


def _key(name: str) -> str:
    return "".join(filter(str.isalnum, name.casefold()))


def _listed(names: Iterable[str], word: str) -> str:
    return f" {word} ".join(f"`{name}`" for name in names)


def _short(name: str) -> str:
    return " ".join(name.split())[:100]
