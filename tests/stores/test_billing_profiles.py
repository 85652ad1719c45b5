"""Profiles as rows: what a customer lacks is the seller's, and the columns take whatever was read."""

from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import anyio
import pytest
from psycopg import AsyncConnection

from shared.billing.parties import profile, profiles
from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import known
from shared.errors import InvalidRequest
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)


async def added(connection: AsyncConnection[Any], email: str) -> UUID:
    statement = "INSERT INTO users (email, email_key) VALUES (%(email)s, %(email)s) RETURNING id"
    row = await (await connection.execute(statement, {"email": email})).fetchone()
    assert row
    found: UUID = row["id"]
    return found


async def set_customer(connection: AsyncConnection[Any], user: UUID, **typed: str) -> None:
    await profiles.set_customer(connection, user, profile.read(typed), NOW, known())


async def set_seller(connection: AsyncConnection[Any], **given: object) -> tuple[Seller, Seller]:
    return await profiles.set_seller(connection, given, NOW, known())


async def test_a_seller_without_a_row_is_as_a_row_is_at_first(database: Database) -> None:
    async with database.transaction() as connection:
        assert await profiles.seller(connection) == Seller()
        before, after = await set_seller(connection, oss=False)
        assert before == after == await profiles.seller(connection) == Seller()


async def test_a_seller_has_what_was_set_and_none_is_what_it_has_at_first(database: Database) -> None:
    async with database.transaction() as connection:
        await set_seller(
            connection, name="Lectern", zone="Europe/Paris", term_days=30, oss=True, currency="CHF"
        )
        before, after = await set_seller(connection, zone=None, term_days=None, name=None)
        assert (before.zone, before.term_days, before.name) == ("Europe/Paris", 30, "Lectern")
        assert after == await profiles.seller(connection) == Seller(oss=True, currency="CHF")
        row = await (await connection.execute("SELECT created_at FROM seller")).fetchone()
        assert row == {"created_at": NOW}


async def test_notes_of_a_seller_join_by_locale_and_an_empty_one_ends(database: Database) -> None:
    async with database.transaction() as connection:
        await set_seller(connection, legal_notes={"fr": "un", "de": "eins"})
        await set_seller(connection, legal_notes={"fr": "deux"})
        await set_seller(connection, legal_notes={"de": ""})
        assert (await profiles.seller(connection)).legal_notes == {"fr": "deux"}


async def test_what_a_customer_lacks_is_the_sellers_and_the_users_address(database: Database) -> None:
    async with database.transaction() as connection:
        await set_seller(connection, locale="fr", zone="Europe/Paris", term_days=30)
        ada, bob = await added(connection, "ada@example.org"), await added(connection, "bob@example.org")
        await set_customer(
            connection, bob, zone="Asia/Tokyo", term_days="0", invoice_email="books@example.org"
        )
        found = await profiles.customers(connection, [ada, bob, uuid4()])
        assert found == {
            ada: Profile(locale="fr", zone="Europe/Paris", term_days=30, invoice_email="ada@example.org"),
            bob: Profile(locale="fr", zone="Asia/Tokyo", term_days=0, invoice_email="books@example.org"),
        }
        assert await profiles.customer(connection, ada) == found[ada]
        kept = await profiles.customer_kept(connection, ada)
        assert kept.pop("pauses") is True
        assert set(kept.values()) == {None}


async def test_each_field_is_set_alone_and_taken_away_alone(database: Database) -> None:
    async with database.transaction() as connection:
        ada = await added(connection, "ada@example.org")
        await set_customer(connection, ada, name="Ada <b>", address="12 rue\n3e", country="FR")
        await set_customer(connection, ada, vat_number="FR40303265045", name="")
        kept = await profiles.customer_kept(connection, ada)
        assert {name: value for name, value in kept.items() if value is not None} == {
            "address": "12 rue\n3e",
            "country": "FR",
            "vat_number": "FR40303265045",
            "pauses": True,
        }
        with pytest.raises(InvalidRequest, match="not of US"):
            await set_customer(connection, ada, country="US")


async def test_the_columns_take_the_longest_text_that_is_read(database: Database) -> None:
    longest = {
        "name": "ß" * 200,
        "address": "ß" * 500,
        "postcode": "ß" * 20,
        "city": "ß" * 100,
        "region": "ß" * 100,
        "reference": "ß" * 100,
        "locale": "zh_Hant_TW",
        "zone": "America/Argentina/ComodRivadavia",
        "term_days": "365",
        "invoice_email": f"{'x' * 64}@{'.'.join(['y' * 60] * 3)}.org",
    }
    async with database.transaction() as connection:
        ada = await added(connection, "ada@example.org")
        await set_customer(connection, ada, **longest)
        assert await profiles.customer_kept(connection, ada) == {
            "country": None,
            "vat_number": None,
            "pauses": True,
            **profile.read(longest),
        }


async def test_the_columns_of_the_tables_are_the_fields_of_the_profiles(database: Database) -> None:
    async with database.transaction() as connection:
        for table, fields in (("customers", Profile()), ("seller", Seller())):
            found = await connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %(table)s::regclass AND attnum > 0",
                {"table": table},
            )
            columns = {row["attname"] for row in await found.fetchall()}
            beside = {"user_id", "pauses", "only_row", "created_at", "updated_at"}
            assert columns - beside == asdict(fields).keys()


async def test_two_operators_who_set_different_fields_at_once_both_keep_them(database: Database) -> None:
    async def of_seller(**given: object) -> None:
        async with database.transaction() as connection:
            await set_seller(connection, **given)

    async def of_customer(user: UUID, **typed: str) -> None:
        async with database.transaction() as connection:
            await connection.execute("SELECT FROM users WHERE id = %(id)s FOR NO KEY UPDATE", {"id": user})
            await set_customer(connection, user, **typed)

    async with database.transaction() as connection:
        ada = await added(connection, "ada@example.org")
    texts = {name: f"the {name}" for name in ("name", "address", "city", "region", "reference")}
    async with anyio.create_task_group() as tasks:
        for name, text in texts.items():
            tasks.start_soon(partial(of_seller, **{name: text}))
            tasks.start_soon(partial(of_customer, ada, **{name: text}))
    async with database.transaction() as connection:
        seller, customer = await profiles.seller(connection), await profiles.customer(connection, ada)
    for found in (asdict(seller), asdict(customer)):
        assert {name: found[name] for name in texts} == texts
