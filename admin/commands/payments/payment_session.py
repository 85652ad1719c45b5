"""A till for one command: payments are written, and providers asked, as of one instant."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

from admin.commands.billing_session import read_now
from admin.commands.session import session
from shared.accounts.emails import Address
from shared.accounts.store import Accounts
from shared.billing import clock
from shared.billing.payments.port import Charger
from shared.billing.payments.providers.configured import CHARGERS, configured
from shared.billing.payments.till import Till
from shared.errors import InvalidRequest, UserUnknown
from shared.settings import AdminSettings
from shared.stores.postgres import Row


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a command asks providers; `now` is the instant that it is about."""

    till: Till
    now: datetime
    accounts: Accounts
    settings: AdminSettings

    async def user(self, address: Address) -> Row:
        """Raises UserUnknown, also for one who was removed."""
        user = await self.accounts.user(address)
        if user["removed_at"]:
            raise UserUnknown(f"the user {address.email} was removed", "add them anew")
        return user

    def charger(self, name: str | None) -> Charger:
        """The one that is named, or the only one that is configured. Raises InvalidRequest."""
        if name is not None:
            return self.till.chargers[name]
        names = list(self.till.chargers)
        if len(names) > 1:
            raise InvalidRequest(f"{' and '.join(names)} are configured", "name one by --provider")
        if not names:
            keys = " or ".join(f"LECTERN_{name.upper()}_API_KEY" for name in CHARGERS)
            raise InvalidRequest("no provider is configured that could charge anybody", f"set {keys}")
        return self.till.chargers[names[0]]


@asynccontextmanager
async def desk(command: str, now: str | None) -> AsyncIterator[Desk]:
    """Each transaction of its till is committed by itself, since what was asked cannot be taken back."""
    typed = read_now(now)
    async with session(command) as stores:
        database = await stores.database()
        async with configured(stores.settings) as providers, database.connection() as connection:
            at = await clock.now(connection, typed, datetime.now(UTC))
            till = Till(connection, providers, providers.chargers(), going_on(at))
            yield Desk(till, at, Accounts(database), stores.settings)


def going_on(at: datetime) -> Callable[[], datetime]:
    """The instant of the books, as time passes."""
    began = monotonic()
    return lambda: at + timedelta(seconds=monotonic() - began)
