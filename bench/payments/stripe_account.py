"""People and banks at the fake of Stripe, which is asked over HTTP by the adapter that asks Stripe; and its records.

The fake loses requests and replies by a seed of its own. What wrongs an honest client is a fault in its contract.
"""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal
from uuid import UUID

from bench.payments.acquirer import Charge, Habit
from bench.payments.chance import chance
from bench.payments.laws import Held
from shared.billing.money import DIGITS
from shared.billing.payments.port import Ask, Payer, SeenDispute, SeenRefund
from shared.errors import ProviderRefused
from tests.stripe_fake.process import StripeFake

OUTCOMES: Final = {
    "good": "ok",
    "weak": "insufficient_funds",
    "stolen": "stolen_card",
    "asks": "confirm",
    "expired": "expired_card",
}
_STATES: Final = {"succeeded": "completed", "processing": "processing", "requires_action": "pending"}
_DISPUTES: Final = {
    "won": "won",
    "lost": "lost",
    "needs_response": "open",
    "warning_needs_response": "inquiry",
}


@dataclass(frozen=True, slots=True)
class Message:
    """What Stripe posts: its body is signed as it is delivered."""

    id: str
    body: bytes
    payment_id: str


class StripeLosses:
    """As `Losses`. While nobody is served, runs have a key that Stripe does not know. It kills nobody."""

    def __init__(self, fake: StripeFake, seed: int, addresses: dict[str, str]) -> None:
        self.counts: Counter[str] = Counter()
        self._fake, self._seed, self._addresses = fake, seed, addresses
        self._requests = self._replies = 0.05
        self._away = ""
        self._lose()
        self.away = None

    @property
    def requests(self) -> float:
        return self._requests

    @requests.setter
    def requests(self, odds: float) -> None:
        self._requests = odds
        self._lose()

    @property
    def replies(self) -> float:
        return self._replies

    @replies.setter
    def replies(self, odds: float) -> None:
        self._replies = odds
        self._lose()

    @property
    def away(self) -> str | None:
        return self._away or None

    @away.setter
    def away(self, why: str | None) -> None:
        self._away = why or ""
        self._addresses["stripe"] = f"{self._fake.url} {'sk_test_revoked' if why else self._fake.key}"

    def _lose(self) -> None:
        self._seed += 1
        requests = self._requests if self._replies < 1 else 0.0
        self._fake.tell("losses", self._seed, requests, self._replies)

    def begin(self, kill: object = None, kill_at: int | None = None) -> None:
        self.counts["requests"] += len(self._fake.tell("requests"))


@dataclass(slots=True)
class StripeAccount:
    """As `Acquirer`, for whoever acts there."""

    seed: object
    fake: StripeFake
    at: datetime
    changing: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    """By token, when what comes of charging it changes, and into what."""

    @property
    def now(self) -> datetime:
        return self.at

    @now.setter
    def now(self, now: datetime) -> None:
        self.at = now
        self.fake.at(now)

    @property
    def broken(self) -> list[str]:
        return [str(one) for one in self._tell("faults")]

    def told(self) -> list[Message]:
        found = self._tell("deliveries", now=self.at.isoformat())
        charges = self._charges() if found else {}
        return [
            Message(one["id"], one["body"].encode(), _payment_of(charges, json.loads(one["body"])))
            for one in found
        ]

    def issue(
        self, user_id: UUID, kind: Literal["card", "sepa"], habit: Habit, serial: int, **more: Any
    ) -> str:
        month, year = more.get("month", 12), more.get("year", 2040)
        sort = "card" if kind == "card" else "sepa_debit"
        token: str = self._tell("method", kind=sort, outcomes=[OUTCOMES[habit]], expires=(month, year))
        if until := more.get("weak_until"):
            self.changing[token] = until, "ok"
        if year < 2040:
            over = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)
            self.changing[token] = over, OUTCOMES["expired"]
        return token

    def add_on_page(self, link_id: str, user_id: UUID, habit: Habit, serial: int) -> None:
        self._tell("add", session=link_id, outcomes=[OUTCOMES[habit]])

    def waiting_pages(self) -> Iterator[Charge]:
        return (one for one in self._charges().values() if one.state == "pending")

    def charge_of(self, payment_id: UUID) -> Charge:
        return self._charges()[str(payment_id)]

    def disputed(self) -> Iterator[tuple[Charge, SeenDispute]]:
        for charge in self._charges().values():
            for one in charge.disputes.values():
                if one.state in ("inquiry", "open"):
                    yield charge, one

    def confirm(self, charge: Charge, *, is_owner: bool = True) -> None:
        if charge.link_id:
            self._tell("pay", session=charge.link_id, outcomes=["ok" if is_owner else "insufficient_funds"])
        else:
            self._tell("confirm", intent=charge.id, success=is_owner)

    def refund_by_hand(self, charge: Charge, amount: Decimal) -> None:
        units = _units(amount, charge.ask.currency)
        self._tell("refund", {"payment_intent": charge.id, "amount": units})

    def dispute(self, charge: Charge, amount: Decimal, state: Literal["inquiry", "open"]) -> None:
        units = _units(amount, charge.ask.currency)
        status = "needs_response" if state == "open" else "warning_needs_response"
        self._tell("dispute", intent=charge.id, amount=units, status=status)

    def end_dispute(self, charge: Charge, dispute_id: str, state: Literal["open", "won", "lost"]) -> None:
        before = charge.disputes[dispute_id].state
        closed = "warning_closed" if before == "inquiry" else "won"
        status = {"open": "needs_response", "won": closed, "lost": "lost"}[state]
        self._tell("turn_dispute", dispute_id, status)

    def pass_time(self) -> None:
        for token, (when, outcome) in list(self.changing.items()):
            if when <= self.now:
                self._tell("outcomes", token, [outcome])
                del self.changing[token]
        for charge in self._charges().values():
            drawn = chance(self.seed, "settles", charge.ask.number, charge.created.date())
            if (
                charge.state == "processing"
                and charge.created + timedelta(days=2 + int(drawn * 3)) <= self.now
            ):
                self._tell("settle", charge.id, "insufficient_funds" if drawn < 0.1 else None)
            for one in charge.refunds.values():
                fails = chance(self.seed, "refunded", charge.ask.number, one.amount) > 0.93
                if fails and one.state == "completed" and one.at and one.at + timedelta(days=3) <= self.now:
                    self._tell("settle_refund", one.id, "failed")

    def pay_out(self) -> None:
        for code, amount in self.balances().items():
            if amount > 0:
                self._tell("payout", _units(amount, code), code.lower())

    def balances(self) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for line in self._tell("objects", kind="balance_transaction"):
            code = line["currency"].upper()
            found[code] = found.get(code, Decimal(0)) + _amount(line["net"], code)
        return found

    def held(self) -> list[Held]:
        """Of each intent and page, as the account has it: a payment that has two is two."""
        found = self._list()
        return [
            Held(
                str(one.ask.payment_id),
                one.ask.number,
                one.ask.amount,
                one.ask.currency,
                one.state,
                one.gone if one.state == "completed" else Decimal(0),
            )
            for one in found
        ]

    def _tell(self, order: str, *values: Any, **named: Any) -> Any:
        """Raises ProviderRefused."""
        try:
            return self.fake.tell(order, *values, **named)
        except AssertionError as error:
            raise ProviderRefused(str(error)) from error

    def _charges(self) -> dict[str, Charge]:
        return {str(one.ask.payment_id): one for one in self._list()}

    def _list(self) -> list[Charge]:
        objects = {
            kind: self._tell("objects", kind=kind)
            for kind in ("payment_intent", "refund", "dispute", "checkout.session", "customer", "charge")
        }
        pages = {one["payment_intent"]: one for one in objects["checkout.session"] if one["payment_intent"]}
        users = {
            one["id"]: UUID(one["metadata"]["user_id"]) for one in objects["customer"] if one.get("metadata")
        }
        found = {}
        for intent in objects["payment_intent"]:
            charge = _charge(intent, users)
            if page := pages.get(intent["id"]):
                charge.link_id = page["id"]
                if page["status"] == "open":
                    charge.state = "pending"
            found[intent["id"]] = charge
        for one in objects["refund"]:
            of = found[one["payment_intent"]]
            state = {"succeeded": "completed", "pending": "pending"}.get(one["status"], "failed")
            amount = _amount(one["amount"], of.ask.currency)
            of.refunds[one["id"]] = SeenRefund(one["id"], amount, state, at=_at(one))  # type: ignore[arg-type]
        for one in objects["dispute"]:
            of = found[one["payment_intent"]]
            amount, state = _amount(one["amount"], of.ask.currency), _DISPUTES.get(one["status"], "won")
            of.disputes[one["id"]] = SeenDispute(one["id"], amount, state)  # type: ignore[arg-type]
        unpaid = [
            _charge({**one, "status": _of_page(one), "amount": one["amount_total"]}, users)
            for one in objects["checkout.session"]
            if one["mode"] == "payment" and not one["payment_intent"]
        ]
        return [*found.values(), *unpaid]


def _of_page(session: dict[str, Any]) -> str:
    return "requires_action" if session["status"] == "open" else "canceled"


def _charge(told: dict[str, Any], users: dict[str, UUID]) -> Charge:
    code, metadata = told["currency"].upper(), told["metadata"]
    user = users.get(told["customer"] or "", UUID(int=0))
    payer = Payer(user, told.get("customer_email") or "")
    payment = UUID(metadata["payment_id"])
    ask = Ask("", payment, metadata["number"], _amount(told["amount"], code), code, payer)
    charge = Charge(ask, _at(told), told["id"] if told["object"] == "payment_intent" else None)
    charge.link_id = told["id"] if told["object"] == "checkout.session" else None
    charge.state = _STATES.get(told["status"], "failed")  # type: ignore[assignment]
    return charge


def _payment_of(charges: dict[str, Charge], event: dict[str, Any]) -> str:
    about = event["data"]["object"]
    named = about.get("payment_intent") or about["id"]
    for payment_id, one in charges.items():
        if named in (one.id, one.link_id):
            return payment_id
    return str((about.get("metadata") or {}).get("payment_id", ""))


def _units(amount: Decimal, code: str) -> int:
    return int(amount.scaleb(DIGITS[code]))


def _amount(units: int, code: str) -> Decimal:
    return Decimal(units).scaleb(-DIGITS[code])


def _at(told: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(told["created"], UTC)
