"""What goes back of a charge: refunds up to what is left of it, and disputes with the money they take."""

from tests.stripe_fake.payments import DISPUTE_FEE
from tests.stripe_fake.store import Json, Refused, Store

INQUIRIES = ("warning_needs_response", "warning_under_review", "warning_closed")


class Reversals:
    """`states` are those of the next refunds; succeeded, where there is none."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.states: list[str] = []

    def refund(self, asked: Json) -> Json:
        charge = self._charge(asked)
        if charge["status"] != "succeeded":
            raise Refused(400, "This charge cannot be refunded: it did not succeed.")
        disputes = self.store.of["dispute", "charge", charge["id"]]
        if any(one["status"] not in (*INQUIRIES, "won") for one in disputes):
            raise Refused(400, f"Charge {charge['id']} has been charged back.", "charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        amount = int(asked.get("amount", left))
        if left == 0:
            raise Refused(400, f"Charge {charge['id']} has already been refunded.", "charge_already_refunded")
        if not 0 < amount <= left:
            raise Refused(
                400, f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            )
        state = self.states.pop(0) if self.states else "succeeded"
        told = {
            "amount": amount,
            "balance_transaction": None,
            "charge": charge["id"],
            "currency": charge["currency"],
            "failure_reason": None,
            "metadata": asked.get("metadata", {}),
            "payment_intent": charge["payment_intent"],
            "reason": asked.get("reason"),
            "status": state,
        }
        refund = self.store.add("refund", told, by=("payment_intent", "charge"))
        line = self.store.move("refund", -amount, 0, charge["currency"], refund["id"], "refund")
        refund["balance_transaction"] = line["id"]
        self._count(charge, amount)
        self.store.tell("refund.created", refund)
        self.store.tell("charge.refunded", charge)
        return refund

    def settle(self, refund_id: str, status: str) -> Json:
        """What became of a refund that was pending, or came back."""
        refund = self.store.get("refund", refund_id)
        refund["status"] = status
        if status in ("failed", "canceled"):
            charge = self.store.objects[refund["charge"]]
            refund["failure_reason"] = "expired_or_canceled_card"
            self._count(charge, -refund["amount"])
            self.store.move(
                "refund_failure", refund["amount"], 0, refund["currency"], refund_id, "refund_failure"
            )
        self.store.tell("refund.failed" if status == "failed" else "refund.updated", refund)
        return refund

    def dispute(self, intent_id: str, amount: int | None, status: str, reason: str) -> Json:
        intent = self.store.get("payment_intent", intent_id)
        charge = self.store.objects[intent["latest_charge"]]
        kind = charge["payment_method_details"]["type"]
        of_card = {"type": "card", "card": {"brand": "visa", "case_type": "chargeback", "network": "visa"}}
        told = {
            "amount": amount or charge["amount"],
            "balance_transactions": [],
            "charge": charge["id"],
            "currency": charge["currency"],
            "enhanced_eligibility_types": [],
            "evidence": {"enhanced_evidence": {}},
            "evidence_details": {
                "enhanced_eligibility": {},
                "submission_method": "not_submitted",
                "due_by": None,
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": status in INQUIRIES,
            "metadata": {},
            "payment_intent": intent_id,
            "payment_method_details": of_card if kind == "card" else None,
            "reason": reason,
            "status": "warning_needs_response",
        }
        dispute = self.store.add("dispute", told, by=("payment_intent", "charge"))
        charge["disputed"] = True
        self._turn(dispute, status)
        self.store.tell("charge.dispute.created", dispute)
        return dispute

    def turn(self, dispute_id: str, status: str) -> Json:
        """The dispute becomes another, with the money that goes or comes back."""
        dispute = self.store.get("dispute", dispute_id)
        self._turn(dispute, status)
        over = status in ("won", "lost", "warning_closed")
        self.store.tell("charge.dispute.closed" if over else "charge.dispute.updated", dispute)
        return dispute

    def _turn(self, dispute: Json, status: str) -> None:
        lines = dispute["balance_transactions"]
        taken = sum(one["amount"] for one in lines) < 0
        amount, currency = dispute["amount"], dispute["currency"]
        if status not in (*INQUIRIES, "won") and not taken:
            lines.append(
                self.store.move("adjustment", -amount, DISPUTE_FEE, currency, dispute["id"], "dispute")
            )
            self.store.tell("charge.dispute.funds_withdrawn", dispute)
        elif status == "won" and taken:
            lines.append(
                self.store.move("adjustment", amount, 0, currency, dispute["id"], "dispute_reversal")
            )
            self.store.tell("charge.dispute.funds_reinstated", dispute)
        dispute |= {"status": status, "is_charge_refundable": status in INQUIRIES}

    def _charge(self, asked: Json) -> Json:
        if "charge" in asked:
            return self.store.get("charge", asked["charge"])
        intent = self.store.get("payment_intent", asked["payment_intent"])
        if not intent["latest_charge"]:
            raise Refused(400, "This PaymentIntent does not have a successful charge to refund.")
        return self.store.objects[intent["latest_charge"]]

    def _count(self, charge: Json, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
