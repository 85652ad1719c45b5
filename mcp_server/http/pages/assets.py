"""`/assets/lectern.css`: the stylesheet of all pages."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mcp_server.http.pages.render import STYLESHEET
from mcp_server.http.service import Service

_HEADERS = {"Cache-Control": "public, max-age=86400", "X-Content-Type-Options": "nosniff"}
"""Its address changes with it."""


def routes(service: Service) -> list[Route]:
    return [Route("/assets/lectern.css", _stylesheet)] if service.serves_pages else []


async def _stylesheet(_request: Request) -> Response:
    return Response(STYLESHEET, media_type="text/css", headers=_HEADERS)
