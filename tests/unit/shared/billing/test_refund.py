"""How much of a payment can go back, and of what it is made."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.payments.reversals.refund import Made, Part, Refundable, parts, wanted
from shared.errors import InvalidRequest

PAYMENT = UUID(int=9)


def part(credit: int, amount: float) -> Part:
    return Part(UUID(int=credit), Decimal(amount))


def payment(
    paid: int = 100,
    gone: int = 0,
    reserved: int = 0,
    creditable: int = 100,
    credit: Sequence[int] = (),
    **more: Any,
) -> Refundable:
    given = {"provider": "stripe", "status": "completed", "currency": "EUR", **more}
    return Refundable(
        id=PAYMENT,
        number="LECT-2026-000001",
        paid=Decimal(paid),
        gone=Decimal(gone),
        reserved=Decimal(reserved),
        creditable=Decimal(creditable),
        credit=tuple(part(number, amount) for number, amount in enumerate(credit, 1)),
        **given,
    )


MOST = [
    ("a payment of all that was billed", payment(), 100),
    ("some of it went back", payment(gone=30, creditable=70), 70),
    ("some of it is under way", payment(reserved=30, creditable=70), 70),
    ("a note granted credit, which lies there", payment(creditable=60, credit=[40]), 100),
    ("a note granted credit, which was burnt", payment(creditable=60), 60),
    ("all was credited, half of it was burnt", payment(creditable=0, credit=[50]), 50),
    ("all was credited, and burnt", payment(creditable=0), 0),
    ("more was paid than was due, and lies there", payment(paid=130, credit=[30]), 130),
    ("more was paid than was due, and was burnt", payment(paid=130), 100),
    ("a promotion paid for half", payment(paid=50), 50),
    ("all went back", payment(gone=100, creditable=0), 0),
    ("others made more of it than there was", payment(gone=100, creditable=-5), 0),
]


@pytest.mark.parametrize(("facts", "most"), [case[1:] for case in MOST], ids=[case[0] for case in MOST])
def test_never_more_can_go_back_than_was_paid_and_than_is_left_to_credit(
    facts: Refundable, most: int
) -> None:
    assert facts.most == most
    if most:
        assert wanted(facts, None) == most
        with pytest.raises(InvalidRequest, match="are more than can be refunded") as refused:
            wanted(facts, Decimal(most) + Decimal("0.01"))
        assert f"refund {most}.00 EUR at most" in refused.value.line


MADE = [
    ("nothing lies there", payment(), 30, Made((), Decimal(30))),
    ("enough lies there", payment(credit=[40]), 30, Made((part(1, 30),), Decimal(0))),
    (
        "too little lies there",
        payment(credit=[10, 15]),
        30,
        Made((part(1, 10), part(2, 15)), Decimal(5)),
    ),
    (
        "others gave back what was credited and burnt",
        payment(creditable=20, credit=[5]),
        30,
        Made((part(1, 5),), Decimal(20), Decimal(5)),
    ),
    ("nothing is left at all", payment(creditable=-1), 30, Made((), Decimal(0), Decimal(30))),
]


@pytest.mark.parametrize(
    ("facts", "amount", "made"), [case[1:] for case in MADE], ids=[case[0] for case in MADE]
)
def test_refund_credit_goes_first_and_a_note_stands_for_the_rest(
    facts: Refundable, amount: int, made: Made
) -> None:
    assert facts.made(Decimal(amount)) == made


REFUSED = [
    ({"status": "pending"}, "is pending: nothing came of it yet: refund it once it is completed"),
    ({"status": "processing"}, "is processing: nothing came of it yet"),
    ({"status": "failed"}, "failed: nothing came of it, and nothing is to go back"),
    ({"status": "refunded", "gone": 100}, "all of the payment .* went back already"),
    ({"is_disputed": True}, "a dispute of the payment .* is open: answer it at Stripe"),
    ({"is_disputed": True, "provider": "paypal"}, "answer it at PayPal"),
    ({"reserved": 100, "creditable": 0}, r"nothing is left to refund .*: 100\.00 EUR are under way"),
    ({"creditable": 0}, "LECT-2026-000001 is credited, and its refund credit burnt"),
]


@pytest.mark.parametrize(("facts", "line"), REFUSED)
def test_what_cannot_go_back_is_refused_by_its_line(facts: dict[str, Any], line: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        wanted(payment(**facts), Decimal(1))
    assert re.search(line, refused.value.line), refused.value.line


def test_parts_go_as_far_as_they_go() -> None:
    stored = [part(1, 10), part(2, 0), part(3, 5)]
    assert parts(stored, Decimal(12)) == [part(1, 10), part(3, 2)]
    assert parts(stored, Decimal(20)) == [part(1, 10), part(3, 5)]
    assert parts(stored, Decimal(0)) == []
