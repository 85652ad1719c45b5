"""Dunning on a real database: who is reminded when, whose subscription is paused, and what makes it go on."""

from collections.abc import AsyncIterator

import pytest

from shared.billing import pausing, placing
from shared.billing.cycle.charge import Collect
from shared.billing.payments.methods import methods
from shared.billing.payments.port import SeenMethod
from shared.errors import InvalidRequest
from shared.stores.postgres import Database
from tests.debts import Debts
from tests.firm import YEAR, utc
from tests.paying_charger import Paying

pytestmark = pytest.mark.anyio


@pytest.fixture
async def firm(database: Database) -> AsyncIterator[Debts]:
    async with database.connection() as connection:
        firm = Debts(connection)
        await firm.opened()
        yield firm


async def test_without_a_method_the_days_of_dunning_are_reminders_and_after_the_last_the_subscription_is_paused(
    firm: Debts,
) -> None:
    told = {}
    for day in range(14, 31):
        told[day] = await firm.dun(f"2026-01-{day} 23:59")
        assert not await firm.dun(f"2026-01-{day} 23:59")
    assert {day: dict(counts) for day, counts in told.items() if counts} == {
        15: {"reminded": 1},
        18: {"reminded": 1},
        22: {"reminded": 1},
        29: {"reminded": 1, "paused": 1},
    }
    assert await firm.steps() == [(step, "reminded", "none") for step in range(4)]
    assert await firm.state() == ("paused", "dunning")
    messages = [row["message"] for row in await firm.reminders()]
    assert messages[0] == "invoice LECT-2026-000001 is due on 2026-01-15: 24.00 EUR are to be paid"
    assert messages[1] == "invoice LECT-2026-000001 was due on 2026-01-15: 24.00 EUR are not paid"
    assert messages[3] == messages[1] + "; the subscription is paused until they are"


async def test_steps_that_were_missed_are_passed_over(firm: Debts) -> None:
    assert await firm.dun("2026-01-24 08:00") == {"reminded": 1}
    assert await firm.steps() == [(2, "reminded", "none")]
    assert await firm.dun("2026-03-01 08:00") == {"reminded": 1, "paused": 1}
    assert [step for step, *_ in await firm.steps()] == [2, 3]


async def test_what_is_due_is_asked_for_and_how_to_pay_it(firm: Debts) -> None:
    await firm.execute("UPDATE seller SET iban = 'FR7630006000011234567890189'")
    await firm.pays("2026-01-10 08:00", amount="20.00")
    await firm.attempt("2026-01-11 08:00", origin="link", link_id="cs_1", action_url="https://pay.example/cs_1",
                       amount=4)  # fmt: skip
    await firm.add("method_links", user_id=firm.ada, provider="stripe", url="https://pay.example/setup",
                   expires_at=utc("2026-01-16 08:00"))  # fmt: skip
    assert await firm.dun("2026-01-15 08:00") == {"reminded": 1}
    [one] = await firm.reminders()
    assert one["current_value"] == 4
    assert one["metadata"] == {
        "invoice_id": str((await firm.invoice())["id"]),
        "number": "LECT-2026-000001",
        "currency": "EUR",
        "dueDate": "2026-01-15",
        "step": 0,
        "reason": "none",
        "overdue": False,
        "paused": False,
        "iban": "FR7630006000011234567890189",
        "action_url": "https://pay.example/cs_1",
        "method_url": "https://pay.example/setup",
    }
    assert "https" not in one["message"]


async def test_a_method_that_can_be_charged_is_not_for_this_stage(firm: Debts) -> None:
    await firm.method(expiry_month=1, expiry_year=2026)
    assert not await firm.dun("2026-01-15 08:00")
    assert await firm.dun("2026-01-18 08:00", frozenset({"paypal"})) == {"reminded": 1}
    assert await firm.dun("2026-02-01 08:00") == {"reminded": 1, "paused": 1}
    assert await firm.steps() == [(1, "reminded", "not_configured"), (3, "reminded", "expired")]
    said = [row["message"].partition("; ")[2] for row in await firm.reminders()]
    assert said == ["", "the visa card ...4242 expired; the subscription is paused until they are"]


async def test_a_hard_decline_is_followed_by_reminders_until_there_is_another_method(firm: Debts) -> None:
    method = await firm.method()
    await firm.attempt("2026-01-15 08:00", step=0, method_id=method["id"], status="failed", decline="hard")
    assert not await firm.dun("2026-01-15 09:00")
    assert await firm.dun("2026-01-18 09:00") == {"reminded": 1}
    assert (await firm.steps())[-1] == (1, "reminded", "declined")
    await firm.execute("UPDATE payment_methods SET is_default = FALSE")
    await firm.method(last_four="5555")
    assert not await firm.dun("2026-01-22 09:00")


async def test_what_is_underway_is_neither_reminded_nor_paused(firm: Debts) -> None:
    payment = await firm.attempt("2026-01-14 08:00", origin="hand", status="processing")
    assert not await firm.dun("2026-01-15 09:00")
    assert not await firm.dun("2026-01-29 09:00")
    await firm.execute(
        "UPDATE payments SET status = 'failed', decline = 'soft' WHERE id = %(id)s", id=payment["id"]
    )
    assert await firm.dun("2026-01-29 10:00") == {"reminded": 1, "paused": 1}


async def test_an_attempt_at_the_last_step_pauses_once_it_failed_or_waits_for_its_person(firm: Debts) -> None:
    method = await firm.method()
    payment = await firm.attempt(
        "2026-01-29 08:00", step=3, method_id=method["id"], asked_at=utc("2026-01-29 08:00")
    )
    assert not await firm.dun("2026-01-29 09:00")
    await firm.execute(
        "UPDATE payments SET action_url = 'https://bank.example' WHERE id = %(id)s", id=payment["id"]
    )
    assert await firm.dun("2026-01-29 10:00") == {"paused": 1}
    assert await firm.state() == ("paused", "dunning")


async def test_an_amount_that_no_provider_takes_pauses_nobody(firm: Debts) -> None:
    await firm.method()
    invoice = await firm.invoice()
    await firm.add("dunning_steps", invoice_id=invoice["id"], step=3, did="not_attempted", reason="too small")
    assert not await firm.dun("2026-01-29 09:00")
    assert await firm.state() == ("active", None)


async def test_a_payment_ends_a_pause_of_dunning(firm: Debts) -> None:
    await firm.dun("2026-01-29 08:00")
    await firm.pays("2026-01-29 12:00")
    assert await firm.dun("2026-01-29 13:00") == {"resumed": 1}
    assert await firm.state() == ("active", None)
    assert not await firm.dun("2026-01-30 13:00")


async def test_a_payment_ends_no_pause_of_an_operator(firm: Debts) -> None:
    await firm.order(placing.pause, firm.ada, at="2026-01-20 08:00")
    assert await firm.dun("2026-01-29 08:00") == {"reminded": 1}
    assert not (await firm.reminders())[0]["metadata"]["paused"]
    await firm.pays("2026-01-29 12:00")
    assert not await firm.dun("2026-01-29 13:00")
    assert await firm.state() == ("paused", None)


async def test_an_operator_takes_a_pause_of_dunning_over(firm: Debts) -> None:
    await firm.dun("2026-01-29 08:00")
    await firm.order(placing.pause, firm.ada, at="2026-01-29 10:00")
    assert await firm.state() == ("paused", None)
    with pytest.raises(InvalidRequest, match="paused already"):
        await firm.order(placing.pause, firm.ada, at="2026-01-29 10:00")
    await firm.pays("2026-01-29 12:00")
    assert not await firm.dun("2026-01-29 13:00")
    await firm.order(placing.resume, firm.ada, at="2026-01-29 14:00")
    assert await firm.state() == ("active", None)


async def test_what_an_operator_resumed_is_paused_again_by_a_further_invoice_alone(firm: Debts) -> None:
    await firm.dun("2026-01-29 08:00")
    await firm.order(placing.resume, firm.ada, at="2026-01-29 10:00")
    assert not await firm.dun("2026-01-29 10:00")
    assert not await firm.dun("2026-01-31 10:00")
    await firm.run("2026-02-01 09:00", only="renew")
    await firm.run("2026-02-01 09:00", only="send")
    assert await firm.dun("2026-02-28 08:00") == {"reminded": 1}
    assert await firm.dun("2026-03-01 08:00") == {"reminded": 1, "paused": 1}


async def test_several_invoices_are_reminded_each_and_all_past_their_last_step_are_to_be_paid(
    firm: Debts,
) -> None:
    await firm.execute("UPDATE customers SET term_days = 0")
    await firm.run("2026-02-01 09:00", only="renew")
    await firm.run("2026-02-01 09:00", only="send")
    assert await firm.dun("2026-02-01 09:00") == {"reminded": 2, "paused": 1}
    await firm.pays("2026-02-02 09:00")
    assert await firm.dun("2026-02-02 10:00") == {"resumed": 1}
    assert await firm.dun("2026-02-15 08:00") == {"reminded": 1, "paused": 1}
    await firm.pays("2026-02-15 09:00", "LECT-2026-000002", "23.99")
    assert not await firm.dun("2026-02-15 10:00")
    await firm.pays("2026-02-15 11:00", "LECT-2026-000002", "0.01")
    assert await firm.dun("2026-02-15 12:00") == {"resumed": 1}


async def test_a_customer_that_is_not_to_be_paused_is_reminded_alone(firm: Debts) -> None:
    await firm.execute("UPDATE customers SET pauses = FALSE")
    assert await firm.dun("2026-01-29 08:00") == {"reminded": 1}
    assert not (await firm.reminders())[0]["metadata"]["paused"]
    await firm.execute("UPDATE customers SET pauses = TRUE")
    assert await firm.dun("2026-01-29 09:00") == {"paused": 1}
    await firm.execute("UPDATE customers SET pauses = FALSE")
    assert await firm.dun("2026-01-29 10:00") == {"resumed": 1}


@pytest.mark.parametrize("state", ["open", "lost"])
async def test_nobody_is_reminded_or_paused_for_what_a_bank_took_back(firm: Debts, state: str) -> None:
    payment = await firm.attempt("2026-01-10 08:00", origin="hand", status="completed")
    await firm.disputed(payment, state)
    await firm.execute("UPDATE payments SET status = 'refunded', refunded_amount = amount")
    for day in ("2026-01-15", "2026-01-29", "2026-03-01"):
        assert not await firm.dun(f"{day} 09:00")
    await firm.run("2026-01-16 09:00", only="overdue")
    ran = await firm.run("2026-01-16 09:00", only="alert")
    assert (await firm.invoice())["status"] == "overdue"
    assert ran.counts == {"alert": {}}


async def test_a_pause_goes_over_to_the_subscription_that_follows(firm: Debts) -> None:
    await firm.plan("gold", "30.00", yearly="300.00")
    await firm.order(placing.change, firm.ada, "gold", YEAR, "period-end", at="2026-01-20 08:00")
    await firm.dun("2026-01-29 08:00")
    await firm.run("2026-02-01 09:00", only="renew")
    assert await firm.state() == ("paused", "dunning")
    await firm.pays("2026-02-02 09:00")
    assert await firm.dun("2026-02-02 10:00") == {"resumed": 1}


async def test_a_payment_takes_no_cancellation_back(firm: Debts) -> None:
    await firm.dun("2026-01-29 08:00")
    await firm.order(placing.cancel, firm.ada, "period-end", at="2026-01-29 09:00")
    await firm.pays("2026-01-29 10:00")
    async with firm.connection.transaction():
        assert await pausing.resume_paid(firm.connection, [firm.ada], utc("2026-01-29 10:00")) == [firm.ada]
    [row] = await firm.execute("SELECT status, cancel_at_period_end FROM subscriptions")
    assert (row["status"], row["cancel_at_period_end"]) == ("active", True)


async def test_a_subscription_that_ended_is_not_paused(firm: Debts) -> None:
    await firm.order(placing.cancel, firm.ada, "period-end", at="2026-01-20 09:00")
    await firm.run("2026-02-01 09:00", only="renew")
    assert await firm.dun("2026-02-01 10:00") == {"reminded": 1}
    assert not await firm.dun("2026-02-02 10:00")


async def test_a_card_that_fails_pauses_and_another_one_pays_and_resumes(firm: Debts) -> None:
    charger = Paying()

    async def ran(at: str) -> dict[str, dict[str, int]]:
        chargers = {charger.name: charger}
        told = await firm.run(at, collect=Collect(chargers, chargers, lambda: utc(at)))
        assert not told.failed
        return {stage: told.counts[stage] for stage in ("charge", "dun", "alert") if told.counts[stage]}

    async def has(token: str, at: str) -> None:
        seen = SeenMethod(token, "card", "visa", "4242", 12, 2030)
        async with firm.connection.transaction():
            await methods.add(firm.connection, firm.ada, "stripe", seen, utc(at), default=True)

    await has("soft_1", "2026-01-02 08:00")
    assert await ran("2026-01-15 08:00") == {"charge": {"declined": 1}, "alert": {"payment_failed": 1}}
    assert await ran("2026-01-15 09:00") == {}
    await has("hard_1", "2026-01-16 08:00")
    told = {"charge": {"declined": 1}, "alert": {"payment_failed": 1, "invoice_overdue": 1}}
    assert await ran("2026-01-16 09:00") == told
    assert await ran("2026-01-18 09:00") == {"dun": {"reminded": 1}}
    await has("soft_2", "2026-01-20 08:00")
    assert await ran("2026-01-20 09:00") == {"charge": {"declined": 1}, "alert": {"payment_failed": 1}}
    assert await ran("2026-01-29 09:00") == {
        "charge": {"declined": 1},
        "dun": {"paused": 1},
        "alert": {"payment_failed": 1},
    }
    assert [(step, did) for step, did, _ in await firm.steps()] == [
        (0, "charged"),
        (1, "reminded"),
        (3, "charged"),
    ]
    rows = await firm.execute(
        "SELECT * FROM billing_alerts WHERE type = 'payment_failed' ORDER BY created_at"
    )
    assert [
        (row["metadata"]["then"], row["metadata"]["tryDate"], row["metadata"]["paused"]) for row in rows
    ] == [
        ("again", "2026-01-18", False),
        ("method", None, False),
        ("again", "2026-01-22", False),
        ("over", None, True),
    ]
    await has("good_1", "2026-01-30 08:00")
    assert await ran("2026-01-30 09:00") == {"charge": {"charged": 1}, "dun": {"resumed": 1}}
    assert await firm.state() == ("active", None)
    assert (await firm.invoice())["status"] == "paid"
