"""Start of a bridge: which service it leads to, and what is said of it."""

import logging

from mcp_server.bridge.bridge import Bridge
from mcp_server.credentials import Target, target
from mcp_server.wire.lines import Input, Output
from shared.errors import ServiceError
from shared.settings import ServerSettings

log = logging.getLogger(__name__)

_STORES = ("database_url", "redis_url", "limits_redis_url", "qdrant_url")


async def run(settings: ServerSettings, given: Input, taken: Output) -> None:
    """Raises BrokenPipeError when the client reads no more."""
    if named := [f"LECTERN_{name.upper()}" for name in _STORES if getattr(settings, name)]:
        log.warning(
            "answers come from a service over HTTP, and the stores of %s are not opened", ", ".join(named)
        )

    def service() -> Target:
        found = target(settings)
        if found is None:
            raise ServiceError("this machine was logged out of its service", "run `lectern-mcp login`")
        return found

    await Bridge(service, taken.write).run(given)
