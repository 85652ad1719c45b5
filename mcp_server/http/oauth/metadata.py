"""`/.well-known/`: what a client reads of us before it asks for anything (RFC 8414, RFC 9728)."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_server.http.service import Service
from shared.accounts.oauth.clients import READ

DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
_HEADERS: Final = {"Cache-Control": "public, max-age=3600"}


def routes(service: Service) -> list[Route]:
    resource, server = _resource(service), _server(service)
    return [
        _route("/.well-known/oauth-protected-resource", resource),
        _route("/.well-known/oauth-protected-resource/mcp", resource),
        _route("/.well-known/oauth-authorization-server", server),
    ]


def _route(path: str, document: Mapping[str, Any]) -> Route:
    async def told(_request: Request) -> Response:
        return JSONResponse(document, headers=_HEADERS)

    return Route(path, told, methods=["GET"])


def _resource(service: Service) -> dict[str, Any]:
    return {
        "resource": service.resource,
        "authorization_servers": [service.public_url],
        "scopes_supported": [READ],
        "bearer_methods_supported": ["header"],
        "resource_name": "Lectern",
    }


def _server(service: Service) -> dict[str, Any]:
    at = f"{service.public_url}/oauth"
    registers = {"registration_endpoint": f"{at}/register"} if service.settings.oauth_dcr == "on" else {}
    return {
        "issuer": service.public_url,
        "authorization_endpoint": f"{at}/authorize",
        "token_endpoint": f"{at}/token",
        "revocation_endpoint": f"{at}/revoke",
        "device_authorization_endpoint": f"{at}/device",
        **registers,
        "scopes_supported": [READ],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", DEVICE_GRANT],
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "client_id_metadata_document_supported": True,
        "authorization_response_iss_parameter_supported": True,
    }
