"""Stripe's hosted pages: Checkout Sessions on which an invoice is paid, or a method is added. They last 24 hours."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from shared.billing.payments.port import Ask, Link, Payer, Seen, SeenMethod
from shared.billing.payments.providers.stripe import amounts, reading
from shared.billing.payments.providers.stripe.calls import Calls, Object
from shared.billing.payments.providers.stripe.intents import Intents, tags
from shared.errors import ProviderRefused

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams

_PAID: Final = ["payment_intent.latest_charge"]
_ADDED: Final = ["setup_intent.payment_method"]
_SHOWN_FOR: Final = "EUR"
"""The page of a method shows what can be charged in this currency: cards, and debits of the euro area."""


class Pages:
    def __init__(self, calls: Calls, intents: Intents) -> None:
        self._calls = calls
        self._intents = intents

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        metadata = tags(ask, reading.LINK)
        params: SessionCreateParams = {
            "mode": "payment",
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": ask.currency.lower(),
                        "unit_amount": amounts.units(ask.amount, ask.currency),
                        "product_data": {"name": f"Invoice {ask.number}"},
                    },
                }
            ],
            "payment_intent_data": {"description": f"Invoice {ask.number}", "metadata": metadata},
            "metadata": metadata,
            "client_reference_id": str(ask.payment_id),
            "success_url": return_url,
            "cancel_url": return_url,
        }
        if ask.payer.customer:
            params["customer"] = ask.payer.customer
        else:
            params["customer_email"] = ask.payer.email
        return reading.page(await self._made(params, ask.key))

    async def method_link(self, payer: Payer, customer: str, key: str, return_url: str) -> Link:
        metadata = {"user_id": str(payer.user_id), "lectern": "method"}
        params: SessionCreateParams = {
            "mode": "setup",
            "currency": _SHOWN_FOR.lower(),
            "customer": customer,
            "setup_intent_data": {"metadata": metadata},
            "metadata": metadata,
            "success_url": return_url,
            "cancel_url": return_url,
        }
        made = await self._made(params, key)
        expires = made.get("expires_at")
        return Link(made["id"], str(made["url"]), expires and datetime.fromtimestamp(expires, UTC))

    async def find(self, ask: Ask, link_id: str | None) -> Seen | None:
        """By its id; or among the pages of the person, by what we wrote there."""
        if link_id:
            return await self._seen(await self._get(link_id, _PAID))
        whose = (
            {"customer": ask.payer.customer}
            if ask.payer.customer
            else {"customer_details": {"email": ask.payer.email}}
        )
        async for session in self._calls.each(
            lambda client, params: client.v1.checkout.sessions.list_async(params), **whose
        ):
            if (session.get("metadata") or {}).get("payment_id") == str(ask.payment_id):
                return await self._seen(await self._get(session["id"], _PAID))
        return None

    async def expire(self, ask: Ask, link_id: str | None) -> Seen:
        """Nobody can pay on it any more; what came of it, where somebody did before."""
        if link_id is None:
            found = await self.find(ask, None)
            if found is None or found.link_id is None:
                return reading.never_asked(ask)
            link_id = found.link_id
        try:
            session = await self._calls.one(
                lambda client: client.v1.checkout.sessions.expire_async(link_id, {"expand": _PAID})
            )
        except ProviderRefused:
            session = await self._get(link_id, _PAID)
            if session["status"] == "open":
                raise
        return await self._seen(session)

    async def seen(self, intent: Object, *, disputed: bool = False) -> Seen:
        """A payment as it is; one that was declined on a page is open while the page is."""
        seen = await self._intents.seen(intent, disputed=disputed)
        if (intent.get("metadata") or {}).get("lectern") != reading.LINK or seen.state == "completed":
            return seen
        async for session in self._calls.each(
            lambda client, params: client.v1.checkout.sessions.list_async(params), payment_intent=intent["id"]
        ):
            return await self._seen(Object(session | {"payment_intent": intent}))
        return seen

    async def found(self, session_id: str) -> Seen | SeenMethod | None:
        session = await self._get(session_id, [*_PAID, *_ADDED])
        match session["mode"]:
            case "payment":
                return await self._seen(session)
            case "setup":
                return _added(session.get("setup_intent"))
            case _:
                return None

    async def linked(self, session_id: str) -> SeenMethod | None:
        return _added((await self._get(session_id, _ADDED)).get("setup_intent"))

    async def set_up(self, setup_intent_id: str) -> SeenMethod | None:
        return _added(
            await self._calls.one(
                lambda client: client.v1.setup_intents.retrieve_async(
                    setup_intent_id, {"expand": ["payment_method"]}
                )
            )
        )

    async def _seen(self, session: Object) -> Seen:
        intent = session.get("payment_intent")
        if session["status"] == "complete" and isinstance(intent, dict):
            return await self._intents.seen(Object(intent), link_id=session["id"])
        return reading.page(session)

    async def _made(self, params: "SessionCreateParams", key: str) -> Object:
        return await self._calls.one(
            lambda client: client.v1.checkout.sessions.create_async(params, {"idempotency_key": key})
        )

    async def _get(self, session_id: str, expand: list[str]) -> Object:
        return await self._calls.one(
            lambda client: client.v1.checkout.sessions.retrieve_async(session_id, {"expand": expand})
        )


def _added(setup: Object | None) -> SeenMethod | None:
    """Of a SetupIntent with its method expanded."""
    if not setup or setup["status"] != "succeeded" or not setup.get("payment_method"):
        return None
    seen = reading.method(setup["payment_method"])
    told = (setup.get("metadata") or {}).get("user_id")
    return seen and reading.of_user(seen, told)
