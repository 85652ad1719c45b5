"""Every call passes here, of tools, resources, prompts and completions: who calls, how long it took, one usage record.

It ends in time, and a client that asks for progress gets a message every second that says what it waits for.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar
from uuid import uuid4

import anyio
from mcp.server.mcpserver import Context
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel

from mcp_server.backing import Backing
from shared.errors import AnswerLate, LecternError
from shared.model.account import ANONYMOUS, UsageRecord
from shared.visible import visible

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0

T = TypeVar("T")


class Spent(NamedTuple):
    """What a call gave: the library that it was about, and tokens."""

    library_id: str | None = None
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool has to say: the text, the same as data, the library it is about, its cost in tokens.

    `meta` is what only a program wants to know.
    """

    text: str
    data: BaseModel
    library_id: str | None = None
    tokens: int = 0
    meta: dict[str, Any] | None = None


async def answered(ctx: Context[Backing], tool: str, query: str, reply: Awaitable[Reply]) -> CallToolResult:
    """The result of a tool. What a person must mend (LecternError) is an error result in one line."""
    backing = ctx.request_context.lifespan_context
    async with _progress(ctx):
        try:
            said = await passed(backing, tool, reply, _of_reply, query=query)
        except LecternError as error:
            log.error("%s: %s", tool, error.line)
            return CallToolResult(content=[TextContent(type="text", text=error.line)], is_error=True)
    return CallToolResult(
        content=[TextContent(type="text", text=said.text)],
        structured_content=said.data.model_dump(mode="json"),
        _meta=said.meta,
    )


async def passed(
    backing: Backing, call: str, work: Awaitable[T], spent: Callable[[T], Spent], *, query: str = ""
) -> T:
    """What the work of one call gives; however it ends, it leaves a usage record.

    Raises AnswerLate when it takes longer than LECTERN_TOOL_TIMEOUT, and whatever the work raises.
    """
    begun, started = datetime.now(UTC), time.monotonic()
    used = Spent()
    try:
        given = await _in_time(backing, work)
        used = spent(given)
        return given
    finally:
        record = UsageRecord(
            id=uuid4(),
            tool_name=call,
            library_id=used.library_id,
            query=visible(query) if query and backing.settings.log_queries else None,
            tokens_returned=used.tokens,
            response_time_ms=round((time.monotonic() - started) * 1000),
            created_at=begun,
            api_key_id=ANONYMOUS.api_key_id,
        )
        backing.usage.add(record)


async def _in_time(backing: Backing, work: Awaitable[T]) -> T:
    seconds = backing.settings.tool_timeout
    with anyio.move_on_after(seconds):
        return await work
    raise AnswerLate(
        f"no answer within {seconds:g} s, still {backing.stage}",
        "ask again in a moment; `ingest doctor` shows what fails",
    )


def _of_reply(said: Reply) -> Spent:
    return Spent(said.library_id, said.tokens)


@asynccontextmanager
async def _progress(ctx: Context[Backing]) -> AsyncIterator[None]:
    """Tell the client every second what the block waits for; the SDK keeps it from one that did not ask."""

    async def tell() -> None:
        seconds = 0.0
        while True:
            seconds += PROGRESS_SECONDS
            await ctx.report_progress(seconds, message=ctx.request_context.lifespan_context.stage)
            await anyio.sleep(PROGRESS_SECONDS)

    async with anyio.create_task_group() as telling:
        # a timer, for few calls take so long, and a task is a tenth of those that do not
        begin = asyncio.get_running_loop().call_later(PROGRESS_SECONDS, telling.start_soon, tell)
        try:
            yield
        finally:
            begin.cancel()
        telling.cancel_scope.cancel()
