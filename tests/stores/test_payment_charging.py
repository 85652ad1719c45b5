"""Charging: one attempt at a time, by one key, outside of transactions; what is unclear is asked again, never anew."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.billing.cycle.charge import Collect, charge, rehearse
from shared.billing.invoices import credit_notes
from shared.billing.payments import events, payments, recording
from shared.billing.payments.charging import charging
from shared.billing.payments.methods import method_links, methods
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Event, Found, SeenDispute, SeenMethod, SeenRefund
from shared.billing.payments.till import AT_ONCE, LEASE, MOST_UNANSWERED, Till
from shared.errors import InvalidRequest, ProviderError, ProviderStopped, ProviderUnclear
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_invoice, add_user, read
from tests.paying_charger import Paying

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
PAGE = "https://lectern.example/back"


@dataclass
class Shop:
    """A user with a method and an invoice that is due, and days that pass."""

    connection: Connection
    charger: Paying = field(default_factory=Paying)
    now: datetime = NOW + 14 * DAY
    user: UUID = field(default_factory=uuid4)
    bill: Row = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    stopped: dict[str, str] = field(default_factory=dict)

    @property
    def till(self) -> Till:
        chargers = {self.charger.name: self.charger}
        return Till(self.connection, chargers, chargers, lambda: self.now)

    async def opens(self, token: str | None = "good_1", amount: str = "20.00") -> "Shop":
        self.user = await add_user(self.connection)
        if token:
            await self.has(token)
        self.bill = await self.bills(amount)
        return self

    async def bills(self, amount: str = "20.00") -> Row:
        async with self.connection.transaction():
            return await add_invoice(self.connection, self.user, [(amount, "S", "20")])

    async def has(self, token: str, **more: Any) -> Row:
        seen = SeenMethod(token, "card", "visa", "4242", 12, 2028)
        return await methods.add(self.connection, self.user, "stripe", seen, self.now, **more)

    async def day(self, days: int = 0) -> dict[str, int]:
        """So many days later, a run."""
        self.now += days * DAY
        chargers = {self.charger.name: self.charger}
        till = await charge(self.connection, Collect(chargers, chargers, lambda: self.now), self.now)
        self.notes, self.stopped = till.notes, till.stopped
        return {name: count for name, count in till.counts.items() if count}

    async def tried(self) -> list[tuple[Any, ...]]:
        """In order: origin, step, status, decline."""
        found = await self.connection.execute(
            """SELECT origin, step, status, decline FROM payments WHERE user_id = %(user)s
               ORDER BY created_at, status IN ('pending', 'processing', 'completed'), id""",
            {"user": self.user},
        )
        return [tuple(row.values()) for row in await found.fetchall()]

    async def stands(self) -> tuple[str, int]:
        row = await read(self.connection, self.bill["id"])
        return row["status"], int(row["due"])

    async def facts(self) -> Row:
        return await payments.due(self.connection, self.bill["number"])

    async def steps(self) -> list[Row]:
        found = await self.connection.execute("SELECT * FROM dunning_steps ORDER BY step")
        return await found.fetchall()

    async def tells(self, object_id: str | None) -> None:
        await self.connection.execute(
            """INSERT INTO provider_events (provider, event_id, type, object_id, body, received_at)
               VALUES ('stripe', %(id)s, 'something', %(object)s, '{}', %(now)s)""",
            {"id": str(uuid4()), "object": object_id, "now": self.now},
        )


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with database.connection() as connection:
        yield Shop(connection)


async def test_an_invoice_is_charged_on_the_day_it_is_due_and_once(shop: Shop) -> None:
    await shop.opens()
    shop.now -= DAY
    assert await shop.day() == {}
    assert await shop.day(1) == {"charged": 1}
    assert await shop.stands() == ("paid", 0)
    assert await shop.day(3) == {}
    assert [words for words in shop.charger.asked if words.startswith("charge")] == [
        f"charge {shop.bill['number']} 24.0000 good_1"
    ]
    [row] = await payments.listed(shop.connection)
    assert (row["provider_transaction_id"], row["method_id"] is not None, row["leased_until"]) == (
        "pi_1",
        True,
        None,
    )


async def test_a_soft_decline_is_tried_again_on_the_days_of_dunning(shop: Shop) -> None:
    await shop.opens("soft_1")
    counts = [await shop.day(days) for days in (0, 1, 2, 4, 7, 1, 30)]
    assert counts == [{"declined": 1}, {}, {"declined": 1}, {"declined": 1}, {"declined": 1}, {}, {}]
    assert await shop.tried() == [("dunning", step, "failed", "soft") for step in range(4)]
    assert await shop.stands() == ("sent", 24)


async def test_a_hard_decline_waits_for_a_new_method_which_is_tried_at_once(shop: Shop) -> None:
    await shop.opens("hard_1")
    assert await shop.day() == {"declined": 1}
    assert await shop.day(1) == {}
    await shop.has("good_1", default=True)
    assert await shop.day(1) == {"charged": 1}
    assert await shop.tried() == [("dunning", 0, "failed", "hard"), ("method", None, "completed", None)]


async def test_a_method_that_was_tried_by_hand_is_not_tried_again_before_the_next_step(shop: Shop) -> None:
    await shop.opens("soft_1")
    await shop.day()
    method = await shop.has("soft_2", default=True)
    shop.now += timedelta(hours=1)
    number = shop.bill["number"]
    await charging.attempt(shop.till, shop.charger, shop.user, number, "hand", shop.now, method=method)
    assert await shop.day(1) == {}
    assert await shop.day(2) == {"declined": 1}
    assert [origin for origin, *_ in await shop.tried()] == ["dunning", "hand", "dunning"]


async def test_what_declined_for_good_by_hand_is_not_tried_again_though_it_pays_another_invoice(
    shop: Shop,
) -> None:
    await shop.opens(None)
    method = await shop.has("hard_1")
    number = shop.bill["number"]
    await charging.attempt(shop.till, shop.charger, shop.user, number, "hand", shop.now, method=method)
    other = await shop.bills()
    await shop.connection.execute(
        """INSERT INTO payments (invoice_id, user_id, amount, currency, status, provider, method_id, origin, created_at)
           VALUES (%(invoice)s, %(user)s, 24, 'EUR', 'completed', 'stripe', %(method)s, 'hand', %(at)s)""",
        {
            "invoice": other["id"],
            "user": shop.user,
            "method": method["id"],
            "at": shop.now + timedelta(hours=1),
        },
    )
    assert await shop.day(1) == {}


async def test_a_method_that_is_added_on_a_page_is_charged_by_the_run_that_hears_of_it(shop: Shop) -> None:
    await shop.opens(None)
    await method_links.link(shop.till, shop.charger, shop.user, PAGE, shop.now)
    assert await shop.day() == {}
    shop.charger.has("good_1")
    shop.charger.used["cs_1"] = "good_1"
    assert await shop.day() == {"methods": 1, "charged": 1}


async def test_a_lost_reply_is_asked_for_again_by_the_same_key_and_charges_once(shop: Shop) -> None:
    await shop.opens()
    shop.charger.lost = 1
    assert await shop.day() == {"unclear": 1}
    assert await shop.tried() == [("dunning", 0, "pending", None)]
    assert await shop.day() == {"charged": 1}
    assert len(shop.charger.money) == 1
    assert await shop.stands() == ("paid", 0)


@pytest.mark.parametrize("days", [0, 2])
async def test_a_lost_request_is_asked_again_also_once_its_key_expired(shop: Shop, days: int) -> None:
    await shop.opens()
    shop.charger.lost_requests = 1
    assert await shop.day() == {"unclear": 1}
    assert await shop.day(days) == {"charged": 1}
    assert await shop.tried() == [("dunning", 0, "completed", None)]


async def test_after_its_key_expired_an_attempt_is_looked_up(shop: Shop) -> None:
    await shop.opens()
    shop.charger.lost = 1
    await shop.day()
    assert await shop.day(2) == {"charged": 1}
    assert shop.charger.asked[-2:] == [f"find {shop.bill['number']}", "balance"]


async def test_a_process_that_died_while_it_asked_leaves_an_attempt_that_the_next_one_takes_up(
    shop: Shop,
) -> None:
    await shop.opens()
    row = await payments.due(shop.connection, shop.bill["number"])
    async with shop.connection.transaction():
        [method] = await methods.listed(shop.connection, shop.user)
        await payments.begin(
            shop.connection,
            row,
            "stripe",
            "dunning",
            shop.now,
            shop.now + LEASE,
            method_id=method["id"],
            step=0,
        )
    assert await shop.day() == {}, "the lease is another's"
    shop.now += LEASE
    assert await shop.day() == {"charged": 1}
    assert len(await shop.tried()) == 1


async def test_keys_that_stopped_working_stop_the_stage_and_the_attempt_waits(shop: Shop) -> None:
    await shop.opens()
    shop.charger.away = ProviderStopped("its key is refused", "set LECTERN_STRIPE_API_KEY")
    assert await shop.day() == {}
    assert shop.stopped == {"stripe": "stripe: its key is refused: set LECTERN_STRIPE_API_KEY"}
    assert [words.split()[0] for words in shop.charger.asked] == ["charge"]
    shop.charger.away = None
    assert await shop.day() == {"charged": 1}
    assert len(await shop.tried()) == 1


async def test_after_five_requests_without_an_answer_the_rest_waits(shop: Shop) -> None:
    await shop.opens()
    for _ in range(20):
        await shop.bills()
    shop.charger.away = ProviderUnclear("no answer", "it is asked again")
    await shop.day()
    assert "the last 5 requests had no answer" in shop.stopped["stripe"]
    assert len(await shop.tried()) < AT_ONCE + MOST_UNANSWERED
    shop.charger.away = None
    assert sum((await shop.day()).values()) == 21
    assert len(shop.charger.money) == 21


async def test_an_answer_in_between_begins_the_count_of_requests_without_one_anew(shop: Shop) -> None:
    async def answers() -> None: ...

    async def is_silent() -> None:
        raise ProviderUnclear("no answer", "it is asked again")

    till = shop.till
    for work in (*[is_silent] * (MOST_UNANSWERED - 1), answers, is_silent):
        await till.guarded("stripe", work())
    assert till.stopped == {}


async def test_an_answer_that_makes_no_sense_costs_itself(shop: Shop) -> None:
    await shop.opens()
    await shop.bills()
    shop.charger.away = KeyError("amount")
    await shop.day()
    assert shop.notes == ["stripe: KeyError: 'amount'"] * 3, "of two charges, and of the balance"
    shop.charger.away = None
    shop.now += LEASE
    assert await shop.day() == {"charged": 2}
    assert len(shop.charger.money) == 2


async def test_three_d_secure_waits_for_the_person_and_is_told_by_an_event(shop: Shop) -> None:
    await shop.opens("confirm_1")
    assert await shop.day() == {"to_confirm": 1}
    [row] = await payments.listed(shop.connection)
    assert row["action_url"] == "https://pay.example/pi_1"
    assert await shop.day(1) == {}
    shop.charger.becomes(0, state="completed")
    await shop.tells("pi_1")
    assert await shop.day() == {"completed": 1, "events": 1}
    assert await shop.stands() == ("paid", 0)
    [row] = await payments.listed(shop.connection)
    assert row["action_url"] is None, "nobody is sent to a page that is done with"


async def test_an_attempt_that_nobody_confirms_is_ended_at_the_provider_before_the_next_begins(
    shop: Shop,
) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    assert await shop.day(3) == {"called_off": 1, "to_confirm": 1}
    assert await shop.tried() == [
        ("dunning", 0, "failed", "cancelled"),
        ("dunning", 1, "pending", None),
    ]
    assert [words.split()[0] for words in shop.charger.asked if words.split()[0] in ("charge", "cancel")] == [
        "charge",
        "cancel",
        "charge",
    ]


async def test_what_was_paid_before_it_could_be_ended_is_paid_and_nothing_else_begins(shop: Shop) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    shop.charger.becomes(0, state="completed", action_url=None)
    await shop.day(3)
    assert await shop.tried() == [("dunning", 0, "completed", None)]


async def test_a_debit_is_processed_for_days_and_is_looked_up_where_nobody_tells_of_it(shop: Shop) -> None:
    await shop.opens("debit_1")
    assert await shop.day() == {"processing": 1}
    assert await shop.day(3) == {}, "nothing else is tried beside it"
    shop.charger.becomes(0, state="pending")  # an older look
    assert await shop.day(1) == {}
    shop.charger.becomes(0, state="failed", decline="soft", reason="no funds")
    assert await shop.day(1) == {"declined": 1, "processing": 1}
    assert [status for _, _, status, _ in await shop.tried()] == ["failed", "processing"]


async def test_an_open_page_is_ended_once_nothing_is_due_any_more(shop: Shop) -> None:
    await shop.opens(None)
    link = await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    assert link["action_url"] == "https://pay.example/page_1"
    async with shop.connection.transaction():
        await payments.paid(shop.connection, shop.bill["id"], Decimal(24), "EUR", "manual", None, shop.now)
    assert await shop.day() == {"called_off": 1}
    assert await shop.tried() == [
        ("link", None, "failed", "cancelled"),
        ("transfer", None, "completed", None),
    ]


async def test_what_waits_for_the_person_is_ended_once_less_is_due(shop: Shop) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    async with shop.connection.transaction():
        await credit_notes.issue(shop.connection, shop.bill["id"], "agreed", shop.now, gross=Decimal(12))
    assert await shop.day() == {"called_off": 1}
    assert await shop.stands() == ("sent", 12)


async def test_a_page_is_given_again_while_its_amount_is_right(shop: Shop) -> None:
    await shop.opens(None)
    first = await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    again = await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    assert again["id"] == first["id"]
    async with shop.connection.transaction():
        await credit_notes.issue(shop.connection, shop.bill["id"], "agreed", shop.now, gross=Decimal(12))
    other = await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    assert (other["amount"], await shop.tried()) == (
        12,
        [("link", None, "failed", "cancelled"), ("link", None, "pending", None)],
    )


async def test_a_page_ends_what_waits_for_the_person_and_not_what_is_processed(shop: Shop) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    assert [status for _, _, status, _ in await shop.tried()] == ["failed", "pending"]
    other = await Shop(shop.connection).opens("debit_1")
    await other.day()
    with pytest.raises(InvalidRequest, match="is processing at stripe"):
        await charging.pay_link(other.till, other.charger, await other.facts(), PAGE, other.now)


async def test_below_the_least_that_a_provider_takes_nothing_is_tried_and_it_is_listed(shop: Shop) -> None:
    await shop.opens(amount="0.20")
    assert await shop.day() == {"not_attempted": 1}
    assert await shop.day() == {}
    [row] = await shop.steps()
    assert (row["did"], row["reason"]) == ("not_attempted", "it takes 0.50 EUR at least")
    with pytest.raises(InvalidRequest, match=r"cannot be paid by stripe: it takes 0\.50 EUR at least"):
        await charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
    assert await shop.tried() == []


async def test_a_request_that_is_refused_for_good_fails_with_its_reason(shop: Shop) -> None:
    await shop.opens("refused_1")
    assert await shop.day() == {"declined": 1}
    [row] = await payments.listed(shop.connection)
    assert (row["decline"], row["failure_reason"]) == ("refused", "it takes no such method: add another")


async def test_an_event_of_nothing_that_is_ours_is_kept_with_its_reason(shop: Shop) -> None:
    await shop.opens()
    await shop.day()
    key = next(iter(shop.charger.money))
    shop.charger.money["other"] = replace(shop.charger.money[key], id="pi_9", payment_id=None)
    await shop.tells("pi_9")
    assert await shop.day() == {"unmatched": 1}
    [row] = await events.listed(shop.connection, "unmatched")
    assert (row["object_id"], row["reason"]) == ("pi_9", "no payment here is of that object")


@pytest.mark.parametrize("other", [{"amount": Decimal(1)}, {"currency": "USD"}])
async def test_an_event_of_another_amount_than_the_payments_changes_nothing(
    shop: Shop, other: dict[str, Any]
) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    shop.charger.becomes(0, state="completed", action_url=None, **other)
    await shop.tells("pi_1")
    assert await shop.day() == {"unmatched": 1}
    assert await shop.stands() == ("sent", 24)
    assert "is of another amount" in shop.notes[0]


@pytest.mark.parametrize(
    ("away", "asked"), [(ProviderUnclear, ["fetch", "find", "balance"]), (ProviderStopped, ["fetch"])]
)
async def test_events_wait_while_their_provider_is_away(
    shop: Shop, away: type[ProviderError], asked: list[str]
) -> None:
    await shop.opens("confirm_1")
    await shop.day()
    await shop.tells("pi_1")
    shop.charger.asked.clear()
    shop.charger.away = away("no answer", "it is asked again")
    await shop.day()
    [row] = await events.listed(shop.connection)
    assert (row["status"], row["attempts"], row["reason"]) == ("waiting", 1, "no answer: it is asked again")
    assert [words.split()[0] for words in shop.charger.asked] == asked


async def test_an_object_is_fetched_once_for_all_events_of_it_and_what_names_none_is_asked_for_apart(
    shop: Shop,
) -> None:
    await shop.opens()
    await shop.day()
    shop.charger.asked.clear()
    for named in ("pi_1", None, "pi_1", None):
        await shop.tells(named)
    assert await shop.day() == {"events": 4}
    assert sorted(shop.charger.asked) == ["balance", "fetch None", "fetch None", "fetch pi_1"]


@pytest.mark.parametrize("state", ["processing", "completed"])
async def test_what_failed_here_stays_failed_though_its_provider_says_otherwise(
    shop: Shop, state: str
) -> None:
    await shop.opens("soft_1")
    await shop.day()
    shop.charger.becomes(0, state=state, decline=None)
    await shop.tells("pi_1")
    assert await shop.day() == {"unmatched": 1}
    [row], [event] = await payments.listed(shop.connection), await events.listed(shop.connection)
    assert event["reason"] == f"the payment {row['id']} failed here, and is {state} there"
    assert (row["status"], await shop.stands()) == ("failed", ("sent", 24))


async def test_a_debit_that_fails_after_it_was_paid_is_due_again_and_left_alone(shop: Shop) -> None:
    await shop.opens("debit_1")
    await shop.day()
    shop.charger.becomes(0, state="completed")
    await shop.day(1)
    assert await shop.stands() == ("paid", 0)
    shop.charger.becomes(0, state="failed", reason="no funds after all")
    await shop.tells("pi_1")
    await shop.tells("pi_1")
    assert await shop.day(5) == {"events": 2, "went_back": 1}
    assert await shop.stands() == ("overdue", 24)
    [row] = await payments.listed(shop.connection)
    assert (row["status"], row["refunded_amount"], row["metadata"]["reason"]) == (
        "refunded",
        24,
        "return: no funds after all",
    )
    assert await shop.day(10) == {}


async def test_a_dispute_takes_the_money_and_one_that_is_won_brings_it_back(shop: Shop) -> None:
    await shop.opens()
    await shop.day()
    stands = []
    for state in ("inquiry", "open", "lost", "won", "won"):
        shop.charger.becomes(0, disputes=(SeenDispute("dp_1", Decimal(24), state, reason="fraudulent"),))
        await shop.tells("pi_1")
        await shop.day(1)
        [row] = await payments.listed(shop.connection)
        stands.append((row["status"], *await shop.stands()))
    assert stands == [
        ("completed", "paid", 0),
        ("refunded", "overdue", 24),
        ("refunded", "overdue", 24),
        ("completed", "paid", 0),
        ("completed", "paid", 0),
    ]


async def test_what_was_recorded_while_somebody_looked_is_looked_at_again(shop: Shop) -> None:
    """Another run records that the dispute is won, between a fetch of this run and its record."""
    await shop.opens()
    await shop.day()
    opened, won = SeenDispute("dp_1", Decimal(24), "open"), SeenDispute("dp_1", Decimal(24), "won")
    shop.charger.becomes(0, disputes=(opened,))
    await shop.tells("pi_1")
    fetch, looks = shop.charger.fetch, 0

    async def slow(event: Event) -> Found | None:
        nonlocal looks
        found, looks = await fetch(event), looks + 1
        if looks == 2:
            shop.charger.becomes(0, disputes=(won,))
            [row] = await payments.listed(shop.connection)
            async with shop.connection.transaction():
                newest = next(iter(shop.charger.money.values()))
                await recording.record(shop.connection, row, newest, shop.now)
        return found

    shop.charger.fetch = slow  # type: ignore[method-assign]
    await shop.day()
    [row] = await payments.listed(shop.connection)
    assert (row["status"], await shop.stands(), looks) == ("completed", ("paid", 0), 3)


async def test_nothing_is_charged_by_hand_while_a_dispute_is_open(shop: Shop) -> None:
    await shop.opens()
    await shop.day()
    opened, lost = SeenDispute("dp_1", Decimal(24), "open"), SeenDispute("dp_1", Decimal(24), "lost")
    for dispute, is_refused in ((opened, True), (lost, False)):
        shop.charger.becomes(0, disputes=(dispute,))
        await shop.tells("pi_1")
        await shop.day(1)
        page = charging.pay_link(shop.till, shop.charger, await shop.facts(), PAGE, shop.now)
        if is_refused:
            with pytest.raises(InvalidRequest, match="is open, and may bring its money back"):
                await page
        else:
            assert (await page)["action_url"]


async def test_a_refund_that_was_made_at_the_provider_is_recorded_once(shop: Shop) -> None:
    await shop.opens()
    await shop.day()
    shop.charger.becomes(0, refunds=(SeenRefund("re_1", Decimal(4), "completed"),))
    for _ in range(2):
        await shop.tells("pi_1")
        await shop.day()
    [row] = await payments.listed(shop.connection)
    assert (row["status"], row["refunded_amount"], await shop.stands()) == ("completed", 4, ("paid", 0))


async def test_a_rehearsal_says_what_is_due_and_asks_nobody(shop: Shop) -> None:
    await shop.opens()
    chargers = {"stripe": shop.charger}
    collect = Collect(chargers, chargers, lambda: shop.now)
    assert await rehearse(shop.connection, collect, shop.now) == {"due_charges": 1}
    assert shop.charger.asked == []


async def test_two_runs_at_once_charge_once(shop: Shop, database: Database) -> None:
    await shop.opens()
    async with database.connection() as beside:
        other = Shop(beside, shop.charger, shop.now, shop.user, shop.bill)
        counts = await asyncio.gather(shop.day(), other.day())
    assert sorted(map(len, counts)) == [0, 1]
    assert shop.notes == other.notes == []
    assert len(shop.charger.money) == 1
