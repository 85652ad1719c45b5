"""What a test does at the account that no request of ours does: people, banks, the clock, and troubles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.stripe_fake.account import Account
from tests.stripe_fake.deliveries import Deliveries
from tests.stripe_fake.store import Json
from tests.stripe_fake.troubles import Troubles


@dataclass
class Control:
    account: Account
    troubles: Troubles
    deliveries: Deliveries
    requests: list[str]
    faults: dict[str, None]
    """Where a request or an answer was not as the contract has it."""

    @property
    def orders(self) -> Mapping[str, Callable[..., Any]]:
        account = self.account
        return {
            "clock": self.clock,
            "method": self.method,
            "outcomes": self.outcomes,
            "confirm": self.confirm,
            "settle": self.settle,
            "pay": self.pay,
            "add": self.add,
            "dispute": self.dispute,
            "turn_dispute": account.reversals.turn,
            "refund_states": account.reversals.states.extend,
            "settle_refund": account.reversals.settle,
            "refund": account.reversals.refund,
            "payout": self.payout,
            "intent": account.payments.create,
            "next": self.troubles.next.extend,
            "losses": self.troubles.seeded,
            "disorder": self.deliveries.seeded,
            "deliveries": self.deliveries.due,
            "charges": account.charges,
            "processing": self.processing,
            "objects": lambda kind: account.store.kinds[kind],
            "requests": self.asked,
            "faults": lambda: list(self.faults),
        }

    def clock(self, now: str) -> None:
        self.account.store.now = int(datetime.fromisoformat(now).timestamp())

    def method(
        self,
        kind: str = "card",
        outcomes: list[str] | None = None,
        customer: str | None = None,
        expires: tuple[int, int] = (12, 2040),
    ) -> str:
        """A token, as a page or an app would have made it."""
        found = self.account.methods.add(kind, outcomes or ["ok"], customer, (expires[0], expires[1]))
        return str(found["id"])

    def outcomes(self, method: str, outcomes: list[str]) -> None:
        self.account.methods.outcomes[method] = outcomes

    def confirm(self, intent: str, *, success: bool = True) -> Json:
        """The person confirms a payment to their bank, or fails to."""
        return self.account.payments.acted(self._intent(intent), success=success)

    def settle(self, intent: str, failure: str | None = None) -> Json:
        """A bank pays a debit, or does not."""
        found = self.account.payments.settled(self._intent(intent), failure)
        self.account.pages.settled(found)
        return found

    def processing(self) -> list[dict[str, str]]:
        """Debits that a bank has not answered yet, with what their method has in store."""
        outcomes = self.account.methods.outcomes
        return [
            {"id": one["id"], "outcome": outcomes[one["id"]][0]}
            for one in self.account.store.kinds["payment_intent"]
            if one["status"] == "processing"
        ]

    def pay(self, session: str, kind: str = "card", outcomes: list[str] | None = None) -> Json:
        method = self.account.methods.add(kind, outcomes or ["ok"], None, (12, 2040))
        return self.account.pages.pay(session, method)

    def add(self, session: str, kind: str = "card", outcomes: list[str] | None = None) -> Json:
        method = self.account.methods.add(kind, outcomes or ["ok"], None, (12, 2040))
        return self.account.pages.add(session, method)

    def dispute(
        self,
        intent: str,
        amount: int | None = None,
        status: str = "needs_response",
        reason: str = "fraudulent",
    ) -> Json:
        return self.account.reversals.dispute(intent, amount, status, reason)

    def payout(self, amount: int, currency: str = "eur") -> Json:
        return self.account.store.move("payout", -amount, 0, currency, "po_fake", "payout")

    def asked(self) -> list[str]:
        """The requests since this was asked before."""
        found = self.requests[:]
        self.requests.clear()
        return found

    def _intent(self, name: str) -> Json:
        return self.account.store.get("payment_intent", name)
