"""Alerts to the address that the operator set: signed, no redirect followed, one small request each."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import aiohttp
from psycopg import AsyncConnection

from shared.billing.alerts import alerts
from shared.billing.delivery import signature
from shared.billing.delivery.outcome import DELIVERED, LATER, Outcome, later, refused, told
from shared.billing.money import trimmed
from shared.errors import DeliveryStopped
from shared.stores.postgres import Row

PATIENCE: Final = 15.0
"""Seconds for one request."""
_RECIPIENT: Final = "webhook"
_NOT_OURS: Final = (401, 403, 404, 405, 410)
"""Answers to whatever is posted there: the address or the secret is wrong."""
_NOT_NOW: Final = (408, 409, 425, 429)


@dataclass(slots=True)
class Webhook:
    """`url` is where every alert goes."""

    url: str
    secret: str
    patience: float = PATIENCE
    topics: Sequence[str] = (alerts.RAISED,)
    named: str = "msg_%s"
    _session: aiohttp.ClientSession = field(init=False, repr=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=self.patience)
        async with aiohttp.ClientSession(
            timeout=timeout, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session:
            self._session = session
            yield

    async def parcel(self, connection: AsyncConnection[Row], row: Row, now: datetime) -> "Call":
        return Call(self, row["message_id"], body(await alerts.find(connection, row["subject"])))

    async def post(self, message_id: str, content: bytes, instant: datetime) -> Outcome:
        """Raises DeliveryStopped where the address takes nothing."""
        signed = signature.headers(self.secret, message_id, instant, content)
        try:
            async with self._session.post(
                self.url,
                data=content,
                headers={"content-type": "application/json", **signed},
                allow_redirects=False,
            ) as reply:
                return _outcome(reply.status)
        except aiohttp.ClientConnectorCertificateError as error:
            raise DeliveryStopped(
                f"the certificate of the webhook is refused: {told(str(error.certificate_error))}",
                "correct LECTERN_ALERT_WEBHOOK_URL, or name your own authority's file in SSL_CERT_FILE",
            ) from error
        except aiohttp.ClientConnectorError as error:
            raise DeliveryStopped(
                f"the webhook is away: {told(error.os_error.strerror or type(error).__name__)}",
                f"{LATER}; else correct LECTERN_ALERT_WEBHOOK_URL",
            ) from error
        except aiohttp.InvalidURL as error:
            raise DeliveryStopped(
                "the address of the webhook leads nowhere", "correct LECTERN_ALERT_WEBHOOK_URL"
            ) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            return later(f"no answer from the webhook: {type(error).__name__}", unanswered=True)


@dataclass(frozen=True, slots=True)
class Call:
    webhook: Webhook
    message_id: str
    content: bytes
    recipient: str = _RECIPIENT

    async def send(self, instant: datetime) -> Outcome:
        return await self.webhook.post(self.message_id, self.content, instant)


def body(alert: Row) -> bytes:
    """What is posted of an alert: `type`, `timestamp` and `data`; amounts and percents are text."""
    said = {
        "type": f"alert.{alert['type']}",
        "timestamp": alert["created_at"].astimezone(UTC).isoformat(),
        "data": {
            "id": str(alert["id"]),
            "user": {"id": str(alert["user_id"]), "email": alert["user"]},
            "message": alert["message"],
            "threshold": _number(alert["threshold"]),
            "current_value": _number(alert["current_value"]),
            "metadata": alert["metadata"],
        },
    }
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def _outcome(status: int) -> Outcome:
    if 200 <= status <= 299:
        return DELIVERED
    if 300 <= status <= 399:
        raise DeliveryStopped(
            f"the webhook answers {status}, and no redirect is followed",
            "name the address where it leads in LECTERN_ALERT_WEBHOOK_URL",
        )
    if status in _NOT_OURS:
        raise DeliveryStopped(
            f"the webhook answers {status}",
            "correct LECTERN_ALERT_WEBHOOK_URL and LECTERN_ALERT_WEBHOOK_SECRET",
        )
    told_of = f"the webhook answers {status}"
    return refused(told_of) if 400 <= status <= 499 and status not in _NOT_NOW else later(told_of)


def _number(value: Decimal | None) -> Any:
    return None if value is None else trimmed(value)
