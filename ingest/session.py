"""Settings and stores for one command."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared import settings
from shared.settings import Settings
from shared.stores.open import Stores, open_stores


@asynccontextmanager
async def session(command: str) -> AsyncIterator[tuple[Stores, Settings]]:
    """What PostgreSQL shows of us, and a second crawl names, is the command with its process and host."""
    chosen = settings.load()
    application = f"ingest {command}, process {os.getpid()} on {socket.gethostname()}"
    async with open_stores(chosen, application) as stores:
        yield stores, chosen
