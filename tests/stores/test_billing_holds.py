"""A user is kept while money is still to come or to be given back, and told of with all that is known of them."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest

from admin.commands.billing_session import Books
from shared.accounts.emails import address
from shared.accounts.store import Accounts
from shared.billing import placing
from shared.billing.credits import credits
from shared.billing.holds import holds, refuse
from shared.errors import InvalidRequest, UserUnknown
from shared.stores.postgres import Database
from tests.billing import add_draft, add_invoice, add_user, pay
from tests.firm import GRACE, GRADUATED, Firm, utc

pytestmark = pytest.mark.anyio


async def test_a_user_is_held_until_the_last_cent_is_settled(database: Database) -> None:
    async with database.connection() as connection:
        firm = Firm(connection)
        await firm.seller()
        await firm.plan("team", "31.00", GRADUATED)
        user = await firm.customer()

        async def held(at: str) -> list[str]:
            return await holds(connection, user, utc(at))

        assert await held("2026-01-01") == []
        await firm.start(user, "team", "2026-01-01")
        subscription, draft = await held("2026-01-01")
        assert subscription == "the subscription to team is active (lectern-admin subscription cancel)"
        assert draft.startswith("open: DRAFT-")
        await firm.run("2026-01-01T01:00")
        assert (await held("2026-01-02"))[1:] == [
            "open: LECT-2026-000001 (sent) (lectern-admin invoice cancel)"
        ]
        [fee] = await firm.execute("SELECT id FROM invoices")
        await pay(connection, fee["id"], "37.20", utc("2026-01-02"))
        await firm.use(user, "2026-01-03", 120)
        assert (await held("2026-01-04"))[1:] == [
            "usage of 2026-01-01 to 2026-01-31 is not billed yet (lectern-admin billing run, again after its grace)"
        ]
        await firm.order(placing.cancel, user, "now", at="2026-01-11T12:00")
        await firm.run("2026-01-11T13:00")
        await firm.use(user, "2026-01-10", 1, recorded="2026-01-12")
        assert await held("2026-01-12") == [
            "usage of 2026-01-01 to 2026-01-10 is not billed yet (lectern-admin billing run, again after its grace)",
            "refund credit is left: 16.92 EUR (lectern-admin credit void)",
        ]
        await firm.run("2026-01-15T00:00")
        assert await held("2026-01-15") == ["refund credit is left: 16.86 EUR (lectern-admin credit void)"]
        [rest] = await credits.listed(connection, user, utc("2026-01-15"))
        await credits.void(connection, rest["id"], utc("2026-01-15"))
        assert await held("2026-01-15") == []


async def test_many_open_invoices_are_counted_and_drafts_are_open_too(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection, "ada@example.org")
        for _ in range(5):
            await add_invoice(connection, user_id)
        await add_draft(connection, user_id)
        with pytest.raises(
            InvalidRequest, match=r"ada@example\.org cannot be removed yet: open: "
        ) as refused:
            await refuse(connection, {"id": user_id, "email": "ada@example.org"}, datetime.now(UTC))
        assert "and 3 more invoices" in str(refused.value)


async def test_money_on_its_way_holds_a_user(database: Database) -> None:
    async with database.connection() as connection:
        user = await add_user(connection)
        bill = await add_invoice(connection, user)
        payment = await pay(connection, bill["id"], "24.00")
        now = datetime.now(UTC)
        assert await holds(connection, user, now) == []
        given = {"id": payment, "invoice": bill["id"], "user": user}
        await connection.execute(
            "INSERT INTO refunds (payment_id, amount, currency, reason) VALUES (%(id)s, 4, 'EUR', 'Agreed')",
            given,
        )
        await connection.execute(
            """INSERT INTO disputes (payment_id, provider_dispute_id, kind, state, amount, currency, opened_at)
               VALUES (%(id)s, 'dp_1', 'chargeback', 'inquiry', 24, 'EUR', now())""",
            given,
        )
        await connection.execute(
            """INSERT INTO payments (invoice_id, user_id, amount, provider, origin)
               VALUES (%(invoice)s, %(user)s, 24, 'stripe', 'link')""",
            given,
        )
        assert await holds(connection, user, now) == [
            "being paid: LECT-2026-000001 (by stripe) (lectern-admin billing run --only charge)",
            "being refunded: 4.00 EUR (lectern-admin payment list --refunds)",
            "in dispute: LECT-2026-000001 (its provider says how that ends)",
        ]
        await connection.execute(
            "UPDATE payments SET status = 'failed', decline = 'cancelled' WHERE status = 'pending'"
        )
        await connection.execute("UPDATE refunds SET status = 'failed'")
        await connection.execute("UPDATE disputes SET state = 'won'")
        assert await holds(connection, user, now) == []


async def test_who_is_removed_while_a_command_waits_for_them_is_unknown_to_it(database: Database) -> None:
    people = Accounts(database)
    row = await people.add_user(address("ada@example.org"), None)

    async def command() -> None:
        async with database.transaction() as connection:
            await Books(connection, utc("2026-01-01"), GRACE, people).user(address("ada@example.org"))

    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET removed_at = now() WHERE id = %(id)s", {"id": row["id"]})
        waiting = asyncio.create_task(command())
        while not await database.rows("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
            assert not waiting.done()
    with pytest.raises(UserUnknown, match="was removed"):
        await waiting


async def test_all_that_is_kept_of_a_person_is_told(database: Database) -> None:
    """Every table whose rows belong to a user, however far from it."""
    rows = await database.rows(
        """WITH RECURSIVE theirs AS (
             SELECT 'users'::regclass::oid AS id
             UNION
             SELECT c.conrelid FROM pg_constraint c JOIN theirs t ON c.confrelid = t.id
             WHERE c.contype = 'f' AND c.conparentid = 0
           )
           SELECT t.id::regclass::text AS name FROM theirs t JOIN pg_class c ON c.oid = t.id
           WHERE NOT c.relispartition"""
    )
    user_id = UUID(int=1)
    told = await Accounts(database).held(user_id)
    belongs = {row["name"] for row in rows} | {"audit_log", "bank_transfers"}
    assert told.keys() == {"user" if name == "users" else name for name in belongs}
