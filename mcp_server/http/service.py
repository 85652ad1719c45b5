"""What every route of the service works with."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mcp_server.backing import Backing
from mcp_server.http.together import Together
from shared.settings import HttpSettings


@dataclass(frozen=True, slots=True)
class Service:
    """Of one process. `public_url` is where people reach it, without a slash at its end."""

    settings: HttpSettings
    backing: Backing
    public_url: str
    clock: Callable[[], datetime]
    random: Callable[[int], bytes]
    serves_pages: bool = True
    """Not where the service is reached without TLS from other machines: then it serves keys only."""
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the process is about to end: what would last ends first."""
    together: Together = field(default_factory=Together)

    @property
    def resource(self) -> str:
        """What tokens are made for (RFC 8707)."""
        return f"{self.public_url}/mcp"
