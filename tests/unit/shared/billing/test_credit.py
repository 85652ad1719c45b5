"""Credits are burnt in one order, come back in the other, and are never worth more than they were."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.credits.credit import (
    Balance,
    Bill,
    Burn,
    Credit,
    balance,
    burns,
    in_order,
    returns,
    state,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ADA, EVE = UUID(int=1), UUID(int=2)


def made(number: int, amount: str = "10", **more: object) -> Credit:
    given = {
        "user_id": ADA,
        "currency": "EUR",
        "burnt": Decimal(0),
        "expires_at": None,
        "created_at": NOW - DAY,
    }
    return Credit(id=UUID(int=number), amount=Decimal(amount), **given | more)  # type: ignore[arg-type]


def bill(number: int, total: str, user_id: UUID = ADA, currency: str = "EUR") -> Bill:
    return Bill(UUID(int=number), user_id, Decimal(total), currency)


def test_what_expires_first_is_burnt_first_then_what_is_older() -> None:
    mixed = [
        made(1),
        made(2, created_at=NOW - 2 * DAY),
        made(3, expires_at=NOW + 2 * DAY),
        made(4, expires_at=NOW + DAY),
        made(5, created_at=NOW - 2 * DAY),
    ]
    assert [credit.id.int for credit in in_order(mixed)] == [4, 3, 2, 5, 1]


def test_a_credit_is_split_over_invoices_and_an_invoice_over_credits() -> None:
    credits = [made(1, "15"), made(2, "10", created_at=NOW)]
    assert burns(credits, [bill(11, "12"), bill(12, "8"), bill(13, "20")], NOW) == [
        Burn(UUID(int=1), UUID(int=11), Decimal(12), exhausts=False),
        Burn(UUID(int=1), UUID(int=12), Decimal(3), exhausts=True),
        Burn(UUID(int=2), UUID(int=12), Decimal(5), exhausts=False),
        Burn(UUID(int=2), UUID(int=13), Decimal(5), exhausts=True),
    ]


@pytest.mark.parametrize(
    "credit",
    [
        made(1, user_id=EVE),
        made(1, currency="USD"),
        made(1, expires_at=NOW),
        made(1, voided_at=NOW - DAY),
        made(1, burnt=Decimal(10)),
    ],
    ids=["another's", "another currency", "expired", "voided", "used"],
)
def test_what_is_not_for_this_invoice_stays(credit: Credit) -> None:
    assert burns([credit], [bill(11, "5")], NOW) == []


def test_an_invoice_of_nothing_burns_nothing() -> None:
    assert burns([made(1)], [bill(11, "0")], NOW) == []


def test_what_is_not_burnt_remains_is_voided_or_has_expired_unless_it_was_paid_out() -> None:
    none, part = Decimal(0), Decimal(4)
    half = made(1, burnt=Decimal(6), expires_at=NOW + DAY)
    assert (state(half, NOW), balance(half, NOW)) == ("valid", Balance(Decimal(6), part, none, none))
    assert (state(half, NOW + DAY), balance(half, NOW + DAY)) == (
        "expired",
        Balance(Decimal(6), none, part, none),
    )
    voided = made(1, burnt=Decimal(6), expires_at=NOW + DAY, voided_at=NOW)
    assert (state(voided, NOW + DAY), balance(voided, NOW + DAY)) == (
        "voided",
        Balance(Decimal(6), none, none, part),
    )
    used = made(1, burnt=Decimal(10), expires_at=NOW)
    assert (state(used, NOW), balance(used, NOW)) == ("used", Balance(Decimal(10), none, none, none))
    gone = made(1, burnt=Decimal(6), paid_out=Decimal(4))
    assert (state(gone, NOW), balance(gone, NOW)) == (
        "paid_out",
        Balance(Decimal(6), none, none, none, paid_out=part),
    )
    assert burns([gone], [bill(11, "5")], NOW) == []


def test_what_was_burnt_last_comes_back_first() -> None:
    burnt = [(UUID(int=1), Decimal(3)), (UUID(int=2), Decimal(5))]
    assert returns(burnt, Decimal(6)) == [(UUID(int=2), Decimal(5)), (UUID(int=1), Decimal(1))]
    assert returns(burnt, Decimal(2)) == [(UUID(int=2), Decimal(2))]
    assert returns(burnt, Decimal(0)) == []
