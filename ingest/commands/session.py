"""Settings and stores for one command."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.libraries.shipped import edition, known_libraries
from shared import settings
from shared.catalogue.store import Catalogue
from shared.settings import Settings
from shared.stores.open import Stores, open_stores


@asynccontextmanager
async def session(command: str) -> AsyncIterator[tuple[Stores, Settings]]:
    """What PostgreSQL shows of us, and a second crawl names, is the command with its process and host."""
    chosen = settings.load()
    application = f"ingest {command}, process {os.getpid()} on {socket.gethostname()}"
    async with open_stores(chosen, application) as stores:
        yield stores, chosen


async def learned_catalogue(stores: Stores) -> Catalogue:
    """The catalogue, after it has learnt the names of the libraries that are shipped as known.

    Whoever asks a server for one of them that is not here is told how it can be crawled.
    """
    catalogue = Catalogue(await stores.database())
    await catalogue.make_known(known_libraries().values(), edition())
    return catalogue
