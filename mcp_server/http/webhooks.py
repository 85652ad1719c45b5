"""`POST /webhooks/{provider}`: what payments' providers tell, of those whose messages can be verified here."""

import asyncio
import logging
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_server.http.service import Service
from mcp_server.http.told_once import ToldOnce
from shared.billing.payments.webhooks.receive import receive
from shared.billing.payments.webhooks.verifiers import verifiers
from shared.counted import counted

log = logging.getLogger(__name__)

MOST_AT_ONCE: Final = 2
"""Each holds a connection to the database, perhaps while a provider is asked for its certificate."""
MOST_WAITING: Final = 50


def routes(service: Service) -> list[Route]:
    """None where no provider is configured. Raises SettingsError for a key that cannot be read."""
    believed = verifiers(service.settings)
    free = asyncio.Semaphore(MOST_AT_ONCE)
    refused = ToldOnce(service.clock)
    waiting = 0

    async def webhook(request: Request) -> Response:
        nonlocal waiting
        provider = request.path_params["provider"]
        if provider not in believed:
            return JSONResponse({"error": "not_found", "message": "no such provider"}, 404)
        if waiting >= MOST_WAITING:
            return JSONResponse(
                {"error": "busy", "message": "send it again later"}, 503, {"Retry-After": "60"}
            )
        body = await request.body()
        waiting += 1
        try:
            async with free, (await service.backing.database()).transaction() as connection:
                reply = await receive(
                    connection, believed, provider, dict(request.headers), body, service.clock()
                )
        finally:
            waiting -= 1
        if not reply.is_taken and (times := refused.happened(provider)):
            line = f"{reply.line} ({reply.hint})" if reply.hint else reply.line
            log.warning("%s of %s refused: %s", counted(times, "message"), provider, line)
        return JSONResponse({"message": reply.line}, reply.status)

    return [Route("/webhooks/{provider}", webhook, methods=["POST"])] if believed else []
