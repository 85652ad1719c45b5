"""Settings and stores for one command."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.accounts.counters import Counters
from shared.accounts.store import Accounts
from shared.settings import AdminSettings, load
from shared.stores.open import Stores, open_stores


@asynccontextmanager
async def session(command: str) -> AsyncIterator[Stores[AdminSettings]]:
    """The name in PostgreSQL: the command, its process and host."""
    application = f"lectern-admin {command}, process {os.getpid()} on {socket.gethostname()}"
    async with open_stores(load(AdminSettings), application) as stores:
        yield stores


@asynccontextmanager
async def accounts(command: str) -> AsyncIterator[Accounts]:
    async with session(command) as stores:
        yield Accounts(await stores.database())


@asynccontextmanager
async def counters(stores: Stores[AdminSettings]) -> AsyncIterator[Counters]:
    opened = Counters(stores.counters_url)
    try:
        yield opened
    finally:
        await opened.close()
