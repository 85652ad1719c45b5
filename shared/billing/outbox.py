"""What is to be told to somebody, written in the transaction of what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from shared.stores import sql

_SQL = sql.load("shared.billing", "outbox.sql")


@dataclass(frozen=True, slots=True)
class Message:
    """`subject` is the id of what it is about, once a topic; `payload` holds text, numbers and lists."""

    topic: str
    user_id: UUID
    subject: UUID
    payload: Mapping[str, Any] = field(default_factory=dict)


async def put(
    connection: AsyncConnection[Any],
    topic: str,
    user_id: UUID,
    subject: UUID,
    payload: Mapping[str, Any],
    now: datetime,
) -> None:
    await put_many(connection, [Message(topic, user_id, subject, payload)], now)


async def put_many(connection: AsyncConnection[Any], messages: Sequence[Message], now: datetime) -> None:
    """In one statement, however many they are."""
    rows = [
        {
            "topic": message.topic,
            "user_id": str(message.user_id),
            "subject": str(message.subject),
            "payload": dict(message.payload),
        }
        for message in messages
    ]
    if rows:
        await connection.execute(_SQL["put"], {"rows": Jsonb(rows), "now": now})
