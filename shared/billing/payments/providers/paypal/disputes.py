"""Pure: PayPal's disputes as the port's values, and what of a payment they hold."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final, Literal

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import Seen, SeenDispute
from shared.billing.payments.providers.paypal import fit
from shared.billing.payments.providers.paypal.reading import instant

Json = dict[str, Any]

_FOR_BUYER: Final = ("RESOLVED_BUYER_FAVOUR", "ACCEPTED")


def with_disputes(seen: Seen, disputes: Sequence[Json]) -> Seen:
    """PayPal lists what it gave back by a dispute as a refund too: then that says it, and the dispute moves nothing."""
    left = seen.amount - sum((one.amount for one in seen.refunds if one.state == "completed"), Decimal(0))
    found = []
    for one in sorted((_dispute(body) for body in disputes), key=lambda one: one.id):
        if one.state in ("open", "lost"):
            amount = min(one.amount, max(left, Decimal(0)))
            found.append(replace(one, amount=amount) if amount else replace(one, state="inquiry"))
            left -= amount
        else:
            found.append(one)
    return replace(seen, disputes=tuple(found))


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
        state = "inquiry" if body.get("dispute_life_cycle_stage", "INQUIRY") == "INQUIRY" else "open"
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
