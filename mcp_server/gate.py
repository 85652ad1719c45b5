"""Every call passes here: who calls, how long it took, one usage record, and nothing unsendable goes out."""

import logging
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime

from mcp.types import CallToolResult, TextContent
from pydantic import BaseModel

from mcp_server.clean import clean, clean_json
from mcp_server.resources import Resources
from shared.errors import LecternError
from shared.model.account import Principal, UsageRecord

log = logging.getLogger(__name__)

ANONYMOUS = Principal()


@dataclass(frozen=True, slots=True)
class Reply:
    """What a tool has to say: the text, the same as data, the library it is about, its cost in tokens."""

    text: str
    data: BaseModel
    library_id: str | None = None
    tokens: int = 0


async def answered(resources: Resources, tool: str, query: str, reply: Awaitable[Reply]) -> CallToolResult:
    """The result of one call. What a person must mend (LecternError) is an error result in one line."""
    begun = datetime.now(UTC)
    started = time.monotonic()
    library_id, tokens = None, 0
    try:
        said = await reply
        library_id, tokens = said.library_id, said.tokens
        return CallToolResult(
            content=[TextContent(type="text", text=clean(said.text))],
            structured_content=clean_json(said.data.model_dump(mode="json")),
        )
    except LecternError as error:
        log.error("%s: %s", tool, error.line)
        return CallToolResult(content=[TextContent(type="text", text=clean(error.line))], is_error=True)
    finally:
        record = UsageRecord(
            tool_name=tool,
            library_id=library_id,
            query=clean(query) if resources.settings.log_queries else None,
            tokens_returned=tokens,
            response_time_ms=round((time.monotonic() - started) * 1000),
            created_at=begun,
            principal=ANONYMOUS,
        )
        resources.usage.add(record)
