"""Bank transfers: each is kept once and pays what it names once, whatever files and runs tell of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.credits import credits
from shared.billing.invoices import credit_notes
from shared.billing.payments import payments
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Transfer
from shared.billing.payments.providers.wise import Wise
from shared.billing.payments.till import Till
from shared.billing.payments.transfers import allocating, receiving, transfers
from shared.billing.payments.transfers.statements.reading import read as read_file
from shared.errors import InvalidRequest
from shared.stores.postgres import Database, Row
from tests import bank_files as bank
from tests.bank_files import Paid, camt_of
from tests.billing import NOW, add_draft, add_invoice, add_user, lock, read
from tests.stores.test_billing_killed import Killed, dying_after
from tests.wise_fake import KEY, PROFILE, WiseFake

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
ON = date(2026, 3, 1)


@asynccontextmanager
async def a_till(database: Database, **providers: Any) -> AsyncIterator[Till]:
    async with database.connection() as connection:
        yield Till(connection, providers, {}, lambda: NOW)


async def invoice(database: Database, number: int = 1, user: UUID | None = None, **more: Any) -> Row:
    """One that was sent, of 24.00."""
    async with database.transaction() as connection:
        return await add_invoice(connection, user or await add_user(connection), **more)


async def came(database: Database, *found: Transfer, provider: str = "manual", now: datetime = NOW) -> Till:
    """Kept, and all that is unmatched is matched."""
    async with a_till(database) as till:
        await receiving.keep(till, provider, found, now)
        await receiving.match(till, now)
        return till


def transfer(number: str, amount: str, reference: str, **more: Any) -> Transfer:
    given: dict[str, Any] = {"currency": "EUR", "at": NOW, **more}
    return Transfer(number, Decimal(amount), reference=reference, **given)


async def stands(database: Database) -> list[tuple[str, str, str | None]]:
    """The number of each transfer, where it stands and why."""
    async with database.transaction() as connection:
        rows = await transfers.listed(connection)
    return [(row["provider_transaction_id"], row["status"], row["reason"]) for row in rows]


async def of(database: Database, bill: Row) -> tuple[str, str, list[str]]:
    """Where an invoice stands, what is due on it, and what was paid."""
    async with database.transaction() as connection:
        found = await read(connection, bill["id"])
        paid = await payments.listed(connection, invoice_id=bill["id"])
    return found["status"], f"{found['due']:.2f}", sorted(f"{row['amount']:.2f}" for row in paid)


async def in_store(database: Database, user: UUID) -> Decimal:
    async with database.transaction() as connection:
        return sum((row["remaining"] for row in await credits.listed(connection, user, NOW)), Decimal(0))


async def test_a_transfer_pays_the_invoice_that_it_names_and_says_so(database: Database) -> None:
    bill = await invoice(database)
    till = await came(database, transfer("T1", "24.00", f"Rg {bill['number'].lower()}", at=NOW - DAY))
    assert dict(till.counts) == {"received": 1, "matched": 1}
    assert await of(database, bill) == ("paid", "0.00", ["24.00"])
    async with database.transaction() as connection:
        [row] = await payments.listed(connection)
    assert (row["origin"], row["provider"], row["provider_transaction_id"]) == ("transfer", "manual", "T1")
    assert row["processed_at"] == NOW - DAY
    assert row["metadata"] == {"reference": f"Rg {bill['number'].lower()}"}
    assert await stands(database) == [("T1", "matched", None)]


async def test_the_same_transfer_again_changes_nothing(database: Database) -> None:
    bill = await invoice(database)
    one = transfer("T1", "24.00", bill["number"])
    await came(database, one)
    again = await came(database, one, one)
    assert not +again.counts
    assert await of(database, bill) == ("paid", "0.00", ["24.00"])


async def test_one_transfer_pays_several_invoices_of_several_people(database: Database) -> None:
    first, second = await invoice(database, now=NOW - DAY), await invoice(database)
    await came(database, transfer("T1", "50.00", f"{second['number']} {first['number']}"))
    assert await of(database, first) == ("paid", "0.00", ["24.00"])
    assert await of(database, second) == ("paid", "0.00", ["26.00"])
    assert await in_store(database, second["user_id"]) == Decimal(2)
    assert await in_store(database, first["user_id"]) == 0


async def test_underpaid_the_rest_stays_due_and_a_second_transfer_pays_it(database: Database) -> None:
    bill = await invoice(database)
    await came(database, transfer("T1", "10.00", bill["number"]))
    assert await of(database, bill) == ("sent", "14.00", ["10.00"])
    await came(database, transfer("T2", "14.00", bill["number"]))
    assert await of(database, bill) == ("paid", "0.00", ["10.00", "14.00"])


async def test_a_cancelled_invoice_that_is_paid_becomes_credit(database: Database) -> None:
    bill = await invoice(database)
    async with database.transaction() as connection:
        await lock(connection, bill["user_id"])
        await credit_notes.issue(connection, bill["id"], "Cancelled", NOW)
    await came(database, transfer("T1", "24.00", bill["number"]))
    assert await of(database, bill) == ("cancelled", "0.00", ["24.00"])
    assert await in_store(database, bill["user_id"]) == Decimal(24)


async def test_what_cannot_be_matched_waits_with_its_reason_and_is_tried_again(database: Database) -> None:
    bill = await invoice(database)
    later = bill["number"][:-1] + "2"
    await came(
        database,
        transfer("T1", "24.00", "thanks"),
        transfer("T2", "24.00", later),
        transfer("T3", "24.00", bill["number"], currency="USD"),
    )
    assert await stands(database) == [
        ("T1", "unmatched", "it names no invoice"),
        ("T2", "unmatched", f"there is no invoice {later}"),
        ("T3", "unmatched", f"it is in USD, and {bill['number']} in EUR"),
    ]
    second = await invoice(database)
    assert second["number"] == later
    assert (await came(database)).counts["matched"] == 1
    assert await of(database, second) == ("paid", "0.00", ["24.00"])


async def test_a_number_of_the_bank_that_is_known_of_another_amount_is_told(database: Database) -> None:
    bill = await invoice(database)
    await came(database, transfer("T1", "24.00", bill["number"]))
    till = await came(database, transfer("T1", "25.00", bill["number"]))
    assert till.notes == ["manual: T1 is known as 24.00 EUR, and is 25.00 EUR now"]
    assert await of(database, bill) == ("paid", "0.00", ["24.00"])


async def test_what_came_by_two_kinds_of_files_and_by_wise_is_counted_once(database: Database) -> None:
    bill = await invoice(database)
    paid = [Paid("24.00", bill["number"], ON, number="20260301")]
    files = [
        camt_of(paid),
        bank.english(paid),
        bank.german(paid),
        bank.french(paid),
        camt_of(paid, version="02"),
    ]
    for body in files * 2:
        await came(database, *read_file(body).transfers)
    await came(database, transfer("TRANSFER-1", "24.00", bill["number"]), provider="wise")
    assert await of(database, bill) == ("paid", "0.00", ["24.00"])
    found = await stands(database)
    assert [status for _, status, _ in found].count("matched") == 1
    waits = f"24.00 EUR for {bill['number']} came another way on 2026-03-01: ignore it, or match it by hand"
    assert {why for _, status, why in found if status == "unmatched"} == {waits}


async def test_two_payments_of_one_statement_are_two_though_they_are_equal(database: Database) -> None:
    bill = await invoice(database)
    paid = [Paid("24.00", bill["number"], ON, number=f"2026030{n}") for n in range(2)]
    await came(database, *read_file(camt_of(paid)).transfers)
    assert await of(database, bill) == ("paid", "0.00", ["24.00", "24.00"])
    assert await in_store(database, bill["user_id"]) == Decimal(24)


async def test_what_a_person_recorded_before_is_not_counted_again(database: Database) -> None:
    bill = await invoice(database)
    async with database.transaction() as connection:
        await lock(connection, bill["user_id"])
        await payments.paid(connection, bill["id"], Decimal(24), "EUR", "manual", None, NOW)
    await came(database, transfer("T1", "24.00", bill["number"]))
    [(_, status, why)] = await stands(database)
    assert status == "unmatched"
    assert why == (
        f"24.00 EUR of {bill['number']} were recorded by hand on 2026-03-01: ignore it, or match it by hand"
    )


async def test_two_runs_at_once_match_a_transfer_once(database: Database) -> None:
    bills = [await invoice(database) for _ in range(4)]
    found = [transfer(f"T{at}", "24.00", one["number"]) for at, one in enumerate(bills)]
    both = await asyncio.gather(*(came(database, *found) for _ in range(3)))
    assert sum(till.counts["matched"] for till in both) == 4
    assert sum(till.counts["received"] for till in both) == 4
    for bill in bills:
        assert await of(database, bill) == ("paid", "0.00", ["24.00"])


@pytest.mark.slow
async def test_a_file_whose_reading_dies_after_any_statement_is_finished_by_the_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    bills = [await invoice(database) for _ in range(2)]
    found = [transfer(f"T{at}", "25.00", one["number"]) for at, one in enumerate(bills)]
    found.append(transfer("T2", "5.00", "thanks"))

    async def state(connection: Connection) -> list[Any]:
        rows = [(one["provider_transaction_id"], one["status"]) for one in await transfers.listed(connection)]
        paid = [(one["number"], one["amount"]) for one in await payments.listed(connection)]
        left = [one["remaining"] for one in await credits.listed(connection, None, NOW)]
        return [rows, sorted(paid), sorted(left)]

    async with database.connection() as connection:
        till = Till(connection, {}, {}, lambda: NOW)

        async def work() -> None:
            await receiving.keep(till, "manual", found, NOW)
            await receiving.match(till, NOW)

        async with connection.transaction(force_rollback=True):
            with dying_after(0, monkeypatch) as statements:
                await work()
            wanted = await state(connection)
        assert [status for _, status in wanted[0]] == ["matched", "matched", "unmatched"]
        for number in range(1, statements[0] + 1):
            async with connection.transaction(force_rollback=True):
                with dying_after(number, monkeypatch), pytest.raises(Killed):
                    await work()
                await work()
                assert await state(connection) == wanted, f"after statement {number} of {statements[0]}"


async def one(database: Database, number: str = "T1") -> Row:
    async with database.transaction() as connection:
        return await transfers.find(connection, number)


async def by_hand(database: Database, row: Row, *named: str) -> Sequence[Any]:
    async with database.transaction() as connection:
        return await allocating.match_by_hand(connection, row, named, NOW)


async def test_by_hand_a_transfer_pays_what_a_person_names(database: Database) -> None:
    first, second = await invoice(database, now=NOW - DAY), await invoice(database)
    await came(database, transfer("T1", "40.00", "thanks"))
    parts = await by_hand(database, await one(database), second["number"], first["number"])
    assert [(part.bill.number, f"{part.amount:.2f}") for part in parts] == [
        (first["number"], "24.00"),
        (second["number"], "16.00"),
    ]
    assert await of(database, second) == ("sent", "8.00", ["16.00"])
    with pytest.raises(InvalidRequest, match="matched already"):
        await by_hand(database, await one(database), first["number"])


async def test_by_hand_a_draft_or_another_currency_is_refused(database: Database) -> None:
    dollars = await invoice(database, currency="USD")
    async with database.transaction() as connection:
        user = await add_user(connection)
        draft = await read(connection, await add_draft(connection, user))
    await came(database, transfer("T1", "24.00", "thanks"))
    for number, why in (
        (draft["number"], "is a draft"),
        (dollars["number"], "in USD"),
        ("LECT-2026-999999", "no invoice"),
    ):
        with pytest.raises(InvalidRequest, match=why):
            await by_hand(database, await one(database), number)
    assert (await one(database))["status"] == "unmatched"


async def test_what_is_ignored_stays_so_until_a_person_matches_it(database: Database) -> None:
    bill = await invoice(database)
    await came(database, transfer("T1", "24.00", "interest"))
    async with database.transaction() as connection:
        await transfers.ignore(connection, await one(database), "interest of the bank")
    await came(database, transfer("T1", "24.00", "interest"))
    assert await stands(database) == [("T1", "ignored", "interest of the bank")]
    await by_hand(database, await one(database), bill["number"])
    assert await stands(database) == [("T1", "matched", None)]
    with pytest.raises(InvalidRequest, match="matched already"):
        async with database.transaction() as connection:
            await transfers.ignore(connection, await one(database), "no")


async def test_a_transfer_is_found_by_its_id_its_beginning_and_its_number(database: Database) -> None:
    await came(database, transfer("T1", "24.00", ""), transfer("T2", "24.00", ""))
    async with database.transaction() as connection:
        row = await transfers.find(connection, "T1")
        assert await transfers.find(connection, f" {str(row['id']).upper()} ") == row
        for typed in ("", "T3", "%", "'"):
            with pytest.raises(InvalidRequest, match=r"no transfer|several"):
                await transfers.find(connection, typed)


async def test_an_open_invoice_of_just_that_amount_is_only_suggested(database: Database) -> None:
    bill = await invoice(database)
    await came(database, transfer("T1", "24.00", "thanks", payer="LOVELACE ADA"), transfer("T2", "5.00", ""))
    async with database.transaction() as connection:
        rows = await transfers.listed(connection, "unmatched")
        found = await transfers.suggestions(connection, rows)
    assert [[one.number for one in found[row["id"]]] for row in rows] == [[bill["number"]], []]
    assert await of(database, bill) == ("sent", "24.00", [])


async def test_wise_is_asked_for_what_is_new_and_told_once(database: Database) -> None:
    bill = await invoice(database)
    fake = WiseFake(balances={111: "EUR"})
    fake.add("TRANSFER-1", "24.00", NOW - 50 * DAY, bill["number"])
    fake.add("TRANSFER-0", "24.00", NOW - 91 * DAY, bill["number"])
    async with fake.served():
        wise = Wise(PROFILE, KEY, fake.url, lambda: NOW)
        async with a_till(database, wise=wise) as till:
            await receiving.receive(till, wise, NOW)
            fake.add("TRANSFER-2", "1.00", NOW - DAY, "told late")
            await receiving.receive(till, wise, NOW)
            await receiving.receive(till, wise, NOW)
            await receiving.match(till, NOW)
            await receiving.take(till, "wise", transfer("TRANSFER-1", "24.00", bill["number"]), NOW)
        await wise.close()
    assert dict(till.counts) == {"received": 2, "matched": 1}
    assert await of(database, bill) == ("paid", "0.00", ["24.00"])
    begins = [given["intervalStart"][:10] for path, given in fake.asked if "statement" in path]
    assert begins == [f"{NOW - days * DAY:%Y-%m-%d}" for days in (90, 80, 31)]


async def test_money_that_comes_tomorrow_by_its_day_was_paid_now(database: Database) -> None:
    bill = await invoice(database)
    await came(database, transfer("T1", "24.00", bill["number"], at=NOW + DAY))
    async with database.transaction() as connection:
        [row] = await payments.listed(connection)
    assert row["processed_at"] == NOW
