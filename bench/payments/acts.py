"""What people, operators and banks do on a day: as commands, pages and dashboards let them."""

import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from bench import simulation
from bench.payments.acquirer import Acquirer, Charge
from bench.payments.bank import Bank
from bench.payments.chance import chance, pick
from bench.payments.people import FIRST_DAYS, Person, transferred
from bench.payments.stripe_account import Message, StripeAccount
from bench.simulation import LawBroken
from shared.billing.money import rounded
from shared.billing.payments.charging import charging, open_attempts
from shared.billing.payments.methods import method_links, methods
from shared.billing.payments.methods.provider_customers import customer
from shared.billing.payments.port import Event, Verifier
from shared.billing.payments.reversals import refunding, refunds
from shared.billing.payments.till import Till
from shared.billing.payments.transfers import allocating, transfers
from shared.billing.payments.webhooks.receive import receive
from shared.billing.payments.webhooks.stripe import StripeVerifier
from shared.billing.subscriptions.subscriptions import Connection
from shared.billing.user_locks import lock_users
from shared.errors import InvalidRequest, ProviderError
from shared.stores import sql
from shared.stores.postgres import Row, fetched
from tests.stripe_signed import SECRET, signature

_SQL = sql.load("bench.payments", "acts.sql")

RETURN_URL: Final = "https://lectern.example/paid"
_RARE: Final = {
    "changes": 0.004,
    "cancellations": 0.002,
    "starts": 0.01,
    "pauses": 0.001,
    "resumptions": 0.004,
    "adjustments": 0.003,
    "grants": 0.002,
    "voids": 0.001,
    "credits": 0.004,
    "refund": 0.004,
    "refund at dashboard": 0.002,
    "dispute": 0.002,
    "other card": 0.002,
    "other default": 0.002,
    "remove method": 0.002,
    "link method": 0.002,
    "no pause": 0.001,
}
"""How likely each is on a day of a person; those of `simulation` are placed as there."""
_ORDERS: Final = dict(simulation.ORDERS)


@dataclass(slots=True)
class World:
    """A firm, its people, and the providers at which they pay."""

    connection: Connection
    seed: int
    people: Sequence[Person]
    simulated: simulation.World
    acquirer: Acquirer | StripeAccount
    bank: Bank
    busy: float = 1.0
    providers: Mapping[str, Any] = field(default_factory=dict)
    verifiers: Mapping[str, Verifier] = field(default_factory=lambda: {"stripe": StripeVerifier(SECRET)})
    counts: Counter[str] = field(default_factory=Counter)
    serials: Counter[UUID] = field(default_factory=Counter)

    def till(self, now: datetime) -> Till:
        chargers = {"stripe": self.providers["stripe"]}
        return Till(self.connection, self.providers, chargers, lambda: now)

    async def tell(self, event: Event | Message, now: datetime) -> None:
        """What a provider says reaches us, as the HTTP service takes it in."""
        if isinstance(event, Message):
            headers = {"Stripe-Signature": signature(event.body, now)}
            reply = await receive(self.connection, self.verifiers, "stripe", headers, event.body, now)
            if not reply.is_taken:
                raise LawBroken(f"a message of the provider was refused: {reply}")
            return
        given = {
            "provider": "wise" if event.type.startswith("balances") else "stripe",
            "event_id": event.id,
            "type": event.type,
            "object_id": event.object_id,
            "happened_at": event.happened_at,
            "now": now,
        }
        await self.connection.execute(_SQL["told"], given)

    def payer_of(self, charge: Charge) -> Person:
        payer = charge.ask.payer
        return next(one for one in self.people if one.user_id == payer.user_id or one.email == payer.email)


class Act(NamedTuple):
    at: datetime
    name: str
    person: Person
    about: Any = None


async def of_day(world: World, today: datetime) -> list[Act]:
    """In the order of their hours."""
    found = [act for person in world.people for act in _by_themselves(world, person, today)]
    by_user = {person.user_id: person for person in world.people}
    owed: defaultdict[UUID, list[Row]] = defaultdict(list)
    for row in await fetched(world.connection, _SQL["owed"], {}):
        owed[row["user_id"]].append(row)
    for user, rows in owed.items():
        found += _of_debtor(world, by_user[user], rows, today)
    for charge in world.acquirer.waiting_pages():
        person, drawn = (
            world.payer_of(charge),
            chance(world.seed, "page", charge.ask.number, today),
        )
        if drawn < 0.5:
            found.append(_act(world, today, "confirm", person, charge))
        elif drawn < 0.6:
            found.append(_act(world, today, "confirm wrongly", person, charge))
    for charge, one in world.acquirer.disputed():
        if (drawn := chance(world.seed, "judged", charge.ask.number, today)) < 0.08:
            state = "open" if one.state == "inquiry" and drawn < 0.04 else "won" if drawn < 0.06 else "lost"
            if (one.state, state) != ("inquiry", "lost"):
                found.append(_act(world, today, "judge", world.payer_of(charge), (charge, one.id, state)))
    return sorted(found, key=lambda act: (act.at, act.person.place, act.name))


def _act(world: World, today: datetime, name: str, person: Person, about: Any = None) -> Act:
    hour = 6 + 13 * chance(world.seed, "hour", name, person.place, today)
    return Act(today + timedelta(hours=hour), name, person, about)


def _by_themselves(world: World, person: Person, today: datetime) -> list[Act]:
    day = (today - simulation.BEGINS).days
    if day < FIRST_DAYS:
        return [_act(world, today, "subscribe", person)] if person.place % FIRST_DAYS == day else []
    return [
        _act(world, today, name, person)
        for name, likely in _RARE.items()
        if chance(world.seed, name, person.place, today) < likely * world.busy
    ]


def _of_debtor(world: World, person: Person, rows: Sequence[Row], today: datetime) -> list[Act]:
    drawn = chance(world.seed, "debtor", person.place, today)
    unsent = [row for row in rows if not row["is_sent"]]
    if person.kind == "page" and drawn < 0.4:
        return [_act(world, today, "pay link", person, rows[0])]
    if person.kind == "transfer" and drawn < 0.15 and unsent:
        return [_act(world, today, "transfer", person, unsent)]
    if person.kind == "transfer" and drawn > 0.9:
        return [_act(world, today, "match by hand", person, rows)]
    if person.kind == "none" and drawn < 0.03:
        return [_act(world, today, "transfer", person, rows)]
    if not person.has_method or not any(row["failures"] for row in rows):
        return []
    if drawn < 0.1:
        return [_act(world, today, "other card", person)]
    if drawn < 0.15:
        return [_act(world, today, "link method", person)]
    if drawn < 0.18:
        return [_act(world, today, "pay link", person, rows[0])]
    return [_act(world, today, "retry", person, rows[0])] if drawn < 0.22 else []


async def done(world: World, act: Act) -> str:
    """What is counted."""
    try:
        if act.name in _ORDERS:
            await _ordered(world, act)
        else:
            await _ACTS[act.name](world, act)
    except InvalidRequest:
        return f"{act.name}, refused"
    except ProviderError:
        return f"{act.name}, not answered"
    return act.name


async def _ordered(world: World, act: Act) -> None:
    world.simulated.dice = random.Random(f"{world.seed}/{act.person.place}/{act.name}/{act.at}")
    async with world.connection.transaction():
        await lock_users(world.connection, [act.person.user_id])
        await _ORDERS[act.name](world.simulated, act.person.user_id, act.person.currency, act.at)


async def _subscribe(world: World, act: Act) -> None:
    person = act.person
    await _ordered(world, act._replace(name="starts"))
    if person.has_method:
        kind = person.kind
        habit: Any = kind if kind in ("weak", "stolen", "asks") else "good"
        more: dict[str, Any] = {}
        if kind == "expiring":
            ends = act.at + timedelta(days=45)
            more = {"month": ends.month, "year": ends.year}
        if kind == "weak":
            more["weak_until"] = act.at + timedelta(days=10 + 30 * chance(world.seed, "weak", person.place))
        await _add(world, act, "sepa" if kind == "debit" else "card", habit, **more)


async def _add(world: World, act: Act, kind: Any, habit: Any, **more: Any) -> None:
    person, till = act.person, world.till(act.at)
    world.serials[person.user_id] += 1
    token = world.acquirer.issue(person.user_id, kind, habit, world.serials[person.user_id], **more)
    charger = till.chargers["stripe"]
    seen = await charger.method(token, await customer(till, charger, person.user_id))
    async with till.transaction(person.user_id) as connection:
        await methods.add(connection, person.user_id, "stripe", seen, act.at, default=True)


async def _other_card(world: World, act: Act) -> None:
    await _add(world, act, "card", _habit(world, act))


def _habit(world: World, act: Act) -> Any:
    return pick(
        ("good", "good", "good", "good", "asks", "stolen"), world.seed, "habit", act.person.place, act.at
    )


async def _link_method(world: World, act: Act) -> None:
    """A page is asked for, and mostly used."""
    person = act.person
    row = await method_links.link(
        world.till(act.at), world.providers["stripe"], person.user_id, RETURN_URL, act.at
    )
    if chance(world.seed, "uses", person.place, act.at) < 0.8:
        world.serials[person.user_id] += 1
        serial = world.serials[person.user_id]
        world.acquirer.add_on_page(row["provider_link_id"], person.user_id, _habit(world, act), serial)


async def _other_default(world: World, act: Act) -> None:
    async with world.connection.transaction():
        await lock_users(world.connection, [act.person.user_id])
        rows = await fetched(world.connection, _SQL["methods"], {"user": act.person.user_id})
        if len(rows) < 2:
            raise InvalidRequest("there is no other")
        chosen = pick(rows, world.seed, "default", act.person.place, act.at)
        await methods.make_default(world.connection, {**chosen, "user_id": act.person.user_id})


async def _remove_method(world: World, act: Act) -> None:
    async with world.connection.transaction():
        await lock_users(world.connection, [act.person.user_id])
        rows = await fetched(world.connection, _SQL["methods"], {"user": act.person.user_id})
        if not rows:
            raise InvalidRequest("there is none")
        chosen = pick(rows, world.seed, "removed", act.person.place, act.at)
        row = await methods.one(world.connection, chosen["id"])
        await methods.remove(world.connection, row, act.at)


async def _pay_link(world: World, act: Act) -> None:
    till = world.till(act.at)
    await charging.pay_link(till, till.chargers["stripe"], act.about, RETURN_URL, act.at)


async def _retry(world: World, act: Act) -> None:
    till, row = world.till(act.at), act.about
    if row["is_charged_back"]:
        raise InvalidRequest("what a bank took back may be won yet")
    async with till.transaction() as connection:
        found = await methods.default_of(connection, act.person.user_id)
    if found is None:
        raise InvalidRequest("there is no method")
    await open_attempts.end_open(till, row["id"], act.at)
    await charging.attempt(
        till, till.chargers["stripe"], act.person.user_id, row["number"], "hand", act.at, method=found
    )


async def _transfer(world: World, act: Act) -> None:
    bills = [(row["number"], row["due"]) for row in act.about if row["currency"] == act.about[0]["currency"]]
    amount, reference = transferred(world.seed, act.person, act.at, bills)
    world.bank.send(amount, act.about[0]["currency"], reference, act.person.email, act.at)


async def _match_by_hand(world: World, act: Act) -> None:
    given = {"payer": act.person.email}
    for unmatched in await fetched(world.connection, _SQL["unmatched"], given):
        async with world.connection.transaction():
            await lock_users(world.connection, [act.person.user_id])
            row = await transfers.find(world.connection, str(unmatched["id"]))
            await allocating.match_by_hand(world.connection, row, [act.about[0]["number"]], act.at)
        return
    raise InvalidRequest("all is matched")


async def _confirm(world: World, act: Act) -> None:
    world.acquirer.confirm(_still_open(world, act))


async def _confirm_wrongly(world: World, act: Act) -> None:
    world.acquirer.confirm(_still_open(world, act), is_owner=False)


def _still_open(world: World, act: Act) -> Charge:
    charge = world.acquirer.charge_of(act.about.ask.payment_id)
    if charge.state != "pending":
        raise InvalidRequest("the page is closed")
    return charge


async def _judge(world: World, act: Act) -> None:
    world.acquirer.end_dispute(*act.about)


async def _refund(world: World, act: Act) -> None:
    row, now = await _paid(world, act), act.at
    whole = chance(world.seed, "whole", act.person.place, now) < 0.5
    amount = None if whole else rounded(row["amount"] / 3, row["currency"])
    till = world.till(now)
    async with till.transaction(act.person.user_id) as connection:
        refund = await refunds.order(connection, row["id"], amount, "Agreed", now)
    if row["provider"] == "stripe":
        await refunding.ask(till, till.chargers["stripe"], refund, now)
        return
    async with till.transaction(act.person.user_id) as connection:
        await refunds.complete(connection, await refunds.one(connection, refund["id"]), now, now)


async def _refund_at_dashboard(world: World, act: Act) -> None:
    charge = await _charge(world, act)
    left = charge.taken - charge.gone
    part = (
        left
        if chance(world.seed, "whole", act.person.place, act.at) < 0.5
        else rounded(left / 4, charge.ask.currency)
    )
    if part <= 0:
        raise InvalidRequest("nothing is left")
    try:
        world.acquirer.refund_by_hand(charge, part)
    except ProviderError as error:
        raise InvalidRequest(error.line) from error


async def _dispute(world: World, act: Act) -> None:
    charge = await _charge(world, act)
    left = charge.taken - charge.gone
    drawn = chance(world.seed, "disputed", act.person.place, act.at)
    part = left if drawn < 0.7 else rounded(left / 2, charge.ask.currency)
    if part <= 0 or charge.disputes:
        raise InvalidRequest("nothing is left")
    world.acquirer.dispute(charge, part, "inquiry" if drawn > 0.8 else "open")


async def _no_pause(world: World, act: Act) -> None:
    given = {"user": act.person.user_id}
    await world.connection.execute("UPDATE customers SET pauses = NOT pauses WHERE user_id = %(user)s", given)


async def _paid(world: World, act: Act) -> Row:
    rows = await fetched(world.connection, _SQL["paid"], {"user": act.person.user_id})
    if not rows:
        raise InvalidRequest("nothing was paid")
    return pick(rows, world.seed, "which", act.person.place, act.at)


async def _charge(world: World, act: Act) -> Charge:
    row = await _paid(world, act)
    if row["provider"] != "stripe":
        raise InvalidRequest("it was a transfer")
    return world.acquirer.charge_of(row["id"])


_ACTS: Final[Mapping[str, Callable[[World, Act], Awaitable[None]]]] = {
    "subscribe": _subscribe,
    "other card": _other_card,
    "link method": _link_method,
    "other default": _other_default,
    "remove method": _remove_method,
    "pay link": _pay_link,
    "retry": _retry,
    "transfer": _transfer,
    "match by hand": _match_by_hand,
    "confirm": _confirm,
    "confirm wrongly": _confirm_wrongly,
    "judge": _judge,
    "refund": _refund,
    "refund at dashboard": _refund_at_dashboard,
    "dispute": _dispute,
    "no pause": _no_pause,
}
