"""What stands on the page of an account."""

from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from starlette.responses import Response

from mcp_server.http.account import said
from mcp_server.http.account.chart import DAYS, chart
from mcp_server.http.account.used import used
from mcp_server.http.pages.render import rendered
from mcp_server.http.service import Service
from mcp_server.http.sign_in.sessions import Session
from shared.accounts.own.store import Own

EXPIRES: Final = {"30": "in 30 days", "90": "in 90 days", "365": "in a year", "never": "never"}
USUAL: Final = "90"


async def page(service: Service, own: Own, session: Session, done: str) -> Response:
    """`done` is what a form of it did just before. Raises StoreError."""
    values = await _values(service, own)
    return rendered("account.html.jinja", session=session, done=done, **values)


async def _values(service: Service, own: Own) -> dict[str, Any]:
    at, today = own.at, own.at.date()
    limits, keys = await own.limits() or {}, await own.keys()
    live = [row for row in keys if said.is_live(row, at)]
    usage = await used(own, await service.backing.counters(), limits, live)
    first = at.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    days, alerts = await own.usage(first), await own.alerts()
    return {
        "wide": True,
        "plan": said.plan(await own.plan(), at),
        "limits": said.limits(limits, usage),
        "is_counted": usage is not None,
        "chart": chart(days, today),
        "days": said.table(days),
        "sums": said.sums(days),
        "keys": said.keys(keys, usage, at),
        "live": len(live),
        "most": service.settings.max_keys,
        "expires": EXPIRES,
        "usual": USUAL,
        "once": UUID(bytes=service.random(16), version=4),
        "clients": said.clients(await own.clients()),
        "invoices": said.invoices(await own.invoices()),
        "alerts": said.alerts(alerts),
        "unread": sum(not row["is_read"] for row in alerts),
        "shown_at": at.isoformat(),
        "sessions": said.sessions(await own.sessions()),
        "mcp_url": service.resource,
    }
