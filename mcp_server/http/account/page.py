"""What stands on the page of an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from mcp_server.http.account import said
from mcp_server.http.account.chart import DAYS, chart
from mcp_server.http.account.used import Usage, used
from mcp_server.http.pages.render import rendered
from mcp_server.http.service import Service
from mcp_server.http.sign_in.sessions import Session
from shared.accounts.own.store import Own
from shared.stores.postgres import Row

EXPIRES: Final = {"30": "in 30 days", "90": "in 90 days", "365": "in a year", "never": "never"}
USUAL: Final = "90"


@dataclass(frozen=True, slots=True)
class Found:
    """Rows of one's own account; without `usage` where the counters do not answer."""

    at: datetime
    plan: Row | None
    limits: Row
    usage: Usage | None
    days: list[Row]
    keys: list[Row]
    clients: list[Row]
    invoices: list[Row]
    alerts: list[Row]
    sessions: list[Row]


async def page(service: Service, own: Own, session: Session, done: str) -> Response:
    """`done` is what a form of it did just before. Raises StoreError."""
    once = UUID(bytes=service.random(16), version=4)
    values = told(await _found(service, own), service.resource, service.settings.max_keys, once)
    return rendered("account.html.jinja", session=session, done=done, **values)


async def _found(service: Service, own: Own) -> Found:
    limits, keys = await own.limits() or {}, await own.keys()
    live = [row for row in keys if said.is_live(row, own.at)]
    midnight = own.at.replace(hour=0, minute=0, second=0, microsecond=0)
    return Found(
        own.at,
        await own.plan(),
        limits,
        await used(own, await service.backing.counters(), limits, live),
        await own.usage(midnight - timedelta(days=DAYS - 1)),
        keys,
        await own.clients(),
        await own.invoices(),
        await own.alerts(),
        await own.sessions(),
    )


def told(found: Found, resource: str, most_keys: int, once: UUID) -> dict[str, Any]:
    """Values of its template. Pure."""
    return {
        "wide": True,
        "mcp_url": resource,
        "plan": said.plan(found.plan, found.at),
        "limits": said.limits(found.limits, found.usage),
        "is_counted": found.usage is not None,
        "chart": chart(found.days, found.at.date()),
        "days": said.table(found.days),
        "sums": said.sums(found.days),
        "keys": said.keys(found.keys, found.usage, found.at),
        "live": sum(said.is_live(row, found.at) for row in found.keys),
        "most": most_keys,
        "expires": EXPIRES,
        "usual": USUAL,
        "once": once,
        "clients": said.clients(found.clients),
        "invoices": said.invoices(found.invoices),
        "alerts": said.alerts(found.alerts),
        "unread": sum(not row["is_read"] for row in found.alerts),
        "shown_at": found.at.isoformat(),
        "sessions": said.sessions(found.sessions),
    }
