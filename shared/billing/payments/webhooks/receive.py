"""What providers post to us: verified, stored as it came, and nothing else. It knows no HTTP framework."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg import AsyncConnection

from shared.billing.payments.port import Event, Verifier
from shared.errors import EventRefused, ProviderError
from shared.one_line import one_line
from shared.stores import sql
from shared.stores.postgres import Row, fetched

MOST_BYTES: Final = 1_000_000
"""Of a body; whoever mounts this need not read more."""
NEEDS: Final = {
    "stripe": "LECTERN_STRIPE_WEBHOOK_SECRET",
    "paypal": "LECTERN_PAYPAL_WEBHOOK_ID",
    "wise": "LECTERN_WISE_PUBLIC_KEY",
}
"""By provider, the setting without which nothing of it is believed."""
_LONGEST: Final = {"id": 255, "type": 100, "object_id": 255, "account": 255}

_SQL = sql.load("shared.billing.payments.webhooks", "receive.sql")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the provider is answered: a status of HTTP, and a line. Only 200 ends its repeats.

    `hint` is for the operator, and nothing that the world needs to know.
    """

    status: int
    line: str
    event_id: str | None = None
    hint: str = ""

    @property
    def is_taken(self) -> bool:
        return self.status == 200


async def receive(
    connection: AsyncConnection[Row],
    verifiers: Mapping[str, Verifier],
    provider: str,
    headers: Mapping[str, str],
    body: bytes,
    now: datetime,
) -> Reply:
    """Store one event, which a later billing run believes once it fetched the object. Raises StoreError.

    400 refuses what is not genuine, 503 what cannot be judged now: the provider sends that again.
    """
    if provider not in NEEDS:
        return Reply(404, f"no provider is called {one_line(provider)[:40]!r}")
    if provider not in verifiers:
        return Reply(503, f"no message of {provider} can be verified here", hint=f"set {NEEDS[provider]}")
    if len(body) > MOST_BYTES:
        return Reply(413, f"the body has {len(body):,} bytes, and {MOST_BYTES:,} are taken")
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Reply(400, "the body is not UTF-8")
    try:
        event = await verifiers[provider].event(
            {name.lower(): value for name, value in headers.items()}, body, now
        )
    except EventRefused as error:
        return Reply(400, str(error), hint=error.hint)
    except ProviderError as error:
        return Reply(503, str(error), hint=error.hint)
    if odd := _odd(event):
        return Reply(400, odd)
    is_new = await _stored(connection, provider, event, text, now)
    return Reply(200, "stored" if is_new else "stored before", event.id)


def _odd(event: Event) -> str | None:
    """What the table would not hold."""
    for name, most in _LONGEST.items():
        value = getattr(event, name)
        if value is not None and (not value.isprintable() or not 1 <= len(value) <= most):
            return f"the event's {name.replace('_', ' ')} is empty, too long or not text"
    return None


async def _stored(
    connection: AsyncConnection[Row], provider: str, event: Event, body: str, now: datetime
) -> bool:
    values = {
        "provider": provider,
        "event_id": event.id,
        "type": event.type,
        "object_id": event.object_id,
        "account": event.account,
        "happened_at": event.happened_at,
        "body": body,
        "now": now,
    }
    [row] = await fetched(connection, _SQL["record_event"], values)
    return bool(row["is_new"])
