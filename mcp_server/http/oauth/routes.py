"""The routes of the authorization server, where pages are served."""

from starlette.routing import Route

from mcp_server.http.oauth import metadata
from mcp_server.http.oauth.authorize import Authorize
from mcp_server.http.oauth.clients import Clients
from mcp_server.http.oauth.consent import Consent
from mcp_server.http.oauth.device import Device
from mcp_server.http.oauth.documents import ClientDocuments
from mcp_server.http.oauth.register import Register
from mcp_server.http.oauth.token import TokenEndpoint
from mcp_server.http.service import Service
from shared.guard.guard import Guard


def routes(service: Service, documents: ClientDocuments | None = None) -> list[Route]:
    if not service.serves_pages:
        return []
    clients = Clients(service, documents or ClientDocuments(Guard(), service.clock))
    consent, device, tokens = Consent(service), Device(service), TokenEndpoint(service)
    return [
        *metadata.routes(service),
        Route("/oauth/authorize", Authorize(service, clients).begin, methods=["GET"]),
        Route("/oauth/consent", consent.show, methods=["GET"]),
        Route("/oauth/consent", consent.answer, methods=["POST"]),
        Route("/oauth/device", device.page, methods=["GET"]),
        Route("/oauth/device", device.begin, methods=["POST"]),
        Route("/oauth/device/confirm", device.confirm, methods=["POST"]),
        Route("/oauth/register", Register(service).register, methods=["POST"]),
        Route("/oauth/revoke", tokens.revoke, methods=["POST"]),
        Route("/oauth/token", tokens.exchange, methods=["POST"]),
    ]
