"""A firm's months in small: the laws that `python -m bench simulation` holds for years, and its reports."""

import asyncio
from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from bench.simulation import simulate
from shared.billing.documents import document
from shared.billing.documents.document import Document
from shared.billing.documents.validation import Validator
from shared.billing.documents.xml import xml
from shared.billing.invoices import credit_notes, invoices
from shared.billing.money import DIGITS
from shared.billing.parties import rates
from shared.billing.reports import reports, vat
from shared.billing.reports.statement import accounts
from shared.stores.postgres import Database
from tests.invoice_xml import read

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

MOST_READ = 60
"""Documents whose XML is held to the rules."""
ALWAYS = (date(2000, 1, 1), date(2100, 1, 1))


async def test_three_months_of_thirty_people_balance_on_every_day(database: Database) -> None:
    async with database.connection() as connection:
        found = await simulate(connection, seed=7, users=30, months=3)
        await check_reports(connection)
    assert found["invoices"] > 30
    assert all(
        found[name]
        for name in ("alerts", "credit_notes", "burns", "late_rows", "pauses", "changes", "payments")
    )


async def check_reports(connection: Any) -> None:
    rows = [row for row in await invoices.listed(connection) if row["due"] is not None]
    documents = [document.of_invoice(row) for row in rows]
    documents += [document.of_credit_note(row) for row in await credit_notes.listed(connection)]
    assert {one.currency for one in documents} == {"EUR", "JPY", "KWD"}
    days = sorted({one.issued_on for one in documents})
    middle = days[len(days) // 2]
    for first, last in (ALWAYS, (ALWAYS[0], middle), (middle + timedelta(days=1), ALWAYS[1])):
        issued = [one for one in documents if first <= one.issued_on <= last]
        assert issued
        found = vat.sums(await reports.tax_groups(connection, first, last), rates.known())
        _check_vat(found, issued)
        _check_xml(found, issued)
        await _check_revenue(connection, first, last, issued)
    await _check_rules(documents)
    for user in {row["user_id"] for row in rows}:
        theirs = [row for row in rows if row["user_id"] == user]
        await _check_statements(connection, user, theirs, middle)


def _check_vat(found: list[vat.Sum], issued: list[Document]) -> None:
    wanted: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for one in issued:
        sign = 1 if one.kind == "invoice" else -1
        for group in one.groups:
            whose = {"AE": one.customer.country, "S": one.customer.country, "O": one.customer.country}
            amounts = wanted[one.kind, one.currency, whose[group.category], group.category, group.rate]
            amounts[0] += sign * group.base
            amounts[1] += sign * group.tax
    assert {
        (one.kind, one.currency, one.country, one.category, one.rate): [one.base, one.tax] for one in found
    } == wanted
    for code in {one.currency for one in issued}:
        gross = sum(
            (one.total if one.kind == "invoice" else -one.total for one in issued if one.currency == code),
            Decimal(0),
        )
        assert sum((one.gross for one in found if one.currency == code), Decimal(0)) == gross


def _check_xml(found: list[vat.Sum], issued: list[Document]) -> None:
    """VAT is what the XML files say together, by category and rate, and their totals are those of the report."""
    said: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    totals: dict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    for one in issued:
        if DIGITS[one.currency] > 2:
            continue
        sums, sign = read(xml(one)), 1 if one.kind == "invoice" else -1
        for group, amounts in sums.groups.items():
            key = (one.kind, one.currency, *group)
            said[key] = [before + sign * amount for before, amount in zip(said[key], amounts, strict=True)]
        whole = zip(totals[one.currency], (sums.net, sums.tax, sums.gross), strict=True)
        totals[one.currency] = [before + sign * amount for before, amount in whole]
    wanted: dict[tuple[object, ...], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for row in found:
        if DIGITS[row.currency] <= 2:
            key = (row.kind, row.currency, row.category, row.rate)
            wanted[key] = [wanted[key][0] + row.base, wanted[key][1] + row.tax]
    assert said == wanted
    for code, three in totals.items():
        rows = [row for row in found if row.currency == code]
        assert three == [
            sum((getattr(row, name) for row in rows), Decimal(0)) for name in ("base", "tax", "gross")
        ]


async def _check_rules(documents: list[Document]) -> None:
    """Of as many as are read in a few seconds."""
    with Validator() as validator:
        for one in documents[:: max(1, len(documents) // MOST_READ)]:
            if DIGITS[one.currency] <= 2:
                await asyncio.to_thread(validator.check, xml(one))


async def _check_revenue(connection: Any, first: date, last: date, issued: list[Document]) -> None:
    for by_plan in (False, True):
        found = await reports.revenue(connection, first, last, by_plan=by_plan)
        for code in {one.currency for one in issued}:
            net = sum(
                (
                    one.subtotal if one.kind == "invoice" else -one.subtotal
                    for one in issued
                    if one.currency == code
                ),
                Decimal(0),
            )
            assert (
                sum(
                    (row["invoiced"] - row["credited"] for row in found if row["currency"] == code),
                    Decimal(0),
                )
                == net
            )
        assert {bool(row["plan"]) for row in found} == {by_plan}


async def _check_statements(connection: Any, user: Any, rows: list[Any], since: date) -> None:
    moved = await reports.movements(connection, user)
    dues: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        dues[row["currency"]] += row["due"]
    for day in (ALWAYS[0], since, ALWAYS[1]):
        found = {account.currency: account for account in accounts(moved, day)}
        for code, due in dues.items():
            account = found.get(code)
            assert (account.closing if account else 0) == due
            if account:
                balance = account.opening
                for one, after in pairwise([*account.movements, None]):
                    assert one
                    balance += one.amount
                    assert one.balance == balance
                    assert one.day >= day
                    assert balance >= 0 or (after and after.at == one.at), account
                assert balance == account.closing
