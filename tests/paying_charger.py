"""A stand-in of the port that takes money, by tokens that say what becomes of it; as a provider, it does a key once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

from shared.billing.payments.port import Ask, BalanceLine, Event, Found, RefundAsk, Seen, SeenRefund
from shared.errors import ProviderRefused, ProviderUnclear
from tests.charger import StandIn


@dataclass
class Paying(StandIn):
    """Tokens begin with `good`, `soft`, `hard`, `confirm`, `debit` or `refused`; `money` are its objects by key."""

    money: dict[str, Seen] = field(default_factory=dict)
    lost_requests: int = 0
    backs: dict[str, tuple[str, SeenRefund]] = field(default_factory=dict)
    """Its refunds by key, each with the transaction that it is of."""
    refunds_are: Literal["pending", "completed", "failed"] = "completed"
    least: Decimal = Decimal("0.50")

    def unfit(self, amount: Decimal, currency: str, method_type: str | None) -> str | None:
        return f"it takes {self.least} {currency} at least" if amount < self.least else None

    async def charge(self, ask: Ask) -> Seen:
        self._ask(f"charge {ask.number} {ask.amount} {ask.method}")
        if self.lost_requests:
            self.lost_requests -= 1
            raise ProviderUnclear("its request was lost", "it is asked again")
        if ask.key not in self.money:
            self.money[ask.key] = self._made(ask)
        self._reply()
        return self.money[ask.key]

    async def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        self._ask(f"find {ask.number}")
        return self.money.get(ask.key)

    async def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        self._ask(f"cancel {ask.number}")
        none = Seen(None, "pending", ask.amount, ask.currency, payment_id=ask.payment_id)
        seen = self.money.get(ask.key, none)
        if seen.state == "pending":
            seen = replace(seen, state="failed", decline="cancelled", reason="ended", action_url=None)
            self.money[ask.key] = seen
        self._reply()
        return seen

    async def pay_link(self, ask: Ask, return_url: str) -> Seen:
        self._ask(f"page {ask.number} {ask.amount}")
        made = self.money.setdefault(ask.key, self._page(ask))
        self._reply()
        return made

    async def refund(self, ask: RefundAsk) -> SeenRefund:
        """As much as is left of its payment there, in the state that `refunds_are`."""
        self._ask(f"refund {ask.amount} of {ask.transaction_id}")
        if self.lost_requests:
            self.lost_requests -= 1
            raise ProviderUnclear("its request was lost", "it is asked again")
        if ask.key not in self.backs:
            gone = [
                one.amount
                for of, one in self.backs.values()
                if of == ask.transaction_id and one.state != "failed"
            ]
            [paid] = [seen.amount for seen in self.money.values() if seen.id == ask.transaction_id] or [
                ask.amount
            ]
            if sum(gone) + ask.amount > paid:
                raise ProviderRefused("it is more than is left of the charge", "refund less")
            made = SeenRefund(
                f"re_{len(self.backs) + 1}", ask.amount, self.refunds_are, refund_id=ask.refund_id
            )
            self.backs[ask.key] = ask.transaction_id, made
        self._reply()
        return self.backs[ask.key][1]

    async def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        self._ask(f"find refund {provider_refund_id}")
        found = [
            one
            for _, one in self.backs.values()
            if one.refund_id == ask.refund_id or one.id == provider_refund_id
        ]
        return found[0] if found else None

    async def fetch(self, event: Event) -> Found | None:
        self._ask(f"fetch {event.object_id}")
        found = [seen for seen in self.money.values() if event.object_id in (seen.id, seen.link_id)]
        return found[0] if found else None

    async def balance(self, since: datetime) -> AsyncIterator[BalanceLine]:
        """None."""
        self._ask("balance")
        for line in list[BalanceLine]():
            yield line

    def becomes(self, number: int, **more: object) -> None:
        """What happens to the object that was made so many objects before the end, by itself."""
        key = list(self.money)[number]
        self.money[key] = replace(self.money[key], **more)  # type: ignore[arg-type]

    def refund_becomes(
        self, state: Literal["pending", "completed", "failed"], reason: str | None = None
    ) -> None:
        """What happens to its newest refund by itself."""
        key, (of, seen) = list(self.backs.items())[-1]
        self.backs[key] = of, replace(seen, state=state, reason=reason)

    def _page(self, ask: Ask) -> Seen:
        link = f"page_{len(self.money) + 1}"
        url = f"https://pay.example/{link}"
        return Seen(
            None, "pending", ask.amount, ask.currency, action_url=url, link_id=link, payment_id=ask.payment_id
        )

    def _made(self, ask: Ask) -> Seen:
        seen = Seen(
            f"pi_{len(self.money) + 1}", "completed", ask.amount, ask.currency, payment_id=ask.payment_id
        )
        match (ask.method or "").split("_")[0]:
            case "good":
                return seen
            case "soft":
                return replace(seen, state="failed", decline="soft", reason="insufficient funds")
            case "hard":
                return replace(seen, state="failed", decline="hard", reason="the card was stolen")
            case "confirm":
                return replace(seen, state="pending", action_url=f"https://pay.example/{seen.id}")
            case "debit":
                return replace(seen, state="processing")
        raise ProviderRefused("it takes no such method", "add another")
