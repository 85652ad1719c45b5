"""Credit notes on a real database: what they lower, what they give back, and what they refuse."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from psycopg import AsyncConnection

from shared.billing.credits import credits
from shared.billing.invoices import credit_notes
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest
from shared.stores.postgres import Database, Row
from tests.billing import CUSTOMER, NOW, SELLER, add_draft, add_invoice, add_user, pay, read

pytestmark = pytest.mark.anyio

TWO_RATES = [("10.00", "S", "20"), ("10.00", "S", "5.5")]
"""12.00 and 10.55."""


async def issue(connection: AsyncConnection[Row], invoice_id: UUID, **more: Any) -> Row:
    return await credit_notes.issue(connection, invoice_id, "a mistake of ours", NOW, **more)


def groups(row: Row) -> list[tuple[str, str, str]]:
    return [(group["rate"], group["base"], group["tax"]) for group in row["tax_groups"]]


async def test_a_note_lowers_what_is_due_and_copies_both_parties(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection))
        note = await issue(connection, bill["id"], gross=Decimal("6.00"))
        assert (note["number"], note["subtotal"], note["tax"], note["total"]) == (
            "LECT-CN-2026-000001",
            Decimal("5.00"),
            Decimal("1.00"),
            Decimal("6.00"),
        )
        assert note["metadata"] == {"customerInfo": CUSTOMER, "seller": SELLER}
        [item] = note["items"]
        assert {name: item[name] for name in ("description", "quantity", "unitPrice", "amount", "type")} == {
            "description": "a mistake of ours",
            "quantity": 1,
            "unitPrice": "5.00",
            "amount": "5.00",
            "type": "adjustment",
        }
        assert item["metadata"]["period"] == {"startDate": "2026-03-01", "endDate": "2026-03-31"}
        after = await read(connection, bill["id"])
        assert (after["status"], after["due"]) == ("sent", Decimal("18.00"))
    [told] = await database.rows("SELECT topic, subject, payload, created_at FROM outbox")
    assert told == {
        "topic": "credit_note.issued",
        "subject": note["id"],
        "payload": {"number": note["number"], "invoice": bill["number"], "total": "6.00", "currency": "EUR"},
        "created_at": NOW,
    }


async def test_an_amount_is_spread_over_rates_and_the_last_note_takes_the_rest(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection), TWO_RATES)
        assert bill["total"] == Decimal("22.55")
        made = [groups(await issue(connection, bill["id"], gross=Decimal("7.51"))) for _ in range(2)]
        made.append(groups(await issue(connection, bill["id"])))
        for rate, base, tax in (("20", "10.00", "2.00"), ("5.5", "10.00", "0.55")):
            mine = [group for note in made for group in note if group[0] == rate]
            assert sum(Decimal(group[1]) for group in mine) == Decimal(base)
            assert sum(Decimal(group[2]) for group in mine) == Decimal(tax)
        assert (await read(connection, bill["id"]))["status"] == "cancelled"


async def test_an_amount_without_tax_takes_its_share_of_the_tax(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection), [("0.99", "S", "20")])
        first = await issue(connection, bill["id"], net=Decimal("0.33"))
        assert groups(first) == [("20", "0.33", "0.07")]
        assert groups(await issue(connection, bill["id"], net=Decimal("0.66"))) == [("20", "0.66", "0.13")]


async def test_payments_come_back_as_refund_credit_and_then_burnt_credits_to_themselves(
    database: Database,
) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        given = (user_id, Decimal(60), "EUR", "promotional", "welcome", NOW)
        gift = await credits.grant(connection, *given, expires_at=NOW + timedelta(days=9))
        bill = await add_invoice(connection, user_id, [("100", "O", "0")])
        await pay(connection, bill["id"], "40")
        await issue(connection, bill["id"], gross=Decimal(50))
        rows = {row["type"]: row for row in await credits.listed(connection, user_id, NOW)}
        assert (rows["refund"]["amount"], rows["refund"]["expires_at"]) == (40, None)
        assert (rows["promotional"]["id"], rows["promotional"]["remaining"]) == (gift["id"], 10)
        assert rows["promotional"]["used_at"] is None
        after = await read(connection, bill["id"])
        assert (after["status"], after["due"], after["granted"], after["given_back"]) == ("paid", 0, 40, 10)
        await issue(connection, bill["id"])
        rows = {row["type"]: row for row in await credits.listed(connection, user_id, NOW)}
        assert (rows["refund"]["amount"], rows["promotional"]["remaining"]) == (40, 60)
        assert (await read(connection, bill["id"]))["status"] == "paid"


async def test_what_expired_or_was_voided_meanwhile_stays_so_when_it_comes_back(database: Database) -> None:
    later = NOW + timedelta(days=10)
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        for amount in (10, 20):
            given = (user_id, Decimal(amount), "EUR", "promotional", "welcome", NOW)
            await credits.grant(connection, *given, expires_at=NOW + timedelta(days=amount - 9))
        bill = await add_invoice(connection, user_id, [("25", "O", "0")])
        old, new = await credits.listed(connection, user_id, NOW)
        await credits.void(connection, new["id"], NOW)
        await credit_notes.issue(connection, bill["id"], "cancelled", later)
        old, new = await credits.listed(connection, user_id, later)
        assert (old["state"], old["expired"], old["burnt"]) == ("expired", 10, 0)
        assert (new["state"], new["voided"], new["burnt"]) == ("voided", 20, 0)
        assert (await read(connection, bill["id"]))["status"] == "paid"


async def test_nothing_is_credited_of_a_draft_or_beyond_what_is_left(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        draft = await add_draft(connection, user_id)
        with pytest.raises(InvalidRequest, match="is a draft"):
            await issue(connection, draft)
        bill = await add_invoice(connection, user_id)
        with pytest.raises(InvalidRequest, match="more than is left") as refused:
            await issue(connection, bill["id"], gross=Decimal("24.01"))
        assert refused.value.hint == "credit 24.00 EUR at most"
        with pytest.raises(InvalidRequest, match="more than is left"):
            await issue(connection, bill["id"], net=Decimal("20.01"))
        await issue(connection, bill["id"])
        with pytest.raises(InvalidRequest, match="nothing is left"):
            await issue(connection, bill["id"], gross=Decimal(1))
        assert len(await credit_notes.listed(connection)) == 1


async def test_two_notes_at_once_credit_no_more_than_the_invoice(database: Database) -> None:
    async with database.transaction() as connection:
        user_id = await add_user(connection)
        bill = await add_invoice(connection, user_id)

    async def one() -> bool:
        try:
            async with database.transaction() as connection:
                await lock_users(connection, [user_id])
                await issue(connection, bill["id"], gross=Decimal("15.00"))
        except InvalidRequest:
            return False
        return True

    assert sorted(await asyncio.gather(one(), one(), one())) == [False, False, True]
    async with database.transaction() as connection:
        [note] = await credit_notes.listed(connection, user_id)
        assert note["number"] == "LECT-CN-2026-000001"


async def test_a_note_is_found_by_number_or_id_however_it_is_typed(database: Database) -> None:
    async with database.transaction() as connection:
        bill = await add_invoice(connection, await add_user(connection))
        note = await issue(connection, bill["id"])
        for typed in (
            "LECT-CN-2026-000001",
            " lect-cn-2026-000001 ",
            str(note["id"]),
            str(note["id"]).upper(),
        ):
            found = await credit_notes.find(connection, typed)
            assert found
            assert (found["id"], found["invoice"], found["granted"]) == (note["id"], bill["number"], 0)
        assert await credit_notes.find(connection, "LECT-CN-2026-000002") is None
