"""Who calls, what they may use and read, and what a call used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Refusal = Literal[
    "key",
    "user",
    "concurrent",
    "minute",
    "day",
    "month_requests",
    "month_tokens",
    "library",
    "unavailable",
]
"""What a call was refused by; where it is the library, the caller reads that there is no such library."""
Outcome = Literal["answered", "missed", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a caller may use; None is no limit. Minute and day are the key's, the others the user's."""

    minute: int | None = None
    day: int | None = None
    month_requests: int | None = None
    month_tokens: int | None = None
    concurrent: int | None = None
    month_starts: tuple[datetime, ...] = ()
    """Where the user's months begin; outside of them, and without any, a month is the calendar's in UTC."""


@dataclass(frozen=True, slots=True)
class Access:
    """Which libraries may be read: ids, and `/org/*` for all of a namespace's, in small letters and in order."""

    libraries: tuple[str, ...] | None = None
    """What a key narrows its user's rights to; None is nothing."""
    allowed: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    """What rules say: of a library, before what they say of its namespace. Nothing stands in both."""
    is_closed: bool = False
    """What no rule names may not be read."""


EVERYTHING = Access()
UNKNOWN = Access(libraries=())
"""While the database is away that rules it: what asks no store is answered, all else asks for the rules again."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a call is made for; no key where none is needed."""

    user_id: UUID | None = None
    api_key_id: UUID | None = None
    limits: Limits = Limits()
    access: Access = EVERYTHING


ANONYMOUS = Principal()


@dataclass(frozen=True, slots=True)
class Denied:
    """Why a call may not go on: the limit that is reached, and when to try again, where that helps."""

    refused_by: Refusal
    limit: int | None = None
    retry_after_seconds: int | None = None
    api_key_id: UUID | None = None
    """Whose call it is, where only the key or its user speaks against it."""


@dataclass(frozen=True, slots=True)
class Admitted:
    """A call that was counted, and when the day and the month began that it was counted in."""

    call: UUID
    day: datetime
    month: datetime


@dataclass(frozen=True, slots=True)
class Uncounted:
    """Counters that are missing, and since when calls are to be counted for them."""

    day: datetime
    month: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """What is used of each limit, None where its counter is missing; when the day and the month end."""

    minute: int
    day: int | None
    month_requests: int | None
    month_tokens: int | None
    concurrent: int
    day_ends: datetime
    month_ends: datetime


@dataclass(frozen=True, slots=True)
class UsageRecord:
    """One row of `usage_logs`: one call, or `repeats` of one kind. The same record twice is one row, by its id.

    Whose it is follows from the key.
    """

    id: UUID
    tool_name: str
    library_id: str | None
    query: str | None
    tokens_returned: int
    response_time_ms: int
    created_at: datetime
    api_key_id: UUID | None = None
    outcome: Outcome = "answered"
    refused_by: Refusal | None = None
    cached: bool = False
    repeats: int = 1
