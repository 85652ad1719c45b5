"""Methods of people: one default, whatever happens; each token once; removed here, then at the provider."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.accounts.store import Accounts
from shared.billing.payments import events
from shared.billing.payments.methods import method_links, methods
from shared.billing.payments.methods.detaching import detach_removed, undetached
from shared.billing.payments.methods.methods import Connection
from shared.billing.payments.methods.provider_customers import customer
from shared.billing.payments.port import SeenMethod
from shared.billing.payments.till import Till
from shared.errors import InvalidRequest, ProviderRefused, ProviderStopped, ProviderUnclear, UserUnknown
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_invoice, add_user
from tests.charger import StandIn, owned

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
PAGE = "https://lectern.example/back"


def card(token: str, year: int = 2028, brand: str = "visa") -> SeenMethod:
    return SeenMethod(token, "card", brand, "4242", 12, year)


def opened(connection: Connection, charger: StandIn) -> Till:
    chargers = {charger.name: charger}
    return Till(connection, chargers, chargers, lambda: NOW)


async def defaults(connection: Connection, user_id: UUID) -> list[str]:
    return [
        row["provider_method_id"] for row in await methods.listed(connection, user_id) if row["is_default"]
    ]


async def attempt(connection: Connection, method: Row, status: str, decline: str | None = None) -> None:
    bill = await add_invoice(connection, method["user_id"])
    await connection.execute(
        """INSERT INTO payments (invoice_id, user_id, amount, currency, status, decline, provider, method_id, origin)
           VALUES (%(invoice)s, %(user)s, %(amount)s, 'EUR', %(status)s, %(decline)s, 'stripe', %(method)s, 'hand')""",
        {"invoice": bill["id"], "user": method["user_id"], "amount": Decimal(24), "status": status,
         "decline": decline, "method": method["id"]},
    )  # fmt: skip


async def test_there_is_one_default_while_there_is_any_method(database: Database) -> None:
    async with database.connection() as connection:
        user_id = await add_user(connection)
        first = await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        second = await methods.add(connection, user_id, "stripe", card("pm_2"), NOW + HOUR)
        third = await methods.add(connection, user_id, "paypal", card("pp_3"), NOW + 2 * HOUR)
        assert (first["is_default"], second["is_default"], third["is_default"]) == (True, False, False)
        async with connection.transaction():
            await methods.make_default(connection, second)
        assert await defaults(connection, user_id) == ["pm_2"]
        async with connection.transaction():
            heir = await methods.remove(
                connection, await methods.one(connection, second["id"]), NOW + 3 * HOUR
            )
        assert heir
        assert heir["id"] == third["id"]
        async with connection.transaction():
            assert await methods.remove(connection, await methods.one(connection, first["id"]), NOW) is None
        assert await defaults(connection, user_id) == ["pp_3"]
        async with connection.transaction():
            assert await methods.remove(connection, await methods.one(connection, third["id"]), NOW) is None
        assert await methods.listed(connection, user_id) == []
        assert len(await methods.listed(connection, user_id, removed=True)) == 3
        last = await methods.add(connection, user_id, "stripe", card("pm_4"), NOW)
        assert last["is_default"]


async def test_a_new_method_takes_the_place_of_a_default_that_failed_or_expired(database: Database) -> None:
    async with database.connection() as connection:
        user_id = await add_user(connection)
        await methods.add(connection, user_id, "stripe", card("pm_1", 2025), NOW)
        second = await methods.add(connection, user_id, "stripe", card("pm_2"), NOW)
        assert second["is_default"]  # NOW is in 2026
        await attempt(connection, second, "failed", "refused")
        third = await methods.add(connection, user_id, "stripe", card("pm_3"), NOW)
        assert not third["is_default"]  # the amount was refused, not the card
        await attempt(connection, second, "failed", "hard")
        assert not (await methods.add(connection, user_id, "stripe", card("pm_3"), NOW))[
            "is_default"
        ]  # not new
        fourth = await methods.add(connection, user_id, "stripe", card("pm_4"), NOW)
        assert await defaults(connection, user_id) == ["pm_4"]
        await attempt(connection, fourth, "completed")
        await methods.add(connection, user_id, "stripe", card("pm_5"), NOW)
        assert await defaults(connection, user_id) == ["pm_4"]
        await methods.add(connection, user_id, "stripe", card("pm_5"), NOW, default=True)
        assert await defaults(connection, user_id) == ["pm_5"]


async def test_the_heir_of_a_default_is_valid_where_one_is(database: Database) -> None:
    async with database.connection() as connection:
        user_id = await add_user(connection)
        first = await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        await methods.add(connection, user_id, "stripe", card("pm_2"), NOW + HOUR)
        await methods.add(connection, user_id, "stripe", card("pm_3", 2025), NOW + 2 * HOUR)
        async with connection.transaction():
            heir = await methods.remove(connection, first, NOW)
        assert heir
        assert heir["provider_method_id"] == "pm_2"


async def test_a_token_is_one_row_however_often_it_is_seen_and_at_once(database: Database) -> None:
    async with database.connection() as connection, database.connection() as beside:
        user_id = await add_user(connection)
        rows = await asyncio.gather(
            *(methods.add(one, user_id, "stripe", card("pm_1"), NOW) for one in (connection, beside))
        )
        assert rows[0]["id"] == rows[1]["id"]
        renewed = await methods.add(connection, user_id, "stripe", card("pm_1", 2031), NOW)
        assert (renewed["id"], renewed["expiry_year"], renewed["is_default"]) == (rows[0]["id"], 2031, True)
        async with connection.transaction():
            await methods.remove(connection, renewed, NOW)
        late = await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        assert late["removed_at"]
        assert await methods.listed(connection, user_id) == []


async def test_a_token_of_another_user_is_refused(database: Database) -> None:
    async with database.connection() as connection:
        ada, bob = await add_user(connection), await add_user(connection)
        await methods.add(connection, ada, "stripe", card("pm_1"), NOW)
        with pytest.raises(InvalidRequest, match="another user's"):
            await methods.add(connection, bob, "stripe", card("pm_1"), NOW)
        assert await methods.listed(connection, bob) == []


async def test_a_method_is_whose_it_was_whose_customer_it_is_or_whom_we_named(database: Database) -> None:
    charger = StandIn()
    async with database.connection() as connection:
        ada, bob = await add_user(connection), await add_user(connection)

        async def whose(seen: SeenMethod, provider: str = "stripe") -> UUID | None:
            row = await methods.take_in(connection, provider, seen, NOW)
            return row["user_id"] if row else None

        payer = await customer(opened(connection, charger), charger, ada)
        of_customer = SeenMethod("pm_1", "card", customer=payer.customer, user_id=bob)
        assert await whose(of_customer) == ada
        assert await whose(owned(bob, "pm_2")) == bob
        assert await whose(owned(bob, "pm_1")) == ada
        assert await whose(SeenMethod("pm_3", "card", customer="cus_1"), "paypal") is None
        assert await whose(SeenMethod("pm_4", "card")) is None
        of_another = SeenMethod("pm_5", "sepa", brand="b" * 80, customer="cus_7", user_id=bob)
        assert await whose(of_another) == bob
        assert (await customer(opened(connection, charger), charger, bob)).customer == "cus_7"


async def test_what_a_provider_detached_is_removed_here(database: Database) -> None:
    async with database.connection() as connection:
        user_id = await add_user(connection)
        await methods.take_in(connection, "stripe", owned(user_id, "pm_1"), NOW)
        await methods.take_in(connection, "stripe", owned(user_id, "pm_2"), NOW)
        gone = await methods.take_in(connection, "stripe", card("pm_1"), NOW + HOUR)
        assert gone
        assert (gone["removed_at"], gone["detached_at"], gone["is_default"]) == (
            NOW + HOUR,
            NOW + HOUR,
            False,
        )
        assert await methods.take_in(connection, "stripe", card("pm_1"), NOW + 2 * HOUR) == gone
        assert await defaults(connection, user_id) == ["pm_2"]


async def test_a_user_becomes_one_customer_though_replies_are_lost(database: Database) -> None:
    charger = StandIn(lost=1)
    async with database.connection() as connection, database.connection() as beside:
        user_id = await add_user(connection, "ada@example.org")
        await connection.execute(
            "INSERT INTO customers (user_id, name) VALUES (%(id)s, 'Ada')", {"id": user_id}
        )
        with pytest.raises(ProviderUnclear):
            await customer(opened(connection, charger), charger, user_id)
        payers = await asyncio.gather(
            *(customer(opened(one, charger), charger, user_id) for one in (connection, beside))
        )
        assert {payer.customer for payer in payers} == {"cus_1"}
        assert (payers[0].email, payers[0].name) == ("ada@example.org", "Ada")
        assert charger.customers == {f"customer/{user_id}": "cus_1"}
        assert set(charger.asked) == {"customer ada@example.org None"}
        asked = len(charger.asked)
        await customer(opened(connection, charger), charger, user_id)
        assert len(charger.asked) == asked


async def test_a_method_is_found_by_the_beginning_of_its_id(database: Database) -> None:
    async with database.connection() as connection:
        user_id = await add_user(connection, "ada@example.org")
        user = {"id": user_id, "email": "ada@example.org"}
        first = await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        second = await methods.add(connection, user_id, "stripe", card("pm_2"), NOW)
        for row, number in ((first, "1"), (second, "2")):
            given = {"id": row["id"], "new": f"abcdef{number}0-0000-4000-8000-000000000000"}
            await connection.execute("UPDATE payment_methods SET id = %(new)s WHERE id = %(id)s", given)
        assert (await methods.find(connection, user, " ABCDEF1 "))["provider_method_id"] == "pm_1"
        with pytest.raises(InvalidRequest, match="2 methods begin with abcdef") as refused:
            await methods.find(connection, user, "abcdef")
        assert "abcdef20-0000-4000-8000-000000000000" in refused.value.hint
        for typed in ("", "abcdef3", "%", "pm_1"):
            with pytest.raises(InvalidRequest, match=r"has no method.*"):
                await methods.find(connection, user, typed)


async def test_what_is_removed_is_detached_once_nothing_is_charged_with_it(database: Database) -> None:
    charger = StandIn()
    async with database.connection() as connection:
        user_id = await add_user(connection)
        row = await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        await attempt(connection, row, "pending")
        async with connection.transaction():
            await methods.remove(connection, row, NOW)
        assert (await methods.one(connection, row["id"]))["charging"] == ["LECT-2026-000001"]

        async def detach() -> Till:
            till = opened(connection, charger)
            await detach_removed(till, NOW)
            return till

        assert not (await detach()).counts
        assert await undetached(connection) == 1
        await connection.execute("UPDATE payments SET status = 'completed'")
        charger.away = ProviderStopped("it takes nothing now", "try again later")
        assert (await detach()).stopped == {"stripe": "stripe: it takes nothing now: try again later"}
        charger.away, charger.lost = None, 1
        assert (await detach()).counts == {"unclear": 1}
        assert (await detach()).counts == {"detached": 1}
        assert not (await detach()).counts
        assert charger.detached == ["pm_1", "pm_1"]
        assert await undetached(connection) == 0


async def test_one_page_is_asked_for_and_given_again_until_somebody_used_it(database: Database) -> None:
    charger = StandIn(ends=NOW + 24 * HOUR)
    async with database.connection() as connection:
        user_id = await add_user(connection)

        async def take(now: datetime = NOW) -> int:
            till = opened(connection, charger)
            await method_links.take_links(till, now)
            return till.counts["methods"]

        async def link(now: datetime = NOW) -> str:
            return str(
                (await method_links.link(opened(connection, charger), charger, user_id, PAGE, now))["url"]
            )

        await customer(opened(connection, charger), charger, user_id)
        charger.lost = 1
        with pytest.raises(ProviderUnclear):
            await link()
        assert [await link(), await link()] == ["https://pay.example/cs_1"] * 2
        assert await take() == 0
        charger.has("pm_1")
        charger.used["cs_1"] = "pm_1"
        assert await take() == 1
        assert await defaults(connection, user_id) == ["pm_1"]
        assert await link() == "https://pay.example/cs_2"
        charger.has("pm_2")
        charger.used["cs_2"] = "pm_2"
        assert await link() == "https://pay.example/cs_3"  # what was used is taken first
        assert len(await methods.listed(connection, user_id)) == 2
        charger.ends = NOW + 48 * HOUR
        assert await link(NOW + 23.5 * HOUR) == "https://pay.example/cs_4"
        assert await take(NOW + 24 * HOUR) == 0
        rows = await database.rows("SELECT provider_link_id FROM method_links WHERE method_id IS NULL")
        assert rows == [{"provider_link_id": "cs_4"}]


async def test_a_page_that_is_refused_leaves_nothing(database: Database) -> None:
    charger = StandIn()
    async with database.connection() as connection:
        user_id = await add_user(connection)
        await customer(opened(connection, charger), charger, user_id)
        charger.away = ProviderRefused("it takes no such page", "correct it")
        with pytest.raises(ProviderRefused):
            await method_links.link(opened(connection, charger), charger, user_id, PAGE, NOW)
        assert await database.rows("SELECT FROM method_links") == []


async def test_who_was_removed_gets_no_method_and_what_they_add_is_detached(database: Database) -> None:
    charger = StandIn()
    async with database.connection() as connection:
        till = opened(connection, charger)
        user_id = await add_user(connection)
        await methods.add(connection, user_id, "stripe", card("pm_1"), NOW)
        await method_links.link(opened(connection, charger), charger, user_id, PAGE, NOW)
        await Accounts(database).remove_user(user_id)
        [row] = await methods.listed(connection, user_id, removed=True)
        assert row["removed_at"]
        assert [row[name] for name in ("brand", "last_four", "expiry_month", "expiry_year")] == [None] * 4
        charger.has("pm_2")
        charger.used["cs_1"] = "pm_2"
        await method_links.take_links(till, NOW)
        assert await methods.listed(connection, user_id) == []
        later = datetime.now(UTC) + HOUR
        await detach_removed(till, later, user_id)
        assert sorted(charger.detached) == ["pm_1", "pm_2"]
        with pytest.raises(UserUnknown):
            await customer(opened(connection, charger), charger, user_id)


async def test_what_providers_and_banks_said_of_who_was_removed_is_erased(database: Database) -> None:
    charger = StandIn()
    people = Accounts(database)
    async with database.connection() as connection:
        user_id, other = await add_user(connection), await add_user(connection)
        await methods.take_in(connection, "stripe", owned(user_id, "pm_1"), NOW)
        await customer(opened(connection, charger), charger, user_id)
        bill = await add_invoice(connection, user_id)
        await connection.execute(
            """INSERT INTO bank_transfers (provider, provider_transaction_id, amount, currency, payer, booked_at)
               VALUES ('wise', 't_1', 24, 'EUR', 'Ada Lovelace', now()), ('wise', 't_2', 24, 'EUR', 'Bob', now());
               INSERT INTO provider_events (provider, event_id, type, object_id, body, status, handled_at)
               VALUES ('stripe', 'ev_1', 'payment_method.attached', 'pm_1', 'Ada', 'handled', now()),
                      ('stripe', 'ev_2', 'customer.updated', 'cus_1', 'Ada', 'unmatched', now()),
                      ('paypal', 'ev_3', 'other', 'pm_1', 'Bob', 'handled', now())"""
        )
        await connection.execute(
            """INSERT INTO payments (invoice_id, user_id, amount, provider, provider_transaction_id, status)
               VALUES (%(invoice)s, %(user)s, 24, 'wise', 't_1', 'completed')""",
            {"invoice": bill["id"], "user": user_id},
        )
        held = await people.held(user_id)
        assert [row["event_id"] for row in held["provider_events"]] == ["ev_1", "ev_2"]
        assert [row["payer"] for row in held["bank_transfers"]] == ["Ada Lovelace"]
        assert "provider_method_id" not in held["payment_methods"][0]
        assert (await people.held(other))["bank_transfers"] == []
        await people.remove_user(user_id)
        said = await database.rows("SELECT event_id, body FROM provider_events ORDER BY event_id")
        assert [row["body"] for row in said] == ["", "", "Bob"]
        payers = await database.rows("SELECT payer FROM bank_transfers ORDER BY provider_transaction_id")
        assert [row["payer"] for row in payers] == [None, "Bob"]
        await connection.execute(
            """INSERT INTO provider_events (provider, event_id, type, object_id, body)
               VALUES ('stripe', 'ev_4', 'payment_method.detached', 'pm_1', 'Ada'),
                      ('stripe', 'ev_5', 'payment_method.detached', 'pm_other', 'Bob')"""
        )
        await events.handle(opened(connection, charger), NOW)
        said = await database.rows(
            "SELECT body FROM provider_events WHERE handled_at = %(now)s ORDER BY event_id", {"now": NOW}
        )
        assert [row["body"] for row in said] == ["", "Bob"]
