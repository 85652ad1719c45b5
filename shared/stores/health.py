"""Whether each store does all that is asked of it: a line each, or an error that says what to do."""

from typing import Any

from shared.errors import DatabaseReadOnly
from shared.stores import schema
from shared.stores.open import Stores
from shared.stores.refusals import READ_ONLY_HINT


async def postgres(stores: Stores[Any]) -> str:
    database = await stores.database()
    await schema.check(database)
    [row] = await database.rows(
        """SELECT current_setting('server_version') AS version, current_database() AS name,
           current_setting('transaction_read_only') AS read_only"""
    )
    if row["read_only"] == "on":
        raise DatabaseReadOnly("PostgreSQL is read-only, and takes no usage and no crawl", READ_ONLY_HINT)
    kind = "server" if stores.settings.database_url else "embedded"
    return f"{kind}, version {row['version']}, database {row['name']}, schema whole and up to date"


async def redis(stores: Stores[Any]) -> str:
    kind = "server" if stores.settings.redis_url else "embedded"
    return f"{kind}, {await (await stores.cache()).check()}"


async def qdrant(stores: Stores[Any]) -> str:
    return await (await stores.vectors()).check()
