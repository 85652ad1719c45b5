"""Settings and stores for one command."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ingest.libraries.shipped import edition, shipped_libraries
from shared import settings
from shared.catalogue.store import Catalogue
from shared.settings import IngestSettings
from shared.stores.open import Stores, open_stores


@asynccontextmanager
async def session(command: str) -> AsyncIterator[tuple[Stores[IngestSettings], IngestSettings]]:
    """The name in PostgreSQL and in the error of a second crawl: the command, its process and host."""
    chosen = settings.load()
    application = f"ingest {command}, process {os.getpid()} on {socket.gethostname()}"
    async with open_stores(chosen, application) as stores:
        yield stores, chosen


async def catalogue_with_shipped(stores: Stores) -> Catalogue:
    """The catalogue, with the names of the shipped libraries stored.

    A server that is asked for one that is not indexed names the command that crawls it.
    """
    catalogue = Catalogue(await stores.database())
    await catalogue.make_known(shipped_libraries().values(), edition())
    return catalogue
