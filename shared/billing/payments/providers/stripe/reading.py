"""Pure: Stripe's objects, as JSON has them, become values of the port."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from shared.billing.delivery.outcome import told
from shared.billing.payments.port import Ask, BalanceLine, Listed, Seen, SeenDispute, SeenMethod, SeenRefund
from shared.billing.payments.providers.stripe import amounts
from shared.billing.payments.providers.stripe.declines import decline, reason

LINK: Final = "link"
"""What `metadata.lectern` says of a payment that a hosted page began; CHARGE of one that we did."""
CHARGE: Final = "charge"
UNCONFIRMED: Final = "abandoned"
"""Why we cancelled a payment that wanted to be confirmed, and had no page for that."""
_DEBITS: Final = ("sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit", "acss_debit")
"""Methods whose disputes are debits that a bank took back."""
_REFUND: Final[dict[str, Literal["pending", "completed", "failed"]]] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "completed",
    "failed": "failed",
    "canceled": "failed",
}
_DISPUTE: Final[dict[str, Literal["inquiry", "open", "won", "lost"]]] = {
    "warning_needs_response": "inquiry",
    "warning_under_review": "inquiry",
    "warning_closed": "inquiry",
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "won": "won",
    "lost": "lost",
}
_KINDS: Final[dict[str, Literal["payment", "refund", "dispute", "fee", "payout"]]] = {
    "charge": "payment",
    "payment": "payment",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund",
    "payment_failure_refund": "dispute",
    "payment_reversal": "dispute",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "application_fee": "fee",
    "tax_fee": "fee",
    "payout": "payout",
    "payout_cancel": "payout",
    "payout_failure": "payout",
}
"""Of moves of the balance; an `adjustment` may be of a dispute."""

Object = Mapping[str, Any]


def never_asked(ask: Ask) -> Seen:
    """What ends an attempt that Stripe knows nothing of."""
    return Seen(
        None, "failed", ask.amount, ask.currency, "cancelled", "never asked", payment_id=ask.payment_id
    )


def payment(
    intent: Object,
    refunds: Iterable[Object] = (),
    disputes: Iterable[Object] = (),
    *,
    link_id: str | None = None,
) -> Seen:
    """Of a PaymentIntent whose latest charge is expanded. When a bank paid a debit, Stripe does not tell."""
    currency = intent["currency"].upper()
    charge = intent.get("latest_charge")
    charged = charge if isinstance(charge, Mapping) else {}
    error = intent.get("last_payment_error")
    state = intent["status"]
    common: dict[str, Any] = {
        "id": intent["id"],
        "amount": amounts.amount(intent["amount"], currency),
        "currency": currency,
        "payment_id": _uuid(intent, "payment_id"),
        "link_id": link_id,
        "at": None if _is_debit(charged) else _at(charged.get("created") or intent.get("created")),
    }
    match state:
        case "succeeded":
            received = intent.get("amount_received") or intent["amount"]
            common |= {
                "amount": amounts.amount(received, currency),
                "refunds": tuple(refund(one) for one in refunds),
                "disputes": tuple(dispute(one, charged, common["amount"]) for one in disputes),
            }
            return Seen(state="completed", **common)
        case "processing" | "requires_capture":
            return Seen(state="processing", **common)
        case "canceled" if intent.get("cancellation_reason") == UNCONFIRMED:
            why = "the payment must be confirmed, and has no page for that"
            return Seen(state="failed", decline="authentication", reason=why, **common)
        case "canceled":
            return Seen(state="failed", decline="cancelled", reason="cancelled", **common)
        case "requires_payment_method" if error:
            return Seen(state="failed", decline=decline(error), reason=reason(error), **common)
        case _:
            return Seen(state="pending", action_url=confirm_url(intent), **common)


def confirm_url(intent: Object) -> str | None:
    """The page on which the person confirms it to their bank: Stripe's own, and good for this payment alone."""
    action = intent.get("next_action") or {}
    url = (action.get("redirect_to_url") or {}).get("url")
    return str(url) if url else None


def page(session: Object) -> Seen:
    """Of a Checkout Session that is open or expired; of a complete one the payment says more."""
    currency = session["currency"].upper()
    intent = session.get("payment_intent")
    is_open = session["status"] == "open"
    return Seen(
        id=(intent if isinstance(intent, str) else intent["id"]) if intent else None,
        state="pending" if is_open else "failed",
        amount=amounts.amount(session["amount_total"], currency),
        currency=currency,
        decline=None if is_open else "cancelled",
        reason=None if is_open else "the page expired before it was paid",
        action_url=session.get("url") if is_open else None,
        link_id=session["id"],
        payment_id=_uuid(session, "payment_id"),
        at=_at(session.get("created")),
    )


def refund(found: Object) -> SeenRefund:
    currency = found["currency"].upper()
    why = found.get("failure_reason")
    return SeenRefund(
        id=found["id"],
        amount=amounts.amount(found["amount"], currency),
        state=_REFUND.get(found.get("status") or "pending", "pending"),
        reason=told(str(why)) if why else None,
        refund_id=_uuid(found, "refund_id"),
        at=_at(found.get("created")),
    )


def dispute(found: Object, charge: Object, paid: Decimal) -> SeenDispute:
    """`paid` is what there was to take back: what is disputed may be said in another currency."""
    currency = found["currency"].upper()
    same = currency == str(charge.get("currency", currency)).upper()
    amount = amounts.amount(found["amount"], currency)
    why = found.get("reason")
    return SeenDispute(
        id=found["id"],
        amount=min(amount, paid) if same else paid,
        state=_DISPUTE.get(found["status"]) or ("lost" if _took(found) else "inquiry"),
        kind="return" if _is_debit(charge) else "chargeback",
        reason=told(str(why)) if why else None,
        at=_at(found.get("created")),
    )


def method(found: Object) -> SeenMethod | None:
    """None for a kind that cannot be kept and charged."""
    kind = found["type"]
    shown = found.get(kind) or {}
    customer = found.get("customer")
    common: dict[str, Any] = {
        "token": found["id"],
        "last_four": shown.get("last4"),
        "customer": customer["id"] if isinstance(customer, Mapping) else customer,
        "user_id": _uuid(found, "user_id"),
    }
    match kind:
        case "card":
            common |= {"expiry_month": shown.get("exp_month"), "expiry_year": shown.get("exp_year")}
            return SeenMethod(type="card", brand=shown.get("brand"), **common)
        case "sepa_debit":
            return SeenMethod(type="sepa", **common)
        case "us_bank_account":
            return SeenMethod(type="bank_account", brand=shown.get("bank_name"), **common)
        case _:
            return None


def of_user(seen: SeenMethod, told: str | None) -> SeenMethod:
    """A method with the user whom we told Stripe of on the page where it was added."""
    return replace(seen, user_id=_uuid({"metadata": {"user_id": told}}, "user_id"))


def listed(intent: Object) -> Listed:
    """Of a PaymentIntent whose latest charge is expanded."""
    seen = payment(intent)
    found = intent.get("latest_charge")
    charge = found if isinstance(found, Mapping) else {}
    return Listed(
        id=intent["id"],
        amount=seen.amount,
        refunded=amounts.amount(charge.get("amount_refunded") or 0, seen.currency),
        currency=seen.currency,
        state="processing" if seen.state == "pending" else seen.state,
        at=_moment(intent["created"]),
        payment_id=seen.payment_id,
        is_disputed=bool(charge.get("disputed")),
    )


def balance_line(found: Object) -> BalanceLine:
    """Of a balance transaction whose source is expanded: of a charge we know its PaymentIntent."""
    currency = found["currency"].upper()
    source = found.get("source")
    about = source if isinstance(source, Mapping) else {"id": source}
    kind: Any = _KINDS.get(found["type"], "adjustment")
    if about.get("object") == "dispute" or str(found.get("reporting_category", "")).startswith("dispute"):
        kind = "dispute"
    intent = about.get("payment_intent") if kind == "payment" else None
    return BalanceLine(
        id=found["id"],
        kind=kind,
        amount=amounts.amount(found["amount"], currency),
        fee=amounts.amount(found["fee"], currency),
        currency=currency,
        at=_moment(found["created"]),
        source=intent or about.get("id"),
    )


def _is_debit(charge: Object) -> bool:
    return (charge.get("payment_method_details") or {}).get("type") in _DEBITS


def _took(found: Object) -> bool:
    """Whether more went for it than came back."""
    return bool(sum(one["amount"] for one in found.get("balance_transactions") or ()) < 0)


def _uuid(found: Object, name: str) -> UUID | None:
    """What we told Stripe of it; others write metadata too."""
    text = (found.get("metadata") or {}).get(name)
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _at(seconds: int | None) -> datetime | None:
    return None if seconds is None else _moment(seconds)
