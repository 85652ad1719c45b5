"""Pure: PayPal's orders, captures and refunds as the port's values."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import Ask, Seen, SeenRefund
from shared.billing.payments.providers.paypal import declines, fit
from shared.billing.payments.providers.paypal.reading import above, id_of, instant, link, uuid_of

Json = dict[str, Any]

_TAKEN: Final = ("BUYER_COMPLAINT", "CHARGEBACK", "REFUNDED")
"""A capture that waits for one of these was completed once."""
_CAPTURES: Final = {
    "COMPLETED": "completed",
    "PARTIALLY_REFUNDED": "completed",
    "REFUNDED": "completed",
    "PENDING": "processing",
    "DECLINED": "failed",
    "FAILED": "failed",
}
_BEST: Final = ("completed", "processing", "failed")
_REFUNDS: Final = {"COMPLETED": "completed", "PENDING": "pending", "FAILED": "failed", "CANCELLED": "failed"}
_DECIDED: Final = ("APPROVED", "COMPLETED")
_PAGES: Final = ("payer-action", "approve")


def order(body: Json, ask: Ask | None = None) -> Seen:
    """An order with what was captured of it. What its answer leaves out is taken from what was asked."""
    unit: Json = next(iter(body.get("purchase_units") or ()), {})
    captures = [capture(one, id_of(body)) for one in _payments(unit, "captures")]
    if captures:
        best = min(captures, key=lambda seen: _BEST.index(seen.state))
        return replace(
            best, payment_id=best.payment_id or uuid_of(unit.get("custom_id")), refunds=_refunds(unit)
        )
    amount, currency = fit.read(unit["amount"]) if "amount" in unit else (Decimal(0), "")
    if ask is not None:
        amount, currency = ask.amount, ask.currency
    status = str(body.get("status"))
    seen = Seen(
        id=None,
        state="pending",
        amount=amount,
        currency=currency,
        link_id=id_of(body),
        payment_id=uuid_of(unit.get("custom_id")) or (ask.payment_id if ask else None),
        at=instant(body.get("update_time") or body.get("create_time")),
    )
    if status == "VOIDED":
        return replace(seen, state="failed", decline="cancelled", reason="it ended at PayPal")
    return seen if status in _DECIDED else replace(seen, action_url=link(body, *_PAGES))


def to_capture(seen: Seen) -> bool:
    """Whether an order waits for us alone: its person approved it, or need not."""
    return seen.state == "pending" and seen.link_id is not None and seen.action_url is None


def declined(ask: Ask, issues: Sequence[str]) -> Seen | None:
    """A refusal that is a declined payment; None where the request is at fault."""
    decline = declines.of_issues(issues)
    if decline is None:
        return None
    reason = told(declines.reason(issues))
    return replace(ended(ask, None, reason), decline=decline)


def ended(ask: Ask, link_id: str | None, reason: str) -> Seen:
    return Seen(
        None,
        "failed",
        ask.amount,
        ask.currency,
        decline="cancelled",
        reason=reason,
        link_id=link_id,
        payment_id=ask.payment_id,
    )


def capture(body: Json, order_id: str | None = None) -> Seen:
    amount, currency = fit.read(body["amount"])
    waits_for = str((body.get("status_details") or {}).get("reason") or "")
    state = _CAPTURES.get(str(body.get("status")), "processing")
    if state == "processing" and waits_for in _TAKEN:
        state = "completed"
    seen = Seen(
        id=id_of(body),
        state=state,  # type: ignore[arg-type] # of the table
        amount=amount,
        currency=currency,
        link_id=order_id or _order_of(body),
        payment_id=uuid_of(body.get("custom_id")),
        at=instant(body.get("create_time")),
    )
    if state != "failed":
        return replace(seen, reason=told(waits_for) or None) if state == "processing" else seen
    answer = body.get("processor_response") or {}
    code, advice = answer.get("response_code"), answer.get("payment_advice_code")
    return replace(seen, decline=declines.of_card(code, advice), reason=told(declines.words(code)))


def refund(body: Json) -> SeenRefund:
    return SeenRefund(
        id=id_of(body),
        amount=fit.read(body["amount"])[0],
        state=_REFUNDS.get(str(body.get("status")), "pending"),  # type: ignore[arg-type] # of the table
        reason=told(str((body.get("status_details") or {}).get("reason") or "")) or None,
        refund_id=uuid_of(body.get("custom_id")),
        at=instant(body.get("create_time")),
    )


def _refunds(unit: Json) -> tuple[SeenRefund, ...]:
    return tuple(refund(one) for one in _payments(unit, "refunds"))


def _order_of(body: Json) -> str | None:
    related = (body.get("supplementary_data") or {}).get("related_ids") or {}
    return str(related["order_id"]) if related.get("order_id") else above(body, "orders")


def _payments(unit: Json, kind: str) -> list[Json]:
    return list((unit.get("payments") or {}).get(kind) or ())
