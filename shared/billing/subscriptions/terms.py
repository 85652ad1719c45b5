"""Terms that plans offer: the newest version at an instant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from shared.billing import money
from shared.billing.plans.plan import FREE
from shared.billing.subscriptions.subscription import Cadence, Terms
from shared.stores import sql
from shared.stores.postgres import fetched

_SQL = sql.load("shared.billing.subscriptions", "terms.sql")


class Offers:
    """What all plans offer, at any instant."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._newest_first: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for row in rows:
            self._newest_first[row["plan"]].append(row)
        self._limits = [(row["created_at"], row["limits"]) for row in self._newest_first[FREE]]

    def terms_at(self, plan: str, cadence: Cadence, currency: str, instant: datetime) -> Terms | None:
        """The fee is that of the whole interval. None where the newest version by then has no such price."""
        made = [row for row in self._newest_first.get(plan, ()) if row["created_at"] <= instant]
        for row in made:
            newest = row["version"] == made[0]["version"]
            if newest and (row["interval"], row["currency"]) == (cadence.interval, currency):
                fee = money.rounded(row["amount"] * cadence.count, currency)
                return Terms(plan, row["version"], fee, row["charges"], row["limits"])
        return None

    def name(self, plan: str) -> str:
        """What people read."""
        name: str = self._newest_first[plan][0]["name"]
        return name

    def free_limits(self, instant: datetime) -> Mapping[str, int | None]:
        """What may be used without a subscription that runs."""
        return next((limits for made, limits in self._limits if made <= instant), {})


async def offers(connection: AsyncConnection[Any]) -> Offers:
    return Offers(await fetched(connection, _SQL["offered"]))
