"""A provider of payments in memory, at the port: keys, cards, pages, debits, refunds, disputes, a balance.

It is ours, and does what providers document: a key is known for a day and answers as it did at first, a page ends
after a day, a debit takes days and may come back, a refund may fail late. The laws read its own records; what an
honest client never does is in `broken`.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Literal, TypeVar
from uuid import UUID

from bench.payments.chance import chance
from bench.payments.laws import Held
from shared.billing.money import rounded
from shared.billing.payments.payment import Decline
from shared.billing.payments.port import (
    Ask,
    BalanceLine,
    Event,
    Found,
    Link,
    Listed,
    Payer,
    RefundAsk,
    Seen,
    SeenDispute,
    SeenMethod,
    SeenRefund,
)
from shared.errors import ProviderRefused

T = TypeVar("T")

KEY_LASTS: Final = timedelta(hours=24)
PAGE_LASTS: Final = timedelta(hours=24)
OPEN: Final = ("pending", "processing")
Habit = Literal["good", "weak", "stolen", "asks"]
"""A card is good, declines for some days, is declined for good, or wants its owner to confirm."""


@dataclass(slots=True)
class Instrument:
    """A card or an account; `weak_until` is when a weak card has money again."""

    method: SeenMethod
    habit: Habit
    weak_until: datetime | None = None
    is_detached: bool = False


@dataclass(slots=True)
class Charge:
    """One object of money; `settles_at` is when a debit is known, `returns_at` when its bank takes it back."""

    ask: Ask
    created: datetime
    id: str | None = None
    link_id: str | None = None
    state: Literal["pending", "processing", "completed", "failed"] = "pending"
    decline: Decline | None = None
    reason: str | None = None
    action_url: str | None = None
    at: datetime | None = None
    settles_at: datetime | None = None
    returns_at: datetime | None = None
    refunds: dict[str, SeenRefund] = field(default_factory=dict)
    disputes: dict[str, SeenDispute] = field(default_factory=dict)

    @property
    def taken(self) -> Decimal:
        return self.ask.amount if self.state == "completed" else Decimal(0)

    @property
    def gone(self) -> Decimal:
        """What went back of it."""
        refunded = sum((one.amount for one in self.refunds.values() if one.state == "completed"), Decimal(0))
        return refunded + sum(
            (one.amount for one in self.disputes.values() if one.state in ("open", "lost")), Decimal(0)
        )

    def seen(self) -> Seen:
        return Seen(
            self.id,
            self.state,
            self.ask.amount,
            self.ask.currency,
            self.decline,
            self.reason,
            self.action_url,
            self.link_id,
            self.ask.payment_id,
            self.at,
            tuple(self.refunds.values()),
            tuple(self.disputes.values()),
        )


class Acquirer:
    """Its clock is `now`, which the simulation sets; its events wait in `outgoing`."""

    def __init__(self, seed: object, now: datetime) -> None:
        self.now = now
        self.charges: list[Charge] = []
        self.instruments: dict[str, Instrument] = {}
        self.lines: list[BalanceLine] = []
        self.outgoing: list[Event] = []
        self.broken: list[str] = []
        self._seed = seed
        self._keys: dict[str, tuple[tuple[object, ...], Any, datetime]] = {}
        self._pages: dict[str, tuple[Payer, SeenMethod | None, datetime]] = {}
        self._by_id: dict[str, Charge] = {}
        self._by_payment: dict[UUID, Charge] = {}
        self._by_number: defaultdict[str, list[Charge]] = defaultdict(list)
        self._waiting: dict[int, Charge] = {}
        self._argued: dict[int, Charge] = {}
        self._balance: defaultdict[str, Decimal] = defaultdict(Decimal)
        self._count = 0

    # What the port asks.

    def customer(self, payer: Payer, key: str) -> str:
        return f"cus_{payer.user_id.hex}"

    def charge(self, ask: Ask) -> Seen:
        return self._once(
            ask.key,
            (ask.number, ask.amount, ask.currency, ask.payer.customer, ask.method),
            lambda: self._charge(ask),
        )

    def pay_link(self, ask: Ask, return_url: str) -> Seen:
        return self._once(ask.key, (ask.number, ask.amount, ask.currency), lambda: self._page(ask))

    def find(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen | None:
        charge = self._found(ask, transaction_id, link_id)
        return charge.seen() if charge else None

    def cancel(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Seen:
        charge = self._found(ask, transaction_id, link_id)
        if charge is None:
            return Seen(None, "failed", ask.amount, ask.currency, "cancelled", "nothing was begun")
        if charge.state == "pending":
            self._fail(charge, "cancelled", "cancelled by the merchant")
        return charge.seen()

    def method_link(self, payer: Payer, key: str, return_url: str) -> Link:
        return self._once(key, (payer.user_id,), lambda: self._method_page(payer))

    def linked(self, link_id: str) -> SeenMethod | None:
        return self._pages[link_id][1]

    def method(self, token: str, payer: Payer) -> SeenMethod:
        if token not in self.instruments or self.instruments[token].is_detached:
            raise ProviderRefused(f"there is no method {token}")
        return self.instruments[token].method

    def detach(self, token: str) -> None:
        self.instruments[token].is_detached = True

    def refund(self, ask: RefundAsk) -> SeenRefund:
        return self._once(
            ask.key,
            (ask.transaction_id, ask.amount),
            lambda: self._refund(ask.transaction_id, ask.amount, ask.refund_id),
        )

    def find_refund(self, ask: RefundAsk, provider_refund_id: str | None) -> SeenRefund | None:
        for one in self._by_id[ask.transaction_id].refunds.values():
            if one.id == provider_refund_id or one.refund_id == ask.refund_id:
                return one
        return None

    def fetch(self, event: Event) -> Found | None:
        named = event.object_id or ""
        if named in self._by_id:
            return self._by_id[named].seen()
        return self.instruments[named].method if named in self.instruments else None

    def listed(self, since: datetime) -> list[Listed]:
        return [
            Listed(
                charge.id,
                charge.ask.amount,
                sum((one.amount for one in charge.refunds.values() if one.state == "completed"), Decimal(0)),
                charge.ask.currency,
                charge.state,
                charge.created,
                charge.ask.payment_id,
            )
            for charge in self.charges
            if charge.id and charge.created >= since and charge.state != "pending"
        ]

    def balance(self, since: datetime) -> list[BalanceLine]:
        first = len(self.lines)
        while first and self.lines[first - 1].at >= since:
            first -= 1
        return self.lines[first:]

    # What people and banks do.

    def issue(
        self, user_id: UUID, kind: Literal["card", "sepa"], habit: Habit, serial: int, **more: Any
    ) -> str:
        """The token of a card or an account that its owner may show to us."""
        token = f"pm_{user_id.hex[:12]}_{serial}"
        brand = "visa" if kind == "card" else None
        month, year = (more.get("month", 12), more.get("year", 2040)) if kind == "card" else (None, None)
        method = SeenMethod(
            token, kind, brand, f"{serial % 10000:04}", month, year, f"cus_{user_id.hex}", user_id
        )
        self.instruments[token] = Instrument(method, habit, more.get("weak_until"))
        return token

    def add_on_page(self, link_id: str, user_id: UUID, habit: Habit, serial: int) -> None:
        payer, _, created = self._pages[link_id]
        token = self.issue(user_id, "card", habit, serial)
        self._pages[link_id] = (payer, self.instruments[token].method, created)
        self._tell("method.added", token)

    def told(self) -> list[Event]:
        """What happened since this was asked before."""
        found = self.outgoing[:]
        self.outgoing.clear()
        return found

    def waiting_pages(self) -> Iterator[Charge]:
        """What waits for a person: to be confirmed, or paid."""
        return (one for one in list(self._waiting.values()) if one.state == "pending")

    def charge_of(self, payment_id: UUID) -> Charge:
        return self._by_payment[payment_id]

    def disputed(self) -> Iterator[tuple[Charge, SeenDispute]]:
        """What is still argued about."""
        for charge in list(self._argued.values()):
            for one in charge.disputes.values():
                if one.state in ("inquiry", "open"):
                    yield charge, one

    def confirm(self, charge: Charge, *, is_owner: bool = True) -> None:
        """The person on the page; one who is not the owner fails."""
        charge.id = charge.id or self._new_id("pi", charge)
        if is_owner:
            self._complete(charge)
        elif charge.link_id is None:  # a page lets them try again
            self._fail(charge, "authentication", "the payer could not be authenticated")

    def refund_by_hand(self, charge: Charge, amount: Decimal) -> None:
        """On the provider's own dashboard."""
        assert charge.id
        self._refund(charge.id, amount, None)

    def dispute(self, charge: Charge, amount: Decimal, state: Literal["inquiry", "open"]) -> None:
        one = SeenDispute(self._new_id("dp"), amount, state, "chargeback", "fraudulent", self.now)
        charge.disputes[one.id] = one
        self._argued[id(charge)] = charge
        if state == "open":
            self._move("dispute", -amount, Decimal(15), charge, one.id)
        self._tell("dispute.created", charge.id)

    def end_dispute(self, charge: Charge, dispute_id: str, state: Literal["open", "won", "lost"]) -> None:
        before = charge.disputes[dispute_id]
        if state == "open" and before.amount > charge.taken - charge.gone:
            state = "won"  # an inquiry about what was refunded meanwhile is over
        if before.state == "inquiry" and state == "open":
            self._move("dispute", -before.amount, Decimal(15), charge, dispute_id)
        if before.state == "open" and state == "won":
            self._move("dispute", before.amount, Decimal(0), charge, dispute_id)
        charge.disputes[dispute_id] = replace(before, state=state, at=self.now)
        self._tell("dispute.changed", charge.id)

    def pass_time(self) -> None:
        """Debits are known, or come back; pages end; refunds arrive or fail; what is old is forgotten."""
        for place, charge in list(self._waiting.items()):
            if charge.state == "processing" and charge.settles_at and charge.settles_at <= self.now:
                self._settle(charge)
            if charge.link_id and charge.state == "pending" and charge.created + PAGE_LASTS <= self.now:
                self._fail(charge, "cancelled", "nobody paid in time")
            if charge.returns_at and charge.returns_at <= self.now and charge.state == "completed":
                charge.returns_at = None
                self._return(charge)
            for refund in list(charge.refunds.values()):
                self._end_refund(charge, refund)
            if not self._is_waiting(charge):
                del self._waiting[place]
        for key in [key for key, (_, _, at) in self._keys.items() if at + 2 * KEY_LASTS < self.now]:
            del self._keys[key]

    def pay_out(self) -> None:
        for code, amount in self._balance.items():
            if amount > 0:
                self.lines.append(
                    BalanceLine(self._new_id("po"), "payout", -amount, Decimal(0), code, self.now)
                )
                self._balance[code] = Decimal(0)

    def held(self) -> list[Held]:
        return [
            Held(
                str(one.ask.payment_id),
                one.ask.number,
                one.ask.amount,
                one.ask.currency,
                one.state,
                one.gone if one.state == "completed" else Decimal(0),
            )
            for one in self.charges
        ]

    def payment_of(self, object_id: str | None) -> str:
        charge = self._by_id.get(object_id or "")
        return str(charge.ask.payment_id) if charge else ""

    def balances(self) -> dict[str, Decimal]:
        return dict(self._balance)

    # How it does that.

    def _once(self, key: str, asked: tuple[object, ...], act: Callable[[], T]) -> T:
        known = self._keys.get(key)
        if known and known[2] + KEY_LASTS > self.now:
            if known[0] != asked:
                self.broken.append(f"the key {key} was used for {known[0]}, then for {asked}")
                raise ProviderRefused("this key was used for another request")
            reply: T = known[1]
            return reply
        made = act()
        self._keys[key] = (asked, made, self.now)
        return made

    def _charge(self, ask: Ask) -> Seen:
        instrument = self.instruments.get(ask.method or "")
        if instrument is None or instrument.is_detached:
            raise ProviderRefused(f"there is no method {ask.method}")
        charge = self._begun(Charge(ask, self.now))
        charge.id = self._new_id("pi", charge)
        method = instrument.method
        if method.type == "sepa":
            charge.state = "processing"
            charge.settles_at = self.now + timedelta(
                days=2 + int(3 * chance(self._seed, "debit", ask.number))
            )
        elif method.expiry_year and (method.expiry_year, method.expiry_month) < (
            self.now.year,
            self.now.month,
        ):
            self._fail(charge, "hard", "the card has expired")
        elif instrument.habit == "stolen":
            self._fail(charge, "hard", "the card was reported stolen")
        elif instrument.habit == "weak" and instrument.weak_until and self.now < instrument.weak_until:
            self._fail(charge, "soft", "there is not enough money")
        elif instrument.habit == "asks":
            charge.action_url = f"https://acquirer.example/confirm/{charge.id}"
        else:
            self._complete(charge)
        return charge.seen()

    def _page(self, ask: Ask) -> Seen:
        charge = self._begun(Charge(ask, self.now))
        charge.link_id = self._new_id("cs", charge)
        charge.action_url = f"https://acquirer.example/pay/{charge.link_id}"
        return charge.seen()

    def _method_page(self, payer: Payer) -> Link:
        link_id = self._new_id("seti")
        self._pages[link_id] = (payer, None, self.now)
        return Link(link_id, f"https://acquirer.example/add/{link_id}", self.now + PAGE_LASTS)

    def _begun(self, charge: Charge) -> Charge:
        number, payment = charge.ask.number, charge.ask.payment_id
        if payment in self._by_payment:
            self.broken.append(f"the payment {payment} of {number} was begun twice")
        if any(one.state in OPEN for one in self._by_number[number]):
            self.broken.append(f"another attempt at {number} is open, and {payment} was begun")
        self.charges.append(charge)
        self._by_payment[payment] = charge
        self._by_number[number].append(charge)
        self._waiting[id(charge)] = charge
        return charge

    def _found(self, ask: Ask, transaction_id: str | None, link_id: str | None) -> Charge | None:
        for named in (transaction_id, link_id):
            if named and named in self._by_id:
                return self._by_id[named]
        return self._by_payment.get(ask.payment_id)

    def _complete(self, charge: Charge) -> None:
        charge.state, charge.action_url, charge.at = "completed", None, self.now
        fee = rounded(charge.ask.amount * Decimal("0.014"), charge.ask.currency)
        self._move("payment", charge.ask.amount, fee, charge, charge.id)
        self._tell("payment.completed", charge.id)

    def _fail(self, charge: Charge, decline: Decline, reason: str) -> None:
        charge.state, charge.action_url, charge.at = "failed", None, self.now
        charge.decline, charge.reason = decline, reason
        self._tell("payment.failed", charge.id or charge.link_id)

    def _settle(self, charge: Charge) -> None:
        drawn = chance(self._seed, "settles", charge.ask.number, charge.created.date())
        if drawn < 0.1:
            self._fail(charge, "soft" if drawn < 0.07 else "hard", "the debit was not covered")
            return
        self._complete(charge)
        if drawn > 0.85:
            charge.returns_at = self.now + timedelta(days=2 + int(200 * (drawn - 0.85)))

    def _return(self, charge: Charge) -> None:
        amount = charge.ask.amount - charge.gone
        if amount <= 0 or any(one.state == "pending" for one in charge.refunds.values()):
            return
        one = SeenDispute(self._new_id("rt"), amount, "lost", "return", "the debit was refused", self.now)
        charge.disputes[one.id] = one
        self._move("dispute", -amount, Decimal(0), charge, one.id)
        self._tell("dispute.created", charge.id)

    def _refund(self, transaction_id: str, amount: Decimal, refund_id: UUID | None) -> SeenRefund:
        charge = self._by_id[transaction_id]
        waiting = sum((one.amount for one in charge.refunds.values() if one.state == "pending"), Decimal(0))
        if amount > charge.taken - charge.gone - waiting:
            raise ProviderRefused("the refund is more than is left of the charge")
        if any(one.state == "open" for one in charge.disputes.values()):
            raise ProviderRefused("the charge is disputed")
        at_once = chance(self._seed, "refund", charge.ask.number, amount) < 0.8
        one = SeenRefund(
            self._new_id("re"), amount, "completed" if at_once else "pending", None, refund_id, self.now
        )
        charge.refunds[one.id] = one
        self._waiting[id(charge)] = charge
        if at_once:
            self._move("refund", -amount, Decimal(0), charge, one.id)
        self._tell("refund.created", charge.id)
        return one

    def _end_refund(self, charge: Charge, one: SeenRefund) -> None:
        """A third of what waits fails, and a little of what was done, days later."""
        if one.at is None or self.now - one.at < timedelta(days=2):
            return
        drawn = chance(self._seed, "refunded", charge.ask.number, one.amount)
        if one.state == "pending":
            state: Literal["completed", "failed"] = "failed" if drawn < 0.33 else "completed"
        elif one.state == "completed" and drawn > 0.93 and one.reason is None:
            state = "failed"
        else:
            return
        if "completed" in (one.state, state):
            self._move("refund", one.amount if state == "failed" else -one.amount, Decimal(0), charge, one.id)
        reason = "the account is closed" if state == "failed" else None
        charge.refunds[one.id] = replace(one, state=state, reason=reason, at=self.now)
        self._tell("refund.changed", charge.id)

    def _is_waiting(self, charge: Charge) -> bool:
        may_fail = any(
            one.state == "pending"
            or (one.state == "completed" and one.at and self.now - one.at < timedelta(days=9))
            for one in charge.refunds.values()
        )
        return charge.state in OPEN or charge.returns_at is not None or may_fail

    def _move(self, kind: Any, amount: Decimal, fee: Decimal, charge: Charge, source: str | None) -> None:
        code = charge.ask.currency
        self.lines.append(BalanceLine(self._new_id("txn"), kind, amount, fee, code, self.now, source))
        self._balance[code] += amount - fee

    def _tell(self, kind: str, object_id: str | None) -> None:
        self.outgoing.append(Event(self._new_id("evt"), kind, object_id, self.now))

    def _new_id(self, kind: str, charge: Charge | None = None) -> str:
        self._count += 1
        named = f"{kind}_{self._count}"
        if charge is not None:
            self._by_id[named] = charge
        return named
