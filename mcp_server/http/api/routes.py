"""`/api/v2`: the two tools as GET requests, which pass the same gate."""

import json
import logging
from collections.abc import Awaitable, Callable
from importlib import resources
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mcp_server.callers import calling
from mcp_server.gate import Reply, passed
from mcp_server.http.api.refused import MISSES, Problem, problem
from mcp_server.http.api.shapes import context_shape, libraries_shape
from mcp_server.http.bearer import NoKey, bearer
from mcp_server.http.service import Service
from mcp_server.refusals import Refused
from mcp_server.wire.arguments import QUERY, RESOLVE
from shared.errors import LecternError
from shared.model.account import Denied, Principal
from shared.model.answer import FACTS, Answer, Libraries
from shared.visible import visible_json, visible_markdown

log = logging.getLogger(__name__)

_PRIVATE = {"Cache-Control": "private, no-store"}
_TYPES = ("txt", "json")
_MOST_DIGITS = 9


def routes(service: Service) -> list[Route]:
    """Raises nothing: what fails is a Problem."""

    async def search(request: Request) -> Response:
        name = request.query_params.get("libraryName", "")
        question = request.query_params.get("query", "")
        if not name.strip():
            return _told(_missing("libraryName", "the library's name"))

        async def work(caller: Principal) -> Reply:
            from mcp_server.replies import libraries

            return await libraries(service.backing, caller.access, name, question)

        return await _answered(service, request, RESOLVE, question or name, work, _libraries)

    async def context(request: Request) -> Response:
        given = request.query_params
        library_id, question, kind = (
            given.get("libraryId", ""),
            given.get("query", ""),
            given.get("type", "txt"),
        )
        if not library_id.strip():
            return _told(_missing("libraryId", "an id such as /pallets/flask"))
        if not question.strip():
            return _told(_missing("query", "a whole question"))
        if kind not in _TYPES:
            return _told(Problem(400, "bad_request", "type is txt or json"))
        tokens = given.get("tokens", "")
        if tokens and not (tokens.isascii() and tokens.isdigit() and len(tokens) <= _MOST_DIGITS):
            return _told(Problem(400, "bad_request", "tokens is a whole number, such as 3000"))

        async def work(caller: Principal) -> Reply:
            from mcp_server.replies import docs

            return await docs(service.backing, caller, library_id, question, int(tokens or 0))

        return await _answered(service, request, QUERY, question, work, _TEXTS[kind])

    return [
        Route("/api/v2/libs/search", search),
        Route("/api/v2/context", context),
        Route("/api/v2/openapi.json", _description(service)),
        Route("/api/auth/mcp", _needs_key),
    ]


async def _answered(
    service: Service,
    request: Request,
    tool: str,
    question: str,
    work: Callable[[Principal], Awaitable[Reply]],
    shown: Callable[[Reply], Response],
) -> Response:
    try:
        who = await bearer(service, request)
        if isinstance(who, Denied) and who.refused_by == "key":
            raise NoKey(service, who)  # nobody's call; the gate writes down the others
        token = calling.set(who)
        try:
            said = await passed(service.backing, tool, work, lambda reply: reply.spent, query=question)
        finally:
            calling.reset(token)
    except LecternError as error:
        if not isinstance(error, Refused):
            log.error("%s: %s", tool, error.line)
        return _told(problem(error))
    if said.miss in MISSES and tool == QUERY:
        return _told(Problem(*MISSES[said.miss], said.text))
    return shown(said)


def _libraries(said: Reply) -> Response:
    assert isinstance(said.data, Libraries)  # noqa: S101 - of this tool
    return _json(libraries_shape(said.data))


def _text(said: Reply) -> Response:
    return PlainTextResponse(visible_markdown(said.text), headers=_PRIVATE)


def _context(said: Reply) -> Response:
    assert isinstance(said.data, Answer)  # noqa: S101 - of this tool
    return _json(context_shape(said.data, (said.meta or {}).get(FACTS, ())))


_TEXTS = {"txt": _text, "json": _context}


def _missing(name: str, what: str) -> Problem:
    return Problem(400, "bad_request", f"{name} is missing: give {what}")


def _told(wrong: Problem) -> Response:
    return _json({"error": wrong.error, "message": wrong.message}, wrong.status, wrong.headers)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(visible_json(value), status, {**_PRIVATE, **(headers or {})})


async def _needs_key(_request: Request) -> Response:
    """What `ctx7 setup` asks: whether /mcp wants a key."""
    return JSONResponse({"enabled": True})


def _description(service: Service) -> Callable[[Request], Awaitable[Response]]:
    text = resources.files("mcp_server.http.api").joinpath("openapi.json").read_text("utf-8")
    described = json.loads(text) | {"servers": [{"url": service.public_url}]}

    async def description(_request: Request) -> Response:
        return JSONResponse(described)

    return description
