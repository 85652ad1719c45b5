"""Every call passes here, of tools, resources, prompts and completions: who calls, whether they may, one usage record.

It ends in time, and a client that asks for progress gets a message every second that says what it waits for.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar
from uuid import UUID, uuid4

import anyio
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ResourceNotFoundError
from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel

from mcp_server.backing import Backing
from mcp_server.refusals import BadKey, Refused
from mcp_server.usage import COMPLETE, PROMPT, READ
from mcp_server.wire.arguments import QUERY, RESOLVE
from shared.accounts.access import allows
from shared.errors import (
    AnswerLate,
    CountersUnavailable,
    InvalidKey,
    InvalidLibraryId,
    LecternError,
    LibraryUnknown,
    VersionUnknown,
)
from shared.model.account import (
    ANONYMOUS,
    EVERYTHING,
    Access,
    Admitted,
    Denied,
    Outcome,
    Principal,
    Refusal,
    Uncounted,
    UsageRecord,
)
from shared.visible import visible

if TYPE_CHECKING:
    from shared.accounts.counters import Counts

log = logging.getLogger(__name__)

PROGRESS_SECONDS = 1.0
LEASE_BEYOND = 5.0
"""Seconds after a call's time is over in which its place among those that run at once is free again."""

COUNTED: dict[str, "Counts | None"] = {
    RESOLVE: "all",
    QUERY: "all",
    READ: "all",
    COMPLETE: "minute",
    PROMPT: None,
}
"""In which limits a call of each kind counts."""
_MISSES = (InvalidLibraryId, LibraryUnknown, VersionUnknown, ResourceNotFoundError)
"""Answers in the form of an error: nothing failed."""

T = TypeVar("T")
Work = Callable[[Principal], Awaitable[T]]
"""What a call does, for whom it is made."""


class Spent(NamedTuple):
    """What a call gave: the library that it was about, tokens, whether anything was found, and at once."""

    library_id: str | None = None
    tokens: int = 0
    missed: bool = False
    cached: bool = False
    refused_by: Refusal | None = None
    api_key_id: UUID | None = None


NOTHING = Spent()
Miss = Literal["request", "library", "version", "passages"]
"""Why there is nothing: what was asked cannot be, there is no such library or version, or nothing fits."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool has to say: the text, the same as data, and what it cost.

    `meta` is what only a program wants to know.
    """

    text: str
    data: BaseModel
    spent: Spent = NOTHING
    meta: dict[str, Any] | None = None
    miss: Miss | None = None


async def answered(ctx: Context[Backing], tool: str, query: str, reply: Work[Reply]) -> CallToolResult:
    """The result of a tool. What a person must mend (LecternError) is an error result in one line."""
    backing = ctx.request_context.lifespan_context
    async with _progress(ctx):
        try:
            said = await passed(backing, tool, reply, _of_reply, query=query)
        except LecternError as error:
            refused = isinstance(error, Refused)
            log.log(logging.INFO if refused else logging.ERROR, "%s: %s", tool, error.line)
            return CallToolResult(
                content=[TextContent(type="text", text=error.line)],
                structured_content=error.data if isinstance(error, Refused) else None,
                is_error=True,
            )
    return CallToolResult(
        content=[TextContent(type="text", text=said.text)],
        structured_content=said.data.model_dump(mode="json"),
        _meta=said.meta,
    )


async def passed(
    backing: Backing, call: str, work: Work[T], spent: Callable[[T], Spent], *, query: str = ""
) -> T:
    """What the work of one call gives; however it ends, it leaves a usage record.

    Raises Refused, AnswerLate when it takes longer than LECTERN_TOOL_TIMEOUT, and whatever the work raises.
    """
    begun, started, call_id = datetime.now(UTC), time.monotonic(), uuid4()
    caller, admitted, used = ANONYMOUS, None, Spent()
    outcome: Outcome = "failed"
    try:
        async with _in_time(backing):
            caller = await admissible(backing, reads=call != PROMPT)
            admitted = await _admission(backing, caller, call, call_id)
            given = await work(caller)
        used = spent(given)
        outcome = "missed" if used.missed else "answered"
        return given
    except Refused as refused:
        outcome, used = (
            "refused",
            Spent(refused_by=refused.denied.refused_by, api_key_id=refused.denied.api_key_id),
        )
        raise
    except _MISSES as error:
        outcome, used = "missed", await _missed(backing, caller, error)
        raise
    finally:
        record = UsageRecord(
            id=call_id,
            tool_name=call,
            library_id=used.library_id,
            query=visible(query) if query and backing.settings.log_queries else None,
            tokens_returned=used.tokens,
            response_time_ms=round((time.monotonic() - started) * 1000),
            created_at=begun,
            api_key_id=caller.api_key_id or used.api_key_id,
            outcome=outcome,
            refused_by=used.refused_by,
            cached=used.cached,
        )
        backing.usage.add(record)
        if admitted is not None:
            backing.release_soon(caller, admitted, used.tokens, give_back=outcome == "failed")


async def admissible(backing: Backing, *, reads: bool = True) -> Principal:
    """Who calls, if that may be. Raises Refused; nothing is counted.

    What reads nothing asks no database what may be read.
    """
    try:
        who = await backing.callers.own(reads=reads)
    except InvalidKey as error:
        raise BadKey(error) from error
    if isinstance(who, Denied):
        raise Refused(who)
    return who


async def hidden(backing: Backing, caller: Principal, library_id: str) -> Refusal | None:
    """`library` where it is there, and may not be read: the caller is not to know, the operator is."""
    if caller.access == EVERYTHING:
        return None
    there = await (await backing.catalogue()).library(library_id)
    return "library" if there else None


async def hidden_name(backing: Backing, access: Access, name: str) -> Refusal | None:
    """The same for a name that no library answers to, of those that may be read."""
    if access == EVERYTHING:
        return None
    named = await (await backing.catalogue()).named(name)
    return "library" if any(not allows(access, library.id) for library in named) else None


async def _admission(backing: Backing, caller: Principal, call: str, call_id: UUID) -> Admitted | None:
    """The call, counted; None where nothing is counted for it. Raises Refused."""
    counts = COUNTED[call]
    if caller.api_key_id is None or counts is None:
        return None
    lease = backing.settings.tool_timeout + LEASE_BEYOND
    try:
        counters = await backing.counters()
        said = await counters.admit(caller, call_id, counts, lease)
        if isinstance(said, Uncounted):
            await _recount(backing, caller, said)
            said = await counters.admit(caller, call_id, counts, lease)
        if isinstance(said, Uncounted):
            raise CountersUnavailable(
                "limits cannot be counted: Redis loses them at once", "give it more memory"
            )
    except CountersUnavailable as error:
        backing.counters_failed(error)
        if backing.settings.limits_on_failure == "allow":
            return None
        raise Refused(Denied("unavailable")) from error
    if isinstance(said, Denied):
        raise Refused(said)
    return said if counts == "all" else None


async def _recount(backing: Backing, caller: Principal, since: Uncounted) -> None:
    """Set counters that are missing from what was written down."""
    accounts, key_id = await backing.accounts(), caller.api_key_id
    assert key_id is not None  # noqa: S101 - only calls of a key are counted
    day = await accounts.used_since(key_id, since.day)
    month = await accounts.used_since(key_id, since.month)
    counters = await backing.counters()
    await counters.recount(caller, since, day["key_requests"], month["user_requests"], month["user_tokens"])


async def _missed(backing: Backing, caller: Principal, error: Exception) -> Spent:
    library_id = error.library_id if isinstance(error, LibraryUnknown | VersionUnknown) else None
    refused_by = None
    if isinstance(error, LibraryUnknown):
        refused_by = await hidden(backing, caller, error.library_id)
    return Spent(library_id, missed=True, refused_by=refused_by)


@asynccontextmanager
async def _in_time(backing: Backing) -> AsyncIterator[None]:
    seconds = backing.settings.tool_timeout
    with anyio.move_on_after(seconds) as time_left:
        yield
    if time_left.cancelled_caught:
        raise AnswerLate(
            f"no answer within {seconds:g} s, still {backing.stage}",
            "ask again in a moment; `ingest doctor` shows what fails",
        )


def _of_reply(said: Reply) -> Spent:
    return said.spent


@asynccontextmanager
async def _progress(ctx: Context[Backing]) -> AsyncIterator[None]:
    """Tell the client every second what the block waits for; the SDK keeps it from one that did not ask."""
    telling: list[asyncio.Task[None]] = []

    async def tell() -> None:
        seconds = 0.0
        while True:
            seconds += PROGRESS_SECONDS
            await ctx.report_progress(seconds, message=ctx.request_context.lifespan_context.stage)
            await anyio.sleep(PROGRESS_SECONDS)

    # a timer, for few calls take so long, and a task is a tenth of those that do not
    begin = asyncio.get_running_loop().call_later(
        PROGRESS_SECONDS, lambda: telling.append(asyncio.ensure_future(tell()))
    )
    try:
        yield
    finally:
        begin.cancel()
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)
