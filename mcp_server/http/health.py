"""`/healthz`: the process lives. `/readyz`: its stores answer, and the schema is that of this code."""

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from datetime import datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from mcp_server.http.service import Service
from shared.errors import in_words
from shared.stores import health

log = logging.getLogger(__name__)

PATIENCE_SECONDS: Final = 5.0
KEPT: Final = timedelta(seconds=2)
"""Anybody may ask, and the stores are asked no more often."""

Found = Mapping[str, str]
"""By store, what is wrong with it; empty for one that answers."""


class Ready:
    """One look at a time, for all that ask meanwhile."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._looking = asyncio.Lock()
        self._found: Found = {}
        self._at: datetime | None = None
        self._told = ""

    async def __call__(self, _request: Request) -> Response:
        if self._service.draining.is_set():
            return JSONResponse({"ready": False, "stores": {}, "message": "the service is about to end"}, 503)
        async with self._looking:
            now = self._service.clock()
            if self._at is None or now - self._at > KEPT:
                self._found, self._at = await self._look(), now
        wrong = {store: why for store, why in self._found.items() if why}
        self._tell("; ".join(f"{store}: {why}" for store, why in wrong.items()))
        stores = {store: "fails" if why else "answers" for store, why in self._found.items()}
        return JSONResponse({"ready": not wrong, "stores": stores}, 503 if wrong else 200)

    async def _look(self) -> Found:
        stores = await self._service.backing.stores()
        checks: dict[str, Awaitable[str]] = {
            "postgresql": self._postgres(),
            "redis": health.redis(stores),
            "limits": self._limits(),
            "qdrant": health.qdrant(stores),
        }
        return dict(zip(checks, await asyncio.gather(*map(_trouble, checks.values())), strict=True))

    async def _postgres(self) -> str:
        await self._service.backing.database()  # who gives up does not stop a start that takes long
        return await health.postgres(await self._service.backing.stores())

    async def _limits(self) -> str:
        return str(await (await self._service.backing.counters()).check())

    def _tell(self, trouble: str) -> None:
        """The log has what the world is not told; the same trouble once."""
        if trouble and trouble != self._told:
            log.error("not ready: %s", trouble)
        self._told = trouble


def routes(service: Service) -> list[Route]:
    return [Route("/healthz", live), Route("/readyz", Ready(service).__call__)]


async def live(_request: Request) -> Response:
    return PlainTextResponse("ok\n")


async def _trouble(check: Awaitable[str]) -> str:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await check
    except TimeoutError:
        return f"no answer within {PATIENCE_SECONDS:g} s"
    except Exception as error:  # whatever it is, the store is of no use now
        return in_words(error)
    return ""
