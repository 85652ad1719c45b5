"""Checkout Sessions: pages on which people pay or add a method, for 24 hours."""

from tests.stripe_fake.payments import Payments
from tests.stripe_fake.store import Json, Refused, Store

LASTS = 24 * 3600


class Pages:
    def __init__(self, store: Store, payments: Payments) -> None:
        self.store = store
        self.payments = payments
        self.intent_data: dict[str, Json] = {}

    def create(self, asked: Json) -> Json:
        if asked["mode"] == "setup" and "currency" not in asked:
            raise Refused(
                400, "You must provide `currency` in setup mode.", "parameter_missing", param="currency"
            )
        if asked.get("customer"):
            self.store.get("customer", asked["customer"])
        lines = asked.get("line_items", [])
        total = sum(int(one["quantity"]) * int(one["price_data"]["unit_amount"]) for one in lines)
        currency = lines[0]["price_data"]["currency"] if lines else asked["currency"]
        told: Json = {
            "amount_subtotal": total or None,
            "amount_total": total or None,
            "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
            "cancel_url": asked.get("cancel_url"),
            "client_reference_id": asked.get("client_reference_id"),
            "currency": currency,
            "custom_fields": [],
            "custom_text": dict.fromkeys(
                ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
            ),
            "customer": asked.get("customer"),
            "customer_email": asked.get("customer_email"),
            "expires_at": self.store.now + LASTS,
            "metadata": asked.get("metadata", {}),
            "mode": asked["mode"],
            "payment_intent": None,
            "payment_method_types": ["card", "sepa_debit"],
            "payment_status": "unpaid" if asked["mode"] == "payment" else "no_payment_required",
            "setup_intent": None,
            "shipping_options": [],
            "status": "open",
            "success_url": asked.get("success_url"),
        }
        session = self.store.add("checkout.session", told, by=("customer", "customer_email"))
        session["url"] = f"https://checkout.stripe.example/c/pay/{session['id']}"
        self.intent_data[session["id"]] = (
            asked.get("payment_intent_data") or asked.get("setup_intent_data") or {}
        )
        if asked["mode"] == "setup":
            setup = {
                "customer": asked.get("customer"),
                "metadata": self.intent_data[session["id"]].get("metadata", {}),
                "payment_method": None,
                "payment_method_types": ["card", "sepa_debit"],
                "status": "requires_payment_method",
                "usage": "off_session",
            }
            session["setup_intent"] = self.store.add("setup_intent", setup)["id"]
        return session

    def get(self, session_id: str) -> Json:
        session = self.store.get("checkout.session", session_id)
        if session["status"] == "open" and self.store.now >= session["expires_at"]:
            self._end(session)
        return session

    def listed(self, asked: Json) -> Json:
        email = asked.get("customer_details", {}).get("email")
        wanted = {**asked, **({"customer_email": email} if email else {})}
        page = self.store.listed("checkout.session", wanted, ("payment_intent", "customer", "customer_email"))
        for session in page["data"]:
            self.get(session["id"])
        return page

    def expire(self, session_id: str) -> Json:
        session = self.get(session_id)
        if session["status"] != "open":
            raise Refused(400, 'Only Checkout Sessions with a status in ["open"] can be expired.')
        return self._end(session)

    def pay(self, session_id: str, method: Json) -> Json:
        """The person pays with such a method; declined, and the page stays open."""
        session = self.get(session_id)
        if session["status"] != "open":
            raise Refused(400, "This page is over.")
        customer = session["customer"] or self._guest(session)
        method["customer"] = customer
        intent = self._intent(session, customer)
        try:
            self.payments.confirm(intent, {"payment_method": method["id"]}, page=session_id)
        except Refused:
            return session
        paid = intent["status"] == "succeeded"
        session |= {"status": "complete", "payment_status": "paid" if paid else "unpaid", "url": None}
        self.store.tell("checkout.session.completed", session)
        return session

    def add(self, session_id: str, method: Json) -> Json:
        """The person adds such a method."""
        session = self.get(session_id)
        setup = self.store.objects[session["setup_intent"]]
        method["customer"] = session["customer"]
        setup |= {"status": "succeeded", "payment_method": method["id"]}
        session |= {"status": "complete", "url": None}
        self.store.tell("setup_intent.succeeded", setup)
        self.store.tell("payment_method.attached", method)
        self.store.tell("checkout.session.completed", session)
        return session

    def settled(self, intent: Json) -> None:
        """What a bank said of a debit that began on a page."""
        for session in self.store.of["checkout.session", "payment_intent", intent["id"]]:
            paid = intent["status"] == "succeeded"
            if paid:
                session["payment_status"] = "paid"
            self.store.tell(f"checkout.session.async_payment_{'succeeded' if paid else 'failed'}", session)

    def _guest(self, session: Json) -> str:
        """Who pays on a page that is of no customer."""
        if session["payment_intent"]:
            return str(self.store.objects[session["payment_intent"]]["customer"])
        return str(self.store.add("customer", {"email": session["customer_email"]}, by=("email",))["id"])

    def _intent(self, session: Json, customer: str) -> Json:
        if session["payment_intent"]:
            return self.store.objects[session["payment_intent"]]
        asked = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": customer,
            "allowed_payment_method_types": session["payment_method_types"],
            **self.intent_data[session["id"]],
        }
        intent = self.payments.create(asked)
        session["payment_intent"] = intent["id"]
        self.store.of["checkout.session", "payment_intent", intent["id"]].append(session)
        return intent

    def _end(self, session: Json) -> Json:
        session |= {"status": "expired", "url": None}
        if session["payment_intent"]:
            self.payments.cancel(self.store.objects[session["payment_intent"]], None, page=True)
        self.store.tell("checkout.session.expired", session)
        return session
