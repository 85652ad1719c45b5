"""Who changed what: one row a change, in the change's own transaction."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.stores import sql

_SQL = sql.load("shared.stores", "audit.sql")


@dataclass(frozen=True, slots=True)
class Change:
    """What an operator did; `before` and `after` hold ids, numbers and dates, no address and no secret."""

    action: str
    user_id: UUID | None = None
    api_key_id: UUID | None = None
    library_id: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


async def audit(connection: AsyncConnection[Any], change: Change) -> None:
    """Append the row; the database adds when, and the role of the session."""
    values = {
        "os_user": _os_user(),
        "action": change.action,
        "user_id": change.user_id,
        "api_key_id": change.api_key_id,
        "library_id": change.library_id,
        "before": _json(change.before),
        "after": _json(change.after),
    }
    await connection.execute(_SQL["append"], values)


def _json(values: Mapping[str, Any] | None) -> Jsonb | None:
    if values is None:
        return None
    return Jsonb({name: _plain(value) for name, value in values.items()})


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, bool | int | str | list) else str(value)


def _os_user() -> str:
    """Not by the environment, which anybody can set."""
    if sys.platform == "win32":
        return os.getlogin()
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
