"""Every route of signing in."""

from starlette.routing import Route

from mcp_server.http.service import Service
from mcp_server.http.sign_in import invite_page, link_page, password_page, provider_page
from mcp_server.http.sign_in.providers.configured import providers
from mcp_server.http.sign_in.room import Room, route


def routes(service: Service) -> list[Route]:
    """None where no pages are served. Raises SettingsError."""
    if not service.serves_pages:
        return []
    room = Room(service, providers(service.settings, service.clock))
    return [
        route(room, "GET", "/sign-in", password_page.show),
        route(room, "POST", "/sign-in", password_page.sign_in),
        route(room, "POST", "/sign-out", password_page.sign_out),
        route(room, "POST", "/sign-in/link", link_page.confirm),
        route(room, "GET", "/sign-in/link/{token}", link_page.follow),
        route(room, "GET", "/sign-in/with/{provider}", provider_page.begin),
        route(room, "GET", "/oauth/callback/{provider}", provider_page.callback),
        route(room, "GET", "/invite/{token}", invite_page.show, invite_page.REFUSED),
        route(room, "POST", "/invite/{token}", invite_page.set_password, invite_page.REFUSED),
        route(room, "GET", "/invite/{token}/with/{provider}", invite_page.connect, invite_page.REFUSED),
    ]
