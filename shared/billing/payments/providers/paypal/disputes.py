"""Pure: PayPal's disputes as the port's values, and what of a payment they hold."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Literal

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import Seen, SeenDispute, SeenRefund
from shared.billing.payments.providers.paypal import fit
from shared.billing.payments.providers.paypal.reading import instant

Json = dict[str, Any]

_INQUIRY: Final = "INQUIRY"
_HOLDING: Final = ("open", "lost")
_FOR_BUYER: Final = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")


def with_disputes(seen: Seen, disputes: Sequence[Json]) -> Seen:
    """What PayPal gave back by a dispute it lists among the refunds too: it counts once.

    From a chargeback on it is the dispute's. An inquiry that a refund settled moves nothing by itself.
    """
    found = sorted((_dispute(body) for body in disputes), key=lambda one: one.id)
    forced = {str(body["dispute_id"]) for body in disputes if _stage(body) != _INQUIRY}
    refunds = seen.refunds
    for one in found:
        if one.id in forced and one.state in _HOLDING:
            refunds = _without(refunds, one)
    left = seen.amount - sum((one.amount for one in refunds if one.state == "completed"), Decimal(0))
    told = []
    for one in found:
        amount = min(one.amount, max(left, Decimal(0))) if one.state in _HOLDING else Decimal(0)
        left -= amount
        told.append(replace(one, amount=amount) if amount else _moveless(one))
    return replace(seen, refunds=refunds, disputes=tuple(told))


def transaction_of(body: Json) -> str | None:
    """The capture that a dispute is about."""
    named = (one.get("seller_transaction_id") for one in body.get("disputed_transactions") or ())
    return next((str(one) for one in named if one), None)


def _dispute(body: Json) -> SeenDispute:
    outcome = body.get("dispute_outcome") or {}
    state: Literal["inquiry", "open", "won", "lost"]
    if body.get("status") == "RESOLVED":
        state = "lost" if outcome.get("outcome_code") in _FOR_BUYER else "won"
    else:
        state = "inquiry" if _stage(body) == _INQUIRY else "open"
    disputed, currency = fit.read(body["dispute_amount"])
    refunded = outcome.get("amount_refunded")
    if state == "lost" and refunded and fit.read(refunded)[1] == currency and fit.read(refunded)[0] > 0:
        disputed = fit.read(refunded)[0]
    return SeenDispute(
        id=str(body["dispute_id"]),
        amount=disputed,
        state=state,
        reason=told(str(body.get("reason") or "")) or None,
        at=instant(body.get("create_time")),
    )


def _stage(body: Json) -> str:
    return str(body.get("dispute_life_cycle_stage") or _INQUIRY)


def _without(refunds: tuple[SeenRefund, ...], dispute: SeenDispute) -> tuple[SeenRefund, ...]:
    """Less those that we did not ask for, since the dispute began, as far as it goes."""
    left, kept = dispute.amount, []
    for one in refunds:
        is_its = (
            one.refund_id is None and one.at and dispute.at and one.at >= dispute.at and one.amount <= left
        )
        if is_its:
            left -= one.amount
        else:
            kept.append(one)
    return tuple(kept)


def _moveless(dispute: SeenDispute) -> SeenDispute:
    return replace(dispute, state="inquiry") if dispute.state in _HOLDING else dispute
