"""Our payments beside a provider's list: each difference is named once, and what is none is not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.books.differences import Ours, differences
from shared.billing.payments.port import Listed

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
AT = SINCE + timedelta(days=1)
BEFORE = SINCE - timedelta(minutes=1)
PAYMENT = UUID(int=1)
THERE = Listed("pi_1", Decimal("36.00"), Decimal(0), "EUR", "completed", AT, PAYMENT)
HERE = Ours("pi_1", (PAYMENT,), ("A-1",), Decimal("36.00"), "EUR", "completed", AT)


def found(there: Listed | None, here: Ours | None) -> list[tuple[str, str | None, str | None]]:
    listed, ours = [there] if there else [], [here] if here else []
    return [(one.kind, one.here, one.there) for one in differences(listed, ours, SINCE)]


@pytest.mark.parametrize(
    ("there", "here", "difference"),
    [
        (THERE, None, ("missing_here", None, "36.00 EUR")),
        (replace(THERE, state="processing"), None, ("missing_here", None, "36.00 EUR")),
        (None, HERE, ("missing_there", "36.00 EUR", None)),
        (None, replace(HERE, state="processing"), ("missing_there", "36.00 EUR", None)),
        (replace(THERE, amount=Decimal("35.99")), HERE, ("amount", "36.00 EUR", "35.99 EUR")),
        (replace(THERE, currency="USD"), HERE, ("currency", "36.00 EUR", "36.00 USD")),
        (replace(THERE, state="failed"), HERE, ("state", "completed", "failed")),
        (THERE, replace(HERE, state="pending"), ("state", "pending", "completed")),
        (THERE, replace(HERE, id=None, state="pending"), ("state", "pending", "completed")),
        (replace(THERE, refunded=Decimal(5)), HERE, ("amount", "0.00 EUR refunded", "5.00 EUR refunded")),
        (replace(THERE, is_disputed=True), HERE, ("state", "completed", "disputed")),
        (THERE, replace(HERE, refunded=Decimal(5)), ("amount", "5.00 EUR refunded", "0.00 EUR refunded")),
    ],
)
def test_a_difference_is_named(there: Listed | None, here: Ours | None, difference: Any) -> None:
    assert found(there, here) == [difference]


@pytest.mark.parametrize(
    ("there", "here"),
    [
        (THERE, HERE),
        (THERE, replace(HERE, state="refunded", disputed=Decimal(36))),
        (replace(THERE, is_disputed=True), replace(HERE, disputes=1)),
        (replace(THERE, is_disputed=True, state="failed"), replace(HERE, state="failed")),
        (replace(THERE, state="processing"), replace(HERE, state="pending")),
        (replace(THERE, state="failed"), replace(HERE, state="failed")),
        (replace(THERE, refunded=Decimal(5)), replace(HERE, refunding=Decimal(5))),
        (THERE, replace(HERE, refunding=Decimal(5))),
        (replace(THERE, refunded=Decimal(36)), replace(HERE, disputed=Decimal(36))),
        # What failed there or here, and is unknown to the other, moved no money.
        (replace(THERE, state="failed"), None),
        (None, replace(HERE, state="failed")),
        # It began before the days that are compared.
        (replace(THERE, at=BEFORE), None),
        (replace(THERE, at=BEFORE), HERE),
        (None, replace(HERE, begun_at=BEFORE)),
        # Nobody knows yet whether it was asked.
        (None, replace(HERE, id=None, state="pending")),
    ],
)
def test_what_is_no_difference_is_not_named(there: Listed | None, here: Ours | None) -> None:
    assert found(there, here) == []


def test_a_second_charge_of_one_payment_is_missing_here() -> None:
    twice = [THERE, replace(THERE, id="pi_2")]
    assert [(one.kind, one.id) for one in differences(twice, [HERE], SINCE)] == [("missing_here", "pi_2")]


def test_differences_come_in_the_order_of_their_begin() -> None:
    listed = [replace(THERE, id="pi_3", at=AT + timedelta(hours=1)), replace(THERE, id="pi_2")]
    assert [
        one.id for one in differences(listed, [replace(HERE, begun_at=AT + timedelta(minutes=1))], SINCE)
    ] == [*("pi_2", "pi_1", "pi_3")]
