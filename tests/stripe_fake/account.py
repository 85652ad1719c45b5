"""One account: its objects, what Stripe does with them, and the requests that are answered."""

from collections.abc import Callable, Mapping
from typing import Any

from tests.stripe_fake.methods import Methods
from tests.stripe_fake.pages import Pages
from tests.stripe_fake.payments import Payments
from tests.stripe_fake.reversals import Reversals
from tests.stripe_fake.store import Json, Store

Handler = Callable[[str, Json], Json]


class Account:
    def __init__(self) -> None:
        self.store = Store()
        self.methods = Methods(self.store)
        self.payments = Payments(self.store, self.methods)
        self.reversals = Reversals(self.store)
        self.pages = Pages(self.store, self.payments)
        self.routes: Mapping[tuple[str, str], Handler] = self._routes()

    def answer(self, method: str, route: str, name: str, asked: Json) -> Json:
        """A copy of what the request leads to. Raises Refused."""
        expand = asked.pop("expand", [])
        return self.store.shown(self.routes[method, route](name, asked), expand)

    def _routes(self) -> dict[tuple[str, str], Handler]:
        store, methods, payments = self.store, self.methods, self.payments
        reversals, pages = self.reversals, self.pages

        def one(kind: str) -> Handler:
            return lambda name, _: store.get(kind, name)

        def many(kind: str, *by: str) -> Handler:
            return lambda _, asked: store.listed(kind, asked, by)

        def intent(name: str) -> Json:
            return store.get("payment_intent", name)

        return {
            ("POST", "/v1/customers"): lambda _, asked: self._customer(asked),
            ("GET", "/v1/customers"): many("customer", "email"),
            ("GET", "/v1/payment_methods/{id}"): one("payment_method"),
            ("POST", "/v1/payment_methods/{id}/attach"): methods.attach,
            ("POST", "/v1/payment_methods/{id}/detach"): lambda name, _: methods.detach(name),
            ("POST", "/v1/payment_intents"): lambda _, asked: payments.create(asked),
            ("GET", "/v1/payment_intents"): many("payment_intent", "customer"),
            ("GET", "/v1/payment_intents/{id}"): one("payment_intent"),
            ("POST", "/v1/payment_intents/{id}/confirm"): lambda name, asked: payments.confirm(
                intent(name), asked
            ),
            ("POST", "/v1/payment_intents/{id}/cancel"): lambda name, asked: payments.cancel(
                intent(name), asked.get("cancellation_reason")
            ),
            ("GET", "/v1/charges/{id}"): one("charge"),
            ("POST", "/v1/refunds"): lambda _, asked: reversals.refund(asked),
            ("GET", "/v1/refunds"): many("refund", "payment_intent", "charge"),
            ("GET", "/v1/refunds/{id}"): one("refund"),
            ("GET", "/v1/disputes"): many("dispute", "payment_intent", "charge"),
            ("GET", "/v1/disputes/{id}"): one("dispute"),
            ("GET", "/v1/setup_intents/{id}"): one("setup_intent"),
            ("GET", "/v1/balance_transactions"): many("balance_transaction"),
            ("POST", "/v1/checkout/sessions"): lambda _, asked: pages.create(asked),
            ("GET", "/v1/checkout/sessions"): lambda _, asked: pages.listed(asked),
            ("GET", "/v1/checkout/sessions/{id}"): lambda name, _: pages.get(name),
            ("POST", "/v1/checkout/sessions/{id}/expire"): lambda name, _: pages.expire(name),
        }

    def _customer(self, asked: Json) -> Json:
        told: Json = {
            "email": asked.get("email"),
            "name": asked.get("name"),
            "metadata": asked.get("metadata", {}),
        }
        return self.store.add("customer", told, by=("email",))

    def charges(self) -> list[dict[str, Any]]:
        """Every charge that took money: the account's own record."""
        return [
            {
                "id": one["id"],
                "payment_intent": one["payment_intent"],
                "payment_id": one["metadata"].get("payment_id"),
                "number": one["metadata"].get("number"),
                "amount": one["amount"],
                "refunded": one["amount_refunded"],
                "disputed": one["disputed"],
                "currency": one["currency"],
                "created": one["created"],
            }
            for one in self.store.kinds["charge"]
            if one["status"] == "succeeded"
        ]
