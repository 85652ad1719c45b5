"""Who a user is to a provider: made known to it once, by one key."""

from dataclasses import replace
from uuid import UUID

from shared.billing.payments.port import Charger, Payer
from shared.billing.payments.till import Till
from shared.errors import UserUnknown
from shared.stores import sql
from shared.stores.postgres import Row, fetched

_SQL = sql.load("shared.billing.payments.methods", "methods.sql")


async def customer(till: Till, charger: Charger, user_id: UUID) -> Payer:
    """The user with the provider's id of them.

    What is sent with the key never changes, however often the reply is lost: so it holds no name. Raises UserUnknown
    for one who was removed, and ProviderError.
    """
    row = await _payer(till, charger.name, user_id)
    if row["removed_at"]:
        raise UserUnknown("that user was removed", "add them anew")
    payer = Payer(user_id, row["email"], row["name"], row["provider_customer_id"])
    if payer.customer is None:
        made = await charger.customer(replace(payer, name=None), f"customer/{user_id}")
        async with till.transaction() as connection:
            given = {"user_id": user_id, "provider": charger.name, "customer": made}
            await connection.execute(_SQL["keep_customer"], given)
        kept = await _payer(till, charger.name, user_id)
        payer = replace(payer, customer=kept["provider_customer_id"])
    return payer


async def _payer(till: Till, provider: str, user_id: UUID) -> Row:
    async with till.transaction() as connection:
        [row] = await fetched(connection, _SQL["payer"], {"user_id": user_id, "provider": provider})
    return row
