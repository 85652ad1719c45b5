"""A version is asked for again as it was asked for before: the order of a crawl, read back from it."""

from dataclasses import replace
from datetime import datetime

from ingest.crawl.addresses.bounds import Bounds, Manner
from ingest.plan.order import Order
from shared.catalogue.crawls import ENDED, Crawls, Refreshable
from shared.catalogue.generations import Generations
from shared.catalogue.store import Catalogue
from shared.errors import NeverCrawled
from shared.model.library import LibraryRef
from shared.stores.postgres import Database


async def due(database: Database, ref: LibraryRef | None, before: datetime | None) -> list[Refreshable]:
    """Served versions, all or those of one library, that were last looked at before a time, if one is given.

    Raises LibraryUnknown, VersionUnknown, and NeverCrawled where there is nothing to go by.
    """
    crawls = Crawls(database)
    if ref is None:
        return await crawls.refreshable(before=before)
    await Catalogue(database).served(ref.id, ref.version)
    if not await crawls.refreshable(ref.id, ref.version):
        raise NeverCrawled(f"no crawl of {ref} is remembered", f"crawl it: ingest crawl {ref.id} URL")
    return await crawls.refreshable(ref.id, ref.version, before)


async def refresh_order(database: Database, version: Refreshable, *, force: bool, manner: Manner) -> Order:
    """What was ordered when the served generation was made or confirmed; with `force`, what is held back."""
    library = await Catalogue(database).known(version.library_id)
    options = version.options
    row = await Generations(database).version(version.library_id, version.version)
    held = row and force and await Crawls(database).newest(row, ("held",))
    if held and held.generation_id:
        options = held.options
    bounds = Bounds(version.start_url).as_stored(options)
    return Order(library, version.version, bounds, manner, force=force, kind="refresh")


async def retry_order(database: Database, order: Order) -> Order:
    """The order of the last crawl of this version, for what failed in it. Raises NeverCrawled."""
    row = await Generations(database).version(order.library.id, order.version)
    last = row and await Crawls(database).newest(row, ("running", *ENDED))
    if not last:
        raise NeverCrawled(
            f"{order.library.id} {order.version} was never crawled",
            f"crawl it: ingest crawl {order.library.id} URL",
        )
    return replace(order, bounds=order.bounds.as_stored(last.options))
