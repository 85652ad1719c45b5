"""The schema keeps what the data model says: every table, and rows that cannot be right are refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from shared.errors import ValueRefused
from shared.stores import sql
from shared.stores.postgres import Database

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[2]

TABLES = {
    "users", "api_keys", "libraries", "library_versions", "documentation_chunks", "usage_logs", "invoices",
    "payments", "payment_methods", "subscriptions", "credits", "billing_alerts", "plans",
}  # fmt: skip

INDEXES = {
    "idx_api_keys_key_hash", "idx_api_keys_user_id", "idx_libraries_name", "idx_chunks_library_version",
    "idx_usage_logs_user_created", "idx_usage_logs_api_key_created", "idx_invoices_user_id", "idx_invoices_status",
    "idx_invoices_period", "idx_payments_invoice_id", "idx_payments_user_id", "idx_payments_status",
    "idx_payment_methods_user_id", "idx_payment_methods_default", "idx_subscriptions_user_id",
    "idx_subscriptions_status", "idx_subscriptions_period", "idx_credits_user_id", "idx_credits_type",
    "idx_credits_expires_at", "idx_billing_alerts_user_id", "idx_billing_alerts_read",
}  # fmt: skip

PERIOD = Jsonb({"type": "monthly", "startDate": "2026-01-01", "endDate": "2026-01-31"})


async def test_every_table_and_index_of_the_data_model_is_there(database: Database) -> None:
    tables = await database.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {row["tablename"] for row in tables} >= TABLES
    indexes = await database.rows("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert {row["indexname"] for row in indexes} >= INDEXES


async def test_the_page_of_the_data_model_names_every_table(database: Database) -> None:
    tables = await database.rows(
        """SELECT relname FROM pg_class
           WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""
    )
    page = (ROOT / "docs" / "pages" / "data-model.md").read_text("utf-8")
    assert [row["relname"] for row in tables if f"`{row['relname']}`" not in page] == []


async def test_no_timestamp_is_without_a_zone_and_no_money_is_a_float(database: Database) -> None:
    odd = await database.rows(
        """SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'
           AND data_type IN ('timestamp without time zone', 'real', 'double precision', 'money')"""
    )
    assert odd == []
    money = await database.rows(
        """SELECT table_name, column_name, numeric_precision, numeric_scale FROM information_schema.columns
           WHERE table_schema = 'public' AND data_type = 'numeric'"""
    )
    finer = {("invoice_items", "unit_price"): (32, 12), ("invoice_items", "tax_rate"): (7, 4)}
    for row in money:
        wanted = finer.get((row["table_name"], row["column_name"]), (20, 4))
        assert (row["numeric_precision"], row["numeric_scale"]) == wanted, row


REFUSED: list[tuple[str, str, dict[str, Any]]] = [
    ("api key quota below zero", "api_keys", {"user_id": "USER", "key_hash": "h", "key_prefix": "p",
                                              "quota_requests_per_day": -1}),
    ("library id without a slash", "libraries", {"id": "flask", "name": "Flask"}),
    ("version with a space", "library_versions", {"library_id": "/a/b", "version": "1 2"}),
    ("unknown tool", "usage_logs", {"tool_name": "delete-everything"}),
    ("unknown invoice status", "invoices", {"status": "lost"}),
    ("total that is not the sum", "invoices", {"total": 5}),
    ("invoice amount NaN", "invoices", {"subtotal": "NaN", "total": "NaN"}),
    ("items that are no list", "invoices", {"items": Jsonb({})}),
    ("period without an end", "invoices", {"period": Jsonb({"type": "monthly"})}),
    ("due before issued", "invoices", {"due_date": "2025-01-01"}),
    ("unknown provider", "payment_methods", {"provider": "barter"}),
    ("unknown method type", "payment_methods", {"type": "cash"}),
    ("month 13", "payment_methods", {"expiry_month": 13}),
    ("unknown payment status", "payments", {"status": "maybe"}),
    ("payment of nothing", "payments", {"amount": 0}),
    ("payment of NaN", "payments", {"amount": "NaN"}),
    ("more refunded than paid", "payments", {"refunded_amount": 11}),
    ("unknown subscription status", "subscriptions", {"status": "dormant"}),
    ("unknown interval", "subscriptions", {"interval": "week"}),
    ("period that ends before it begins", "subscriptions", {"current_period_end": "2020-01-01"}),
    ("subscription to no plan", "subscriptions", {"plan": "gold"}),
    ("unknown credit type", "credits", {"type": "gift"}),
    ("credit of NaN", "credits", {"amount": "NaN"}),
    ("unknown alert", "billing_alerts", {"type": "boredom"}),
    ("plan whose name no command could take", "plans", {"id": "--Gold"}),
    ("negative price", "plans", {"id": "basic", "amount": -1}),
    ("currency in small letters", "plans", {"id": "basic", "currency": "eur"}),
]  # fmt: skip

GOOD: dict[str, dict[str, Any]] = {
    "plans": {"id": "small", "name": "Small", "amount": 0, "interval": "month"},
    "subscriptions": {"user_id": "USER", "plan": "small", "current_period_start": "2026-01-01", "zone": "UTC",
                      "current_period_end": "2026-02-01", "amount": 0, "interval": "month", "anchor": "2026-01-01",
                      "next_boundary": "2026-02-01"},
    "invoices": {"user_id": "USER", "subscription_id": "SUBSCRIPTION", "kind": "renewal", "closes_at": "2026-01-01",
                 "period_start": "2026-01-01", "number": "2026-1", "period": PERIOD, "items": Jsonb([]), "subtotal": 10,
                 "tax": 2, "total": 12, "issue_date": "2026-02-01", "due_date": "2026-03-01"},
    "payment_methods": {"user_id": "USER", "type": "card", "provider": "stripe", "provider_method_id": "pm_1"},
    "payments": {"invoice_id": "INVOICE", "user_id": "USER", "amount": 10, "provider": "stripe"},
    "credits": {"user_id": "USER", "amount": 5, "reason": "sorry", "type": "compensation"},
    "billing_alerts": {"user_id": "USER", "type": "payment_failed", "message": "the card was refused",
                       "occasion": "payment 1"},
}  # fmt: skip


@contextmanager
def refused(*reasons: type[psycopg.Error]) -> Iterator[None]:
    with pytest.raises(ValueRefused) as caught:
        yield
    assert isinstance(caught.value.__cause__, reasons)


async def _insert(database: Database, table: str, row: dict[str, Any]) -> Any:
    columns = ", ".join(row)
    places = ", ".join(f"%({column})s" for column in row)
    found = await database.row(f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id", row)
    assert found
    return found["id"]


async def _known(database: Database) -> dict[str, Any]:
    """A user with one good row in every table of billing; ids by placeholder."""
    ids: dict[str, Any] = {"USER": await _insert(database, "users", {"email": "a@example.org"})}
    for table, row in GOOD.items():
        ids[table] = await _insert(database, table, _filled(row, ids))
        ids[table.upper().removesuffix("S")] = ids[table]
    return ids


def _filled(row: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    return {
        column: ids.get(value, value) if isinstance(value, str) else value for column, value in row.items()
    }


@pytest.mark.parametrize(("table", "wrong"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_a_row_that_cannot_be_right_is_refused(
    database: Database, table: str, wrong: dict[str, Any]
) -> None:
    ids = await _known(database)
    row = {**GOOD.get(table, {}), **wrong}
    if table == "invoices":
        row |= {"number": "2026-2", "period_start": "2026-02-01"}
    if table == "subscriptions":
        await database.rows(
            "UPDATE subscriptions SET status = 'expired', ended_at = now(), next_boundary = NULL"
        )
    with refused(psycopg.errors.CheckViolation, psycopg.errors.ForeignKeyViolation):
        await _insert(database, table, _filled(row, ids))


async def test_a_library_has_one_latest_version_and_a_user_one_default_method(database: Database) -> None:
    await _insert(database, "libraries", {"id": "/a/b", "name": "b"})
    await _insert(database, "library_versions", {"library_id": "/a/b", "version": "1", "is_latest": True})
    with refused(psycopg.errors.UniqueViolation):
        await _insert(database, "library_versions", {"library_id": "/a/b", "version": "2", "is_latest": True})
    ids = await _known(database)
    card = {**GOOD["payment_methods"], "is_default": True}
    await _insert(database, "payment_methods", _filled({**card, "provider_method_id": "pm_2"}, ids))
    with refused(psycopg.errors.UniqueViolation):
        await _insert(database, "payment_methods", _filled({**card, "provider_method_id": "pm_3"}, ids))


async def test_updated_at_is_kept_by_the_database(database: Database) -> None:
    await _insert(database, "libraries", {"id": "/a/b", "name": "b"})
    await database.rows("UPDATE libraries SET name = 'c', updated_at = '2000-01-01'")
    row = await database.row("SELECT updated_at > created_at AS newer FROM libraries")
    assert row == {"newer": True}


async def test_an_invoice_outlives_the_wish_to_delete_its_user(database: Database) -> None:
    ids = await _known(database)
    with refused(psycopg.IntegrityError):
        await database.rows("DELETE FROM users WHERE id = %(id)s", {"id": ids["USER"]})


@pytest.mark.parametrize(
    ("package", "file"),
    [
        (".".join(path.relative_to(ROOT).parent.parts), path.name)
        for path in sorted((ROOT / "shared").rglob("*.sql"))
        if path.parent.name != "stores"
    ],
)
async def test_every_statement_is_one_that_the_database_can_plan(
    database: Database, package: str, file: str
) -> None:
    for name, statement in sql.load(package, file).items():
        if not statement.startswith("COPY"):
            params = dict.fromkeys(re.findall(r"%\((\w+)\)s", statement))
            assert await database.rows(f"EXPLAIN {statement}", params or None), name
