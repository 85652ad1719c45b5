"""A till for one command: payments are written, and providers asked, as of one instant."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from time import monotonic

from admin.commands.billing_session import read_now
from admin.commands.session import session
from shared.billing import clock
from shared.billing.payments.providers.configured import chargers, configured
from shared.billing.payments.till import Till


@asynccontextmanager
async def till(command: str, now: str | None) -> AsyncIterator[tuple[Till, datetime]]:
    """Each of its transactions is committed by itself, since what was asked cannot be taken back."""
    typed = read_now(now)
    async with session(command) as stores:
        database = await stores.database()
        async with (
            configured(stores.settings) as providers,
            chargers(stores.settings) as able,
            database.connection() as connection,
        ):
            at = await clock.now(connection, typed, datetime.now(UTC))
            yield Till(connection, providers, able, going_on(at)), at


def going_on(at: datetime) -> Callable[[], datetime]:
    """The instant of the books, as time passes."""
    began = monotonic()
    return lambda: at + timedelta(seconds=monotonic() - began)
