"""Payment methods: cards and accounts, and what comes of charging them."""

from tests.stripe_fake.store import Json, Refused, Store


class Methods:
    """`outcomes` are what a method has in store: ok, confirm, or the code of a decline; the last one stays."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.outcomes: dict[str, list[str]] = {}

    def outcome(self, method_id: str) -> str:
        """Of the next charge."""
        waiting = self.outcomes[method_id]
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    def add(self, kind: str, outcomes: list[str], customer: str | None, expires: tuple[int, int]) -> Json:
        billing = dict.fromkeys(("address", "email", "name", "phone", "tax_id"))
        told: Json = {"type": kind, "billing_details": billing, "customer": customer, "metadata": {}}
        if kind == "card":
            month, year = expires
            told["card"] = {"brand": "visa", "country": "FR", "exp_month": month, "exp_year": year,
                            "fingerprint": "fake", "funding": "credit", "last4": "4242"}  # fmt: skip
        elif kind == "sepa_debit":
            told["sepa_debit"] = {"bank_code": "37040044", "branch_code": "", "country": "DE",
                                  "fingerprint": "fake", "last4": "3000"}  # fmt: skip
        else:
            told[kind] = {}
        found = self.store.add("payment_method", told)
        self.outcomes[found["id"]] = list(outcomes)
        return found

    def attach(self, method_id: str, asked: Json) -> Json:
        method = self.store.get("payment_method", method_id)
        self.store.get("customer", asked["customer"])
        if method["customer"] not in (None, asked["customer"]):
            raise Refused(400, "The payment method is attached to another customer.")
        if self.outcomes[method_id][0] == "no_attach":
            raise Refused(
                402,
                "Your card was declined.",
                "card_declined",
                type="card_error",
                decline_code="generic_decline",
            )
        method["customer"] = asked["customer"]
        self.store.tell("payment_method.attached", method)
        return method

    def detach(self, method_id: str) -> Json:
        method = self.store.get("payment_method", method_id)
        if method["customer"] is None:
            raise Refused(400, "The payment method you provided is not attached to a customer.")
        method["customer"] = None
        self.store.tell("payment_method.detached", method)
        return method
