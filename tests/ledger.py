"""Rows of billing for tests, each with what a test does not care about filled in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

Row = dict[str, Any]

CHARGES = [
    {"meter": "requests", "model": "unit", "included": 1000, "unit_price": "0.01"},
    {"meter": "tokens", "model": "unit", "included": 50_000, "unit_price": "0.0001"},
]
MOVES = {
    "draft": (),
    "sent": ("sent",),
    "paid": ("sent", "paid"),
    "overdue": ("sent", "overdue"),
    "cancelled": ("cancelled",),
}
LIMITS = {"requestsPerMonth": 5000, "tokensPerMonth": None, "concurrentRequests": 4}


def at(text: str) -> datetime:
    """`2026-11-30` or `2026-11-30 12:00`, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


class Ledger:
    """Writes rows, each committed at once; every method returns its row."""

    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def rows(self, statement: str, **values: Any) -> list[Row]:
        found = self._connection.execute(statement, values or None)
        return found.fetchall() if found.description else []

    def add(self, table: str, **values: Any) -> Row:
        names = ", ".join(values)
        places = ", ".join(f"%({name})s" for name in values)
        kept = {
            name: Jsonb(value) if isinstance(value, dict | list) else value for name, value in values.items()
        }
        [row] = self.rows(f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING *", **kept)
        return row

    def user(self, email: str = "ada@example.org") -> UUID:
        found: UUID = self.add("users", email=email, email_key=email)["id"]
        return found

    def plan(self, name: str = "small", *, amount: str = "30.00", version: int = 1, **more: Any) -> str:
        """A monthly plan in EUR, whatever the shipped ones are; a later version takes its place."""
        terms = {"charges": CHARGES, "limits": LIMITS, **more}
        self.rows(
            "INSERT INTO plans (id, name, amount, interval) VALUES (%(plan)s, %(title)s, %(amount)s, 'month')"
            " ON CONFLICT DO NOTHING",
            plan=name,
            title=name.title(),
            amount=amount,
        )
        self.add("plan_versions", plan=name, version=version, limits=terms["limits"])
        self.add(
            "plan_prices",
            plan=name,
            version=version,
            interval="month",
            currency="EUR",
            amount=amount,
            charges=terms["charges"],
            is_default=True,
        )
        return name

    def subscription(
        self, user: UUID, plan: str = "small", *, start: date = date(2026, 11, 1), **more: Any
    ) -> Row:
        """In its first month; what `more` says stands, also of the columns that are filled in here."""
        begins = datetime(start.year, start.month, start.day, tzinfo=UTC)
        ends = begins.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        return self.add(
            "subscriptions",
            **{
                "user_id": user,
                "plan": plan,
                "current_period_start": begins,
                "current_period_end": ends,
                "amount": "30.00",
                "interval": "month",
                "zone": "UTC",
                "anchor": start,
                "next_boundary": None if "ended_at" in more else ends,
                **more,
            },
        )

    def span(self, subscription: Row, **more: Any) -> Row:
        """From the start of the subscription's period on, with the terms of version 1 of its plan."""
        starts: datetime = more.get("starts_at") or subscription["current_period_start"]
        return self.add(
            "subscription_spans",
            **{
                "subscription_id": subscription["id"],
                "starts_at": starts,
                "starts_on": starts.date(),
                "mode": "billed",
                "plan": subscription["plan"],
                "plan_version": 1,
                "amount": subscription["amount"],
                "charges": CHARGES,
                "limits": LIMITS,
                **more,
            },
        )

    def period(self, subscription: Row, **more: Any) -> Row:
        """The subscription's current one."""
        starts: datetime = more.get("starts_at") or subscription["current_period_start"]
        ends: datetime = more.get("ends_at") or subscription["current_period_end"]
        return self.add(
            "billing_periods",
            **{
                "subscription_id": subscription["id"],
                "number": 1,
                "starts_at": starts,
                "ends_at": ends,
                "starts_on": starts.date(),
                "ends_on": ends.date(),
                "covered_from": starts.date(),
                **more,
            },
        )

    def subscribed(self, user: UUID, plan: str = "small", **more: Any) -> Row:
        """A subscription with its first span and period."""
        row = self.subscription(user, plan, **more)
        self.span(row)
        self.period(row)
        return row

    def usage(self, user: UUID, when: datetime, calls: int = 1, tokens: int = 0, **more: Any) -> None:
        """So many calls; each with `tokens`."""
        row = {
            "user_id": user,
            "tool_name": "query-docs",
            "tokens_returned": tokens,
            "created_at": when,
            "recorded_at": when,
            **more,
        }
        names = ", ".join(row)
        places = ", ".join(f"%({name})s" for name in row)
        self.rows(
            f"INSERT INTO usage_logs ({names}) SELECT {places} FROM generate_series(1, %(calls)s)",
            **row,
            calls=calls,
        )

    def invoice(
        self,
        subscription: Row,
        net: str = "30.00",
        *,
        number: str | None = None,
        issued: datetime | None = None,
        status: str | None = None,
        rate: str = "20",
        **more: Any,
    ) -> Row:
        """One with a fee for the subscription's period, at one rate of tax; sent if it has a number, else a draft."""
        [before] = self.rows(
            "SELECT count(*) AS n FROM invoices WHERE subscription_id = %(id)s", id=subscription["id"]
        )
        issued = issued or subscription["current_period_start"]
        key = uuid4()
        due = issued + timedelta(days=14)
        currency = more.get("currency", "EUR")
        tax = (Decimal(net) * Decimal(rate) / 100).quantize(Decimal("0.01"))
        group = {"category": "S", "rate": rate, "base": net, "tax": str(tax)}
        first, last = subscription["current_period_start"], subscription["current_period_end"]
        draft = self.add(
            "invoices",
            **{
                "id": key,
                "user_id": subscription["user_id"],
                "subscription_id": subscription["id"],
                "kind": "usage",
                "sequence": before["n"],
                "period_start": first,
                "closes_at": issued,
                "number": number or f"DRAFT-{key}",
                "period": {
                    "type": "monthly",
                    "startDate": first.date().isoformat(),
                    "endDate": (last.date() - timedelta(days=1)).isoformat(),
                },
                "tax_groups": [group],
                "subtotal": net,
                "tax": tax,
                "total": Decimal(net) + tax,
                "issue_date": issued,
                "due_date": due,
                **more,
            },
        )
        self.line(draft, net, starts_on=first.date(), ends_on=last.date(), currency=currency)
        for step in MOVES[status or ("sent" if number else "draft")]:
            self.rows("UPDATE invoices SET status = %(step)s WHERE id = %(id)s", step=step, id=key)
        return self.rows("SELECT * FROM invoices WHERE id = %(id)s", id=key)[0]

    def line(self, invoice: Row, amount: str, **more: Any) -> Row:
        """A fee, of one unit."""
        [place] = self.rows(
            "SELECT count(*) + 1 AS n FROM invoice_items WHERE invoice_id = %(id)s", id=invoice["id"]
        )
        return self.add(
            "invoice_items",
            **{
                "invoice_id": invoice["id"],
                "position": place["n"],
                "type": "fee",
                "description": "Small",
                "quantity": 1,
                "unit_price": amount,
                "amount": amount,
                "currency": invoice["currency"],
                "tax_category": "S",
                "tax_rate": "20",
                **more,
            },
        )

    def pending(self, subscription: Row, amount: str, **more: Any) -> Row:
        """A proration that waits, for the subscription's period."""
        first, last = subscription["current_period_start"], subscription["current_period_end"]
        return self.add(
            "pending_items",
            **{
                "user_id": subscription["user_id"],
                "subscription_id": subscription["id"],
                "type": "proration",
                "description": "Small",
                "amount": amount,
                "currency": subscription["currency"],
                "starts_on": first.date(),
                "ends_on": last.date(),
                "due_at": first,
                **more,
            },
        )

    def credit_note(self, invoice: Row, net: str, tax: str = "0", **more: Any) -> Row:
        return self.add(
            "credit_notes",
            **{
                "invoice_id": invoice["id"],
                "user_id": invoice["user_id"],
                "number": f"LECT-CN-{uuid4().hex[:8]}",
                "reason": "a mistake",
                "items": [],
                "tax_groups": [],
                "subtotal": net,
                "tax": tax,
                "total": Decimal(net) + Decimal(tax),
                "currency": invoice["currency"],
                "issue_date": invoice["issue_date"],
                **more,
            },
        )

    def credit(self, user: UUID, amount: str, **more: Any) -> Row:
        return self.add(
            "credits",
            **{"user_id": user, "amount": amount, "reason": "welcome", "type": "promotional", **more},
        )

    def method(self, user: UUID, **more: Any) -> Row:
        """A Visa card of Stripe's that is the default; its last month is December 2030."""
        return self.add(
            "payment_methods",
            **{
                "user_id": user,
                "type": "card",
                "provider": "stripe",
                "is_default": True,
                "provider_method_id": f"pm_{uuid4().hex}",
                "last_four": "4242",
                "brand": "visa",
                "expiry_month": 12,
                "expiry_year": 2030,
                **more,
            },
        )

    def attempt(self, invoice: Row, when: datetime, **more: Any) -> Row:
        """A payment of all that the invoice asks for, at a step of dunning unless another origin is named."""
        found = {
            "invoice_id": invoice["id"],
            "user_id": invoice["user_id"],
            "amount": invoice["total"],
            "currency": invoice["currency"],
            "provider": "stripe",
            "origin": "dunning",
            "created_at": when,
            **more,
        }
        step = {"step": 0} if found["origin"] == "dunning" else {}
        return self.add("payments", **step | found)

    def burn(self, credit: Row, invoice: Row, amount: str, **more: Any) -> Row:
        return self.add(
            "credit_burns",
            credit_id=credit["id"],
            invoice_id=invoice["id"],
            amount=amount,
            currency=invoice["currency"],
            **more,
        )


@contextmanager
def ledger(url: str) -> Iterator[Ledger]:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield Ledger(connection)
