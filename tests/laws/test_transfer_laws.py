"""Transfers: whatever the order and the repetition of files, money is counted once, and amounts add up."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from shared.billing.payments.till import Till
from shared.billing.payments.transfers import receiving, transfers
from shared.billing.payments.transfers.statements.reading import read as read_file
from shared.stores.postgres import Row
from tests import bank_files as bank
from tests.bank_files import Paid
from tests.billing import NOW, add_invoice, add_user, read

pytestmark = pytest.mark.slow

INVOICES = 4
KINDS = (bank.camt_of, bank.german, bank.french, bank.english)
ON = date(2026, 3, 1)

Sent = tuple[int, tuple[int, ...], int]
"""What somebody sends: cents, which invoices it names, and the day."""
sends = st.tuples(
    st.integers(1, 9000), st.lists(st.integers(0, INVOICES), max_size=3).map(tuple), st.integers(0, 5)
)
File = tuple[int, int, int]
"""From which to which transfer a file goes, and of what kind it is."""
cuts = st.integers(0, 8)
few = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@few
@given(st.lists(sends, min_size=1, max_size=8), st.lists(st.tuples(cuts, cuts), max_size=6))
def test_files_of_one_bank_in_any_order_and_number_count_every_transfer_once(
    database_url: str, sent: list[Sent], files: list[tuple[int, int]]
) -> None:
    """The last file has all."""
    told = [(begin, end, 0) for begin, end in files] + [(0, len(sent), 0)]
    paid, rows, _ = asyncio.run(after(database_url, sent, told))
    assert len(rows) == len(sent)
    assert sum(row["amount"] for row in rows) == sum((Decimal(one) / 100 for one, _, _ in sent), Decimal(0))
    known = {at for at, (_, named, _) in enumerate(sent) if named and INVOICES not in named}
    assert {number_of(row) for row in rows if row["status"] == "matched"} == known
    assert paid == sum((Decimal(sent[one][0]) / 100 for one in known), Decimal(0))


@few
@given(
    st.lists(sends, min_size=1, max_size=6),
    st.lists(st.tuples(cuts, cuts, st.integers(0, len(KINDS) - 1)), max_size=6),
)
def test_files_of_several_kinds_never_count_a_transfer_twice(
    database_url: str, sent: list[Sent], files: list[File]
) -> None:
    paid, rows, matched = asyncio.run(after(database_url, sent, files))
    assert paid == sum((row["amount"] for row in rows if row["status"] == "matched"), Decimal(0))
    assert matched <= len(sent)
    assert paid <= sum((Decimal(one) / 100 for one, _, _ in sent), Decimal(0))


async def after(url: str, sent: Sequence[Sent], files: Sequence[File]) -> tuple[Decimal, list[Row], int]:
    """What is paid once all files are read, each followed by a run; nothing of it is left in the database."""
    connected = await AsyncConnection.connect(url, row_factory=dict_row, autocommit=True)
    async with (
        connected as connection,
        connection.transaction(force_rollback=True),
    ):
        numbers, bills = [], []
        for at in range(INVOICES):
            bills.append(await add_invoice(connection, await add_user(connection, f"user{at}@example.org")))
            numbers.append(bills[-1]["number"])
        numbers.append("LECT-2026-999999")
        paid = [
            Paid(
                f"{Decimal(cents) / 100:.2f}",
                f"{at} {' '.join(numbers[one] for one in named)}",
                ON + timedelta(days=day),
                number=f"N{at}",
            )
            for at, (cents, named, day) in enumerate(sent)
        ]
        till = Till(connection, {}, {}, lambda: NOW)
        for begin, end, kind in files:
            found = read_file(KINDS[kind](paid[begin:end])) if paid[begin:end] else None
            await receiving.keep(till, "manual", found.transfers if found else (), NOW)
            await receiving.match(till, NOW)
        for bill in bills:
            await check(connection, bill)
        rows = await transfers.listed(connection)
        total = await connection.execute("SELECT coalesce(sum(amount), 0) AS paid FROM payments")
        [summed] = await total.fetchall()
        return summed["paid"], rows, till.counts["matched"]


async def check(connection: AsyncConnection[Row], bill: Row) -> None:
    """What is due and what became credit is what was asked and what was paid."""
    found: Any = await read(connection, bill["id"])
    assert found["due"] == max(found["total"] - found["paid"], 0)
    assert found["granted"] == max(found["paid"] - found["total"], 0)
    assert (found["status"] == "paid") == (found["due"] == 0)


def number_of(row: Row) -> int:
    return int(row["reference"].split()[0])
