"""Pure: how much of a payment can go back, and what that is made of.

First what lies unburnt in refund credit of its invoice, which is paid out; the rest needs a credit note.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from shared.billing.money import plain
from shared.billing.payments.payment import COMPLETED, FAILED, OPEN
from shared.errors import InvalidRequest

NAMES: Final = {"stripe": "Stripe", "paypal": "PayPal", "wise": "Wise", "manual": "hand"}
BY_HAND: Final = ("wise", "manual")
"""Nobody can be asked to give such a payment back: the operator does it."""


class Part(NamedTuple):
    """Of a refund credit."""

    credit_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Made:
    """What a refund is made of; `uncovered` is what neither credit nor invoice had left."""

    paid_out: tuple[Part, ...]
    noted: Decimal
    uncovered: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Refundable:
    """A payment with what went back of it, and is reserved to; `credit` lies unburnt in refund credits of its invoice.

    `creditable` is what no credit note has taken of the invoice, and no other refund will.
    """

    id: UUID
    number: str
    provider: str
    status: str
    currency: str
    paid: Decimal
    gone: Decimal
    reserved: Decimal
    creditable: Decimal
    credit: tuple[Part, ...] = ()
    is_disputed: bool = False

    @property
    def most(self) -> Decimal:
        stored = sum((part.amount for part in self.credit), Decimal(0))
        return max(
            min(self.paid - self.gone - self.reserved, stored + max(self.creditable, Decimal(0))), Decimal(0)
        )

    def made(self, amount: Decimal) -> Made:
        """Of any amount, since what others gave back is a fact."""
        paid_out = parts(self.credit, amount)
        rest = amount - sum((part.amount for part in paid_out), Decimal(0))
        noted = min(rest, max(self.creditable, Decimal(0)))
        return Made(tuple(paid_out), noted, rest - noted)


def parts(credit: Iterable[Part], amount: Decimal) -> list[Part]:
    """So much of them in their order, as far as they go."""
    taken = []
    for one in credit:
        part = min(one.amount, amount)
        if part > 0:
            amount -= part
            taken.append(Part(one.credit_id, part))
    return taken


def wanted(payment: Refundable, amount: Decimal | None) -> Decimal:
    """What is to go back, or all that can. Raises InvalidRequest."""
    _refuse_state(payment)
    code, most = payment.currency, payment.most
    reserved = f": {plain(payment.reserved, code)} {code} are under way" if payment.reserved else ""
    if not most:
        gone = payment.paid - payment.gone - payment.reserved <= 0
        why = reserved if gone else f": {payment.number} is credited, and its refund credit burnt"
        raise InvalidRequest(
            f"nothing is left to refund of the payment {payment.id}{why}",
            "`lectern-admin payment list --refunds` shows what went back",
        )
    if amount is not None and amount > most:
        raise InvalidRequest(
            f"{plain(amount, code)} {code} are more than can be refunded of the payment {payment.id}{reserved}",
            f"refund {plain(most, code)} {code} at most",
        )
    return most if amount is None else amount


def _refuse_state(payment: Refundable) -> None:
    if payment.is_disputed:
        raise InvalidRequest(
            f"a dispute of the payment {payment.id} is open",
            f"answer it at {NAMES[payment.provider]}: nothing is refunded until it is won or lost",
        )
    if payment.status in OPEN:
        raise InvalidRequest(
            f"the payment {payment.id} is {payment.status}: nothing came of it yet",
            "refund it once it is completed",
        )
    if payment.status == FAILED:
        raise InvalidRequest(
            f"the payment {payment.id} failed", "nothing came of it, and nothing is to go back"
        )
    if payment.status != COMPLETED:
        raise InvalidRequest(
            f"all of the payment {payment.id} went back already",
            "`lectern-admin payment list --refunds` shows how",
        )
