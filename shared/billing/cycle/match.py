"""What came to bank accounts is asked for, and pays the invoices that it names: before anybody is charged for them."""

from datetime import datetime
from typing import cast

from shared.billing.cycle.charge import Collect
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Receiver
from shared.billing.payments.providers.configured import RECEIVERS
from shared.billing.payments.till import Till
from shared.billing.payments.transfers import receiving, transfers


async def match(connection: Connection, collect: Collect | None, now: datetime, *, rehearsed: bool) -> Till:
    """On a connection in autocommit. All that is unmatched is tried again; a rehearsal asks nobody what came.

    Counts what is `received`, `matched`, and `unsure`, which a person must look at.
    """
    providers = collect.providers if collect else {}
    till = Till(connection, providers, {}, collect.instant if collect else lambda: now)
    for name in RECEIVERS:
        if name in providers and not rehearsed:
            await till.guarded(name, receiving.receive(till, cast(Receiver, providers[name]), now))
    await receiving.match(till, now)
    async with till.transaction():
        till.counts["unsure"] = await transfers.waiting(connection)
    return till
