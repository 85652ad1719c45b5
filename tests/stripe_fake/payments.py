"""What Stripe does with PaymentIntents, charges, refunds and disputes, as its documentation says."""

from contextlib import suppress
from typing import Any

from tests.stripe_fake.methods import Methods
from tests.stripe_fake.store import Json, Refused, Store

LEAST = {"eur": 50, "usd": 50, "gbp": 30, "jpy": 50}
OPEN = ("requires_payment_method", "requires_confirmation", "requires_action")
DISPUTE_FEE = 2000
MESSAGES = {
    "authentication_required": "Your card was declined. This transaction requires authentication.",
    "expired_card": "Your card has expired.",
    "insufficient_funds": "Your card has insufficient funds.",
    "payment_intent_authentication_failure": "We are unable to authenticate your payment method.",
    "debit_not_authorized": "The customer has notified their bank that this payment was unauthorized.",
}
OWN_CODES = (
    "authentication_required",
    "expired_card",
    "incorrect_number",
    "processing_error",
    "incorrect_cvc",
)
"""Declines whose code is their own; of the others it is card_declined."""


class Payments:
    def __init__(self, store: Store, methods: Methods) -> None:
        self.store = store
        self.methods = methods

    def create(self, asked: Json, *, page: str | None = None) -> Json:
        amount, currency = int(asked["amount"]), asked["currency"]
        if amount < LEAST.get(currency, 1):
            raise Refused(400, "Amount must be at least 50 cents.", "amount_too_small", param="amount")
        if len(str(amount)) > 8:
            raise Refused(400, "Amount must be no more than 999,999.99.", "amount_too_large", param="amount")
        if asked.get("customer"):
            self.store.get("customer", asked["customer"])
        types = asked.get("allowed_payment_method_types", ["card"])
        told: Json = {
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": "automatic_async",
            "client_secret": "pi_fake_secret",
            "confirmation_method": "automatic",
            "currency": currency,
            "customer": asked.get("customer"),
            "description": asked.get("description"),
            "last_payment_error": None,
            "latest_charge": None,
            "metadata": asked.get("metadata", {}),
            "next_action": None,
            "payment_method": asked.get("payment_method"),
            "payment_method_types": types,
            "status": "requires_confirmation" if asked.get("payment_method") else "requires_payment_method",
        }
        if asked.get("payment_method"):
            self._usable(asked["payment_method"], asked.get("customer"), types)
        intent = self.store.add("payment_intent", told, by=("customer",))
        intent["client_secret"] = f"{intent['id']}_secret_fake"
        if asked.get("confirm") == "true":
            return self.confirm(intent, asked, page=page)
        return intent

    def confirm(self, intent: Json, asked: Json, *, page: str | None = None) -> Json:
        """Raises Refused with status 402 where it is declined. On a page the person is there, and confirms."""
        if intent["status"] not in OPEN:
            raise _unexpected("confirm", intent)
        method_id = asked.get("payment_method") or intent["payment_method"]
        method = self._usable(method_id, intent["customer"], intent["payment_method_types"])
        intent["payment_method"] = method_id
        again = intent["status"] == "requires_action" or self._wanted_confirmation(intent)
        outcome = "confirm" if again else self.methods.outcome(method_id)
        if outcome == "confirm" and not page:
            if asked.get("off_session") == "true":
                return self._declined(intent, method, "authentication_required")
            return self._act(intent, asked.get("return_url"))
        if method["type"] != "card":
            return self._begun(intent, method, outcome)
        return (
            self._done(intent, method)
            if outcome in ("ok", "confirm")
            else self._declined(intent, method, outcome)
        )

    def acted(self, intent: Json, *, success: bool) -> Json:
        """The person confirmed it on the page, or did not."""
        if intent["status"] != "requires_action":
            raise _unexpected("act on", intent)
        method = self.store.get("payment_method", intent["payment_method"])
        intent["next_action"] = None
        if success:
            return self._done(intent, method)
        with suppress(Refused):
            self._declined(intent, method, "payment_intent_authentication_failure")
        return intent

    def settled(self, intent: Json, failure: str | None) -> Json:
        """What a bank said of a debit, days later."""
        if intent["status"] != "processing":
            raise _unexpected("settle", intent)
        charge = self.store.objects[intent["latest_charge"]]
        if failure is None:
            return self._paid(intent, charge)
        charge |= {
            "status": "failed",
            "failure_code": failure,
            "failure_message": MESSAGES.get(failure, failure),
        }
        intent["last_payment_error"] = _error(failure, charge["id"], failure)
        intent |= {"status": "requires_payment_method", "payment_method": None}
        self.store.tell("charge.failed", charge)
        self.store.tell("payment_intent.payment_failed", intent)
        return intent

    def cancel(self, intent: Json, why: str | None, *, page: bool = False) -> Json:
        if intent["status"] not in OPEN:
            raise _unexpected("cancel", intent)
        if intent["metadata"].get("lectern") == "link" and not page:
            raise Refused(400, "You cannot cancel a PaymentIntent of a Checkout Session: expire that.")
        intent |= {
            "status": "canceled",
            "canceled_at": self.store.now,
            "cancellation_reason": why,
            "next_action": None,
        }
        self.store.tell("payment_intent.canceled", intent)
        return intent

    def _usable(self, method_id: str, customer: str | None, types: list[str]) -> Json:
        method = self.store.get("payment_method", method_id)
        if method["customer"] is None or method["customer"] != customer:
            raise Refused(
                400,
                "The provided PaymentMethod cannot be attached to this PaymentIntent.",
                "payment_method_unexpected_state",
            )
        if method["type"] not in types:
            raise Refused(
                400, f"The payment method type {method['type']} is not allowed for this PaymentIntent."
            )
        return method

    def _wanted_confirmation(self, intent: Json) -> bool:
        error: Any = intent["last_payment_error"] or {}
        return bool(error.get("code") == "authentication_required")

    def _act(self, intent: Json, return_url: str | None) -> Json:
        action: Json = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        if return_url:
            url = f"https://hooks.stripe.example/3d_secure/{intent['id']}"
            action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": url}}
        intent |= {"status": "requires_action", "next_action": action, "last_payment_error": None}
        self.store.tell("payment_intent.requires_action", intent)
        return intent

    def _charge(self, intent: Json, method: Json, status: str) -> Json:
        billing = dict.fromkeys(("address", "email", "name", "phone", "tax_id"))
        details: Json = {"type": method["type"], method["type"]: {}}
        if method["type"] == "card":
            details["card"] = {
                name: method["card"][name] for name in ("brand", "exp_month", "exp_year", "last4")
            }
        told = {
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if status == "succeeded" else 0,
            "amount_refunded": 0,
            "balance_transaction": None,
            "billing_details": billing,
            "captured": status != "failed",
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "failure_code": None,
            "failure_message": None,
            "metadata": dict(intent["metadata"]),
            "paid": status != "failed",
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": details,
            "refunded": False,
            "status": status,
        }
        charge = self.store.add("charge", told)
        intent["latest_charge"] = charge["id"]
        return charge

    def _done(self, intent: Json, method: Json) -> Json:
        return self._paid(intent, self._charge(intent, method, "succeeded"))

    def _begun(self, intent: Json, method: Json, outcome: str) -> Json:
        """A debit: `settled` says later what came of it."""
        self._charge(intent, method, "pending")
        intent |= {"status": "processing", "last_payment_error": None, "next_action": None}
        self.methods.outcomes[intent["id"]] = [outcome]
        self.store.tell("payment_intent.processing", intent)
        return intent

    def _paid(self, intent: Json, charge: Json) -> Json:
        amount = intent["amount"]
        fee = amount * 15 // 1000 + 25
        line = self.store.move("charge", amount, fee, intent["currency"], charge["id"], "charge")
        charge |= {
            "status": "succeeded",
            "amount_captured": amount,
            "balance_transaction": line["id"],
            "paid": True,
        }
        intent |= {
            "status": "succeeded",
            "amount_received": amount,
            "last_payment_error": None,
            "next_action": None,
        }
        self.store.tell("charge.succeeded", charge)
        self.store.tell("payment_intent.succeeded", intent)
        return intent

    def _declined(self, intent: Json, method: Json, code: str) -> Json:
        charge = self._charge(intent, method, "failed")
        own = code if code in OWN_CODES or code.startswith("payment_intent") else "card_declined"
        error = _error(own, charge["id"], code)
        charge |= {"failure_code": own, "failure_message": error["message"]}
        intent |= {"status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
        self.store.tell("charge.failed", charge)
        self.store.tell("payment_intent.payment_failed", intent)
        told = {name: value for name, value in error.items() if name not in ("type", "message", "code")}
        raise Refused(
            402,
            error["message"],
            own,
            **{**told, "type": "card_error", "payment_intent": self.store.shown(intent, ())},
        )


def _error(code: str, charge_id: str, decline_code: str) -> Json:
    message = MESSAGES.get(decline_code, "Your card was declined.")
    told = {"type": "card_error", "charge": charge_id, "code": code, "message": message}
    return told if code.startswith("payment_intent") else told | {"decline_code": decline_code}


def _unexpected(what: str, intent: Json) -> Refused:
    return Refused(
        400,
        f"You cannot {what} this PaymentIntent because it has a status of {intent['status']}.",
        "payment_intent_unexpected_state",
    )
