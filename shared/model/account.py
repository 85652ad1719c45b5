"""Who calls, and what a call used."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a call is made for; no user where no account is needed."""

    user_id: UUID | None = None
    api_key_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One row of `usage_logs`: one call, or several of one kind. The same record twice is one row, by its id."""

    id: UUID
    tool_name: str
    library_id: str | None
    query: str | None
    tokens_returned: int
    response_time_ms: int
    created_at: datetime
    principal: Principal = Principal()
    calls: int = 1
