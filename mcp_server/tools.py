"""The two tools as an assistant sees them: names, arguments, descriptions. What they say is in replies.py.

What clients send instead of these arguments is read in arguments.py.
"""

# Stores and model stand behind replies.py: the first call imports it, not the way to `tools/list`.

from collections.abc import Callable
from inspect import getdoc
from typing import Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.types import CallToolResult, ToolAnnotations

from mcp_server.backing import Backing
from mcp_server.gate import answered
from mcp_server.wire.arguments import QUERY, RESOLVE
from shared.model.answer import DEFAULT_TOKENS, LEAST_TOKENS, MOST_TOKENS, Answer, Libraries


async def resolve_library_id(
    ctx: Context[Backing], query: str = "", libraryName: str = ""
) -> Annotated[CallToolResult, Libraries]:
    """Find the id of a library, framework, tool or API by its name.

    Call this before `query-docs`, unless the user gave an id in the form /org/project or
    /org/project/version.

    The result lists the libraries that may be meant, best match first. Each has its title, id, description,
    the number of indexed snippets and the versions that can be asked for. Take the first one, unless the
    description or the owner in the id (/owner/project) shows that another one is meant; where several
    remain likely, tell the user which one you took. A version the user named comes first in Versions if it
    is here, and is pinned by appending it to the id, written as there: /pallets/flask/2.2.

    If nothing matches, try another usual name once; then say that the library is not indexed here rather
    than answer for a different one.
    """
    from mcp_server.replies import libraries

    backing = ctx.request_context.lifespan_context
    return await answered(
        ctx,
        RESOLVE,
        query or libraryName,
        lambda caller: libraries(backing, caller.access, libraryName, query),
    )


async def query_docs(
    ctx: Context[Backing],
    libraryId: str = "",
    query: str = "",
    tokens: int | None = None,
    cursor: str = "",
    version: str = "",
) -> Annotated[CallToolResult, Answer]:
    """Read the current documentation of one library: whole passages and code examples for a question.

    Needs an id from `resolve-library-id`, or one the user gave in the form /org/project or
    /org/project/version. Without a version the default version is answered from. A release or a range, as a
    project's files write it (2.2.5, ^2.2), is answered from the indexed version of its own line, never from
    another line: the result then names those that are.

    The passages stand best match first, each with the address it was taken from. The first line says which
    version they are of and when that was last confirmed; the last one has the cursor of what did not fit.
    Ask one thing at a time; for a second topic call again with its own query. If the passages do not answer
    it, ask once more in other words before relying on memory.
    """
    from mcp_server.replies import docs

    backing = ctx.request_context.lifespan_context
    return await answered(
        ctx, QUERY, query, lambda caller: docs(backing, caller, libraryId, query, tokens, cursor, version)
    )


QUESTION_SCHEMA: dict[str, Any] = {
    "type": "string",
    "description": (
        "What the user wants to know, as a whole question or task in any language, with the names of the "
        "functions, options or error messages it is about. Good: 'How do I validate a JSON body in a Flask "
        "view?' Poor: 'json'. Leave out secrets and personal data."
    ),
}

RESOLVE_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "resolve-library-id arguments",
    "properties": {
        "query": QUESTION_SCHEMA,
        "libraryName": {
            "type": "string",
            "description": (
                "The library's name as its users write it, with the version if one is meant, for example "
                "'Next.js' or 'django 3.2'; its package or the address of its repository will do too."
            ),
        },
    },
    "required": ["query", "libraryName"],
}

QUERY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "query-docs arguments",
    "properties": {
        "libraryId": {
            "type": "string",
            "description": (
                "The id that resolve-library-id returned, for example '/mongodb/docs'; with a version pinned "
                "'/pallets/flask/2.2', '/pallets/flask/2.2.5' or '/pallets/flask@^2.2'."
            ),
        },
        "query": QUESTION_SCHEMA,
        "tokens": {
            "type": "integer",
            "description": (
                f"The most tokens the answer may take, {LEAST_TOKENS} to {MOST_TOKENS}, at 3.5 bytes each; values "
                f"beyond are moved to the nearer limit. Left out, 0 or less: {DEFAULT_TOKENS}."
            ),
        },
        "cursor": {
            "type": "string",
            "description": (
                "Only to read on: the cursor in the last line of an earlier result (`next_cursor` in its data), with "
                "the same query and id. What was read before is not repeated."
            ),
        },
    },
    "required": ["libraryId", "query"],
}


def tools() -> list[Tool]:
    """Both tools, in the order in which they are called."""
    return [
        _tool(resolve_library_id, RESOLVE, "Find a library's id", RESOLVE_SCHEMA),
        _tool(query_docs, QUERY, "Read a library's documentation", QUERY_SCHEMA),
    ]


def _tool(function: Callable[..., Any], name: str, title: str, schema: dict[str, Any]) -> Tool:
    """The tool with the arguments that it publishes; `version` and older names are taken and not listed."""
    annotations = ToolAnnotations(
        title=title,
        read_only_hint=True,
        destructive_hint=False,
        idempotent_hint=True,
        open_world_hint=False,
    )
    tool = Tool.from_function(
        function, name=name, title=title, description=getdoc(function), annotations=annotations
    )
    return tool.model_copy(update={"parameters": schema})
