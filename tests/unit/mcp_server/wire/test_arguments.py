"""Calls as clients write them."""

from typing import Any

import pytest
from mcp.server.mcpserver.exceptions import ToolError
from mcp.shared.exceptions import MCPError

from mcp_server.wire.arguments import check_shape, understood
from shared.model.answer import MOST_TOKENS

QUERY, RESOLVE = "query-docs", "resolve-library-id"


@pytest.mark.parametrize(
    ("tool", "given", "taken"),
    [
        (QUERY, {"libraryId": "/a/b", "query": "x"}, {"libraryId": "/a/b", "query": "x"}),
        (
            "get-library-docs",
            {"context7CompatibleLibraryID": "/a/b", "topic": "x", "tokens": 500, "page": 2, "mode": "code"},
            {"libraryId": "/a/b", "query": "x", "tokens": 500},
        ),
        (QUERY, {"libraryID": "/a/b", "userQuery": "x"}, {"libraryId": "/a/b", "query": "x"}),
        (QUERY, {"libraryName": "/a/b", "question": "x"}, {"libraryId": "/a/b", "query": "x"}),
        (QUERY, {"topic": "y", "query": "x"}, {"query": "x"}),
        (QUERY, {"query": "x", "version": 2.2}, {"query": "x", "version": "2.2"}),
        (QUERY, {"query": None, "tokens": "", "cursor": None}, {"query": "", "tokens": None, "cursor": ""}),
        (QUERY, {"query": ["return", 5], "tokens": "2000"}, {"query": "return 5", "tokens": 2000}),
        (QUERY, {"query": "", "libraryId": "", "sessionId": "1", "action": ""}, {"query": "", "libraryId": ""}),
        (RESOLVE, {"libraryName": "flask", "query": "x"}, {"libraryName": "flask", "query": "x"}),
        (RESOLVE, {}, {}),
    ],
)  # fmt: skip
def test_older_names_other_types_and_what_a_client_adds_are_taken(
    tool: str, given: dict[str, Any], taken: dict[str, Any]
) -> None:
    name, arguments = understood(tool, given)

    assert name in (QUERY, RESOLVE)
    assert arguments == taken


@pytest.mark.parametrize(
    ("tool", "given", "told"),
    [
        (QUERY, {"library_id": "/a/b", "query": "x"}, "`library_id` of query-docs: did you mean `libraryId`?"),
        (QUERY, {"library": "/a/b", "query": ""}, "argument `library` of query-docs: did you mean `libraryId`?"),
        (QUERY, {"id": "/a/b", "query": "x"}, "did you mean `libraryId`?"),
        (QUERY, {"libraryId": "/a/b", "prompt": "x"}, "did you mean `query`?"),
        (QUERY, {"libraryId": "/a/b", "user_query": "x"}, "did you mean `query`?"),
        (QUERY, {"libraryId": "/a/b", "query": "x", "maxTokens": 9}, "did you mean `tokens`?"),
        (QUERY, {"libraryId": "/a/b", "query": "x", "cursr": "9"}, "did you mean `cursor`?"),
        (QUERY, {"foo": 1}, "unknown argument `foo` of query-docs: `libraryId` and `query` are needed"),
        (RESOLVE, {"name": "flask", "query": "x"}, "did you mean `libraryName`?"),
        ("get-library-docs", {"lib": "/a/b", "topic": "x"}, "of query-docs: did you mean `libraryId`?"),
        (QUERY, {"libraryId": "/a/b", "query": {"a": 1}}, "`query` must be a string, not an object"),
        (QUERY, {"libraryId": [["/a/b"]], "query": "x"}, "`libraryId` must be a string, not a list"),
        (QUERY, {"libraryId": "/a/b", "topic": {}}, "`topic` must be a string, not an object"),
        (RESOLVE, {"libraryName": {}, "query": "x"}, "`libraryName` must be a string, not an object"),
        ("query_docs", {}, "unknown tool `query_docs`: the tools are `resolve-library-id` and `query-docs`"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_told_with_the_right_one(tool: str, given: dict[str, Any], told: str) -> None:
    with pytest.raises(ToolError) as error:
        understood(tool, given)

    assert str(error.value).endswith(told)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize(
    ("wish", "taken"),
    [
        (None, None),
        ("", None),
        (2000, 2000),
        (" 2000 ", 2000),
        (2000.5, 2000),
        ("2e3", 2000),
        (-5, 0),
        ("-5", 0),
        (-(10**400), 0),
        (10**400, MOST_TOKENS),
        ("1e999", MOST_TOKENS),
        (float("inf"), MOST_TOKENS),
    ],
)
def test_any_number_is_a_wish_for_tokens(wish: Any, taken: int | None) -> None:
    assert understood(QUERY, {"tokens": wish}) == (QUERY, {"tokens": taken})


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ("many", "not `many`"),
        ("2000 tokens", "not `2000 tokens`"),
        ("nan", "not `nan`"),
        ({}, "not an object"),
        ([], "not a list"),
        (True, "not true or false"),
        (float("nan"), "not `nan`"),
    ],
)
def test_what_is_no_number_of_tokens_is_told(wish: Any, told: str) -> None:
    with pytest.raises(ToolError) as error:
        understood(QUERY, {"tokens": wish})

    assert str(error.value) == f"`tokens` must be a number, as in 3000, {told}"


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"name": QUERY, "arguments": "{}"}, '"How do I return JSON from a view function?"}, not a string'),
        ({"name": QUERY, "arguments": [1]}, "not a list"),
        ({"name": QUERY, "arguments": 5}, "not a number"),
        ({"name": 5}, "`name` must be `resolve-library-id` or `query-docs`, not a number"),
        ({}, "`name` must be `resolve-library-id` or `query-docs`, not null"),
        (None, "not null"),
    ],
)  # fmt: skip
def test_a_call_of_another_shape_is_an_error_of_the_protocol(params: Any, told: str) -> None:
    with pytest.raises(MCPError) as error:
        check_shape(params)

    assert error.value.code == -32602
    assert error.value.message.endswith(told)


@pytest.mark.parametrize("arguments", [{}, None])
def test_arguments_may_be_left_out(arguments: Any) -> None:
    check_shape({"name": QUERY, "arguments": arguments})
