"""`/account` and what its forms do: one's own keys, applications, alerts, browsers and documents."""

from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mcp_server.http.account.asked import BACK, Asked, back, route
from mcp_server.http.account.document import document
from mcp_server.http.account.new_key import AGAIN, add_key
from mcp_server.http.account.page import page
from mcp_server.http.pages.render import told
from mcp_server.http.service import Service
from shared.errors import InvalidRequest

DONE: Final = {
    "revoked": "The key is revoked. It ends within 30 seconds.",
    "closed": "The application is signed out. It ends within 30 seconds.",
    "read": "All alerts are read.",
    "ended": "Every other browser is signed out.",
}


def routes(service: Service) -> list[Route]:
    if not service.serves_pages:
        return []
    return [
        Route("/", _home),
        route(service, "GET", "/account", show),
        route(service, "POST", "/account/keys", add_key),
        route(service, "POST", "/account/keys/{id:uuid}/revoke", revoke_key),
        route(service, "POST", "/account/clients/{id:uuid}/end", end_client),
        route(service, "POST", "/account/alerts", read_alerts),
        route(service, "POST", "/account/sessions", end_sessions),
        route(service, "GET", "/account/documents/{id:uuid}.{form}", download),
    ]


async def show(asked: Asked) -> Response:
    done = DONE.get(asked.query.get("done", ""), "")
    return await page(asked.service, asked.own, asked.session, done)


async def revoke_key(asked: Asked) -> Response:
    if not await asked.own.revoke_key(asked.path["id"]):
        return _none_of_yours("key")
    return back("revoked", "keys")


async def end_client(asked: Asked) -> Response:
    if not await asked.own.end_client(asked.path["id"]):
        return _none_of_yours("application")
    return back("closed", "clients")


async def read_alerts(asked: Asked) -> Response:
    """Those that the page showed: one that came since stays unread."""
    try:
        shown_at = datetime.fromisoformat(asked.text("shown_at"))
    except ValueError:
        raise InvalidRequest("this form is incomplete", AGAIN) from None
    if shown_at.tzinfo is None:
        raise InvalidRequest("this form is incomplete", AGAIN)
    await asked.own.read_alerts(shown_at)
    return back("read", "alerts")


async def end_sessions(asked: Asked) -> Response:
    await asked.own.end_other_sessions()
    return back("ended", "browsers")


async def download(asked: Asked) -> Response:
    found = await document(asked.own, asked.path["id"], asked.path["form"])
    return found or _none_of_yours("document")


def _none_of_yours(what: str) -> Response:
    return told(f"No such {what}", f"You have no {what} with this id.", status=404, onward=BACK)


async def _home(_request: Request) -> Response:
    return RedirectResponse("/account", 303)
