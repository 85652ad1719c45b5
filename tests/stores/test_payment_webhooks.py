"""What a provider posts is verified, kept once and as it came; what cannot be judged is asked for again."""

from collections.abc import Mapping
from datetime import datetime

import pytest

from shared.billing.payments.port import Event, Verifier
from shared.billing.payments.webhooks.receive import MOST_BYTES, Reply, receive
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.errors import ProviderUnclear
from shared.stores.postgres import Database, Row, fetched
from tests.billing import NOW
from tests.stripe_signed import OTHER, SECRET, message, signature

pytestmark = pytest.mark.anyio
BODY = message()
STRIPE: Mapping[str, Verifier] = {"stripe": StripeVerifier(SECRET)}


async def received(
    database: Database,
    body: bytes = BODY,
    header: str | None = None,
    provider: str = "stripe",
    verifiers: Mapping[str, Verifier] = STRIPE,
) -> Reply:
    headers = {"Stripe-Signature": signature(body, NOW) if header is None else header}
    async with database.transaction() as connection:
        return await receive(connection, verifiers, provider, headers, body, NOW)


async def kept(database: Database) -> list[Row]:
    async with database.transaction() as connection:
        return await fetched(connection, "SELECT * FROM provider_events ORDER BY received_at")


async def test_an_event_is_kept_once_and_as_it_came(database: Database) -> None:
    assert await received(database) == Reply(200, "stored", "evt_1")
    assert await received(database) == Reply(200, "stored before", "evt_1")
    [row] = await kept(database)
    assert row["body"].encode() == BODY
    assert (row["object_id"], row["status"], row["received_at"]) == ("pi_1", "waiting", NOW)


async def test_an_event_without_an_object_is_kept(database: Database) -> None:
    assert (await received(database, message(about=None))).is_taken
    assert [row["object_id"] for row in await kept(database)] == [None]


async def test_what_is_not_genuine_is_not_kept(database: Database) -> None:
    forged = await received(database, header=signature(BODY, NOW, OTHER))
    assert (forged.status, forged.event_id) == (400, None)
    assert (await received(database, b"\xff{}")).line == "the body is not UTF-8"
    assert (await received(database, b"x" * (MOST_BYTES + 1))).status == 413
    assert (await received(database, provider="acme\n")).line == "no provider is called 'acme'"
    assert await kept(database) == []


@pytest.mark.parametrize(
    ("provider", "setting"),
    [
        ("stripe", "LECTERN_STRIPE_WEBHOOK_SECRET"),
        ("paypal", "LECTERN_PAYPAL_WEBHOOK_ID"),
        ("wise", "LECTERN_WISE_PUBLIC_KEY"),
    ],
)
async def test_without_its_secret_nothing_of_a_provider_is_believed(
    database: Database, provider: str, setting: str
) -> None:
    reply = await received(database, provider=provider, verifiers={})
    assert (reply.status, reply.hint) == (503, f"set {setting}")
    assert reply.line == f"no message of {provider} can be verified here"
    assert await kept(database) == []


@pytest.mark.parametrize("event_id", ["e" * 256, "evt\u0000", ""])
async def test_an_id_that_no_row_could_hold_is_refused(database: Database, event_id: str) -> None:
    reply = await received(database, message(event_id))
    assert (reply.status, reply.line) == (400, "the event's id is empty, too long or not text")


async def test_where_nobody_can_judge_it_now_the_provider_is_to_send_it_again(database: Database) -> None:
    class Away:
        async def event(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Event:
            assert list(headers) == ["stripe-signature"]
            raise ProviderUnclear("the certificate cannot be fetched", "it is tried again")

    reply = await received(database, verifiers={"stripe": Away()})
    assert reply == Reply(503, "the certificate cannot be fetched", hint="it is tried again")
