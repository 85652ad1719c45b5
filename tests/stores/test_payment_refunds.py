"""Refunds on a real database: of what they are made, asked for once, and what becomes of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.billing.credits import credits
from shared.billing.invoices import credit_notes
from shared.billing.payments import payments
from shared.billing.payments.payments import Connection
from shared.billing.payments.port import Seen, SeenDispute, SeenRefund
from shared.billing.payments.reversals import disputes, refunding, refunds, refunds_by_hand
from shared.billing.payments.till import LEASE, Till
from shared.errors import InvalidRequest, ProviderStopped, ProviderUnclear
from shared.stores.postgres import Database, Row
from tests.billing import NOW, add_invoice, add_user, lock, read
from tests.paying_charger import Paying

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


class Paid:
    """Ada paid an invoice of 120.00."""

    def __init__(self, connection: Connection, charger: Paying) -> None:
        self.connection, self.charger = connection, charger
        self.now = NOW

    async def opens(self, provider: str = "stripe", amount: int = 120) -> "Paid":
        async with self.connection.transaction():
            self.user = await add_user(self.connection)
            self.bill = await add_invoice(self.connection, self.user, [("100", "S", "20")])
            given = (self.bill["id"], Decimal(amount), "EUR", provider, "pi_1", NOW)
            made = await payments.paid(self.connection, *given)
            assert made is not None
            self.payment: UUID = made["id"]
        return self

    @property
    def till(self) -> Till:
        chargers = {self.charger.name: self.charger}
        return Till(self.connection, chargers, chargers, lambda: self.now)

    async def orders(self, amount: str | None = None) -> Row:
        async with self.till.transaction(self.user) as connection:
            much = Decimal(amount) if amount else None
            return await refunds.order(connection, self.payment, much, "Agreed", self.now)

    async def asks(self, row: Row) -> Row:
        return await refunding.ask(self.till, self.charger, row, self.now)

    async def day(self) -> dict[str, int]:
        self.now += DAY
        till = self.till
        await refunding.resume(till, self.now)
        return {name: count for name, count in till.counts.items() if count}

    async def hears(self, refund: str, amount: int, state: Any, **more: Any) -> Row | None:
        async with self.till.transaction(self.user) as connection:
            seen = SeenRefund(refund, Decimal(amount), state, **more)
            return await refunds.record(connection, {"id": self.payment}, seen, self.now)

    async def hears_of_dispute(self, amount: int, state: Any, **more: Any) -> Row | None:
        async with self.till.transaction(self.user) as connection:
            seen = SeenDispute("dp_1", Decimal(amount), state, **more)
            return await disputes.record(connection, {"id": self.payment}, seen, self.now)

    async def credits(self, amount: str) -> None:
        async with self.till.transaction(self.user) as connection:
            note = credit_notes.issue(connection, self.bill["id"], "less", self.now, gross=Decimal(amount))
            await note

    async def buys(self, net: str) -> Row:
        """Another invoice, which burns what lies in store."""
        async with self.till.transaction(self.user) as connection:
            return await add_invoice(connection, self.user, [(net, "O", "0")])

    async def stands(self) -> tuple[str, int, str, int]:
        """Of the payment: status and what went back; of the invoice: status and what is due."""
        payment = await payments.one(self.connection, self.payment)
        bill = await read(self.connection, self.bill["id"])
        return payment["status"], payment["refunded_amount"], bill["status"], bill["due"]

    async def stored(self) -> list[tuple[str, int, int, int]]:
        """Of each refund credit: state, what remains, is burnt and paid out."""
        found = await credits.listed(self.connection, self.user, self.now)
        return [(row["state"], row["remaining"], row["burnt"], row["paid_out"]) for row in found]

    async def noted(self) -> list[int]:
        return [row["total"] for row in await credit_notes.listed(self.connection, self.user)]


@pytest.fixture
async def paid(database: Database) -> AsyncIterator[Paid]:
    async with database.connection() as connection:
        yield await Paid(connection, Paying()).opens()


async def test_a_refund_that_nothing_stands_for_is_credited_by_a_note_once_it_is_completed(
    paid: Paid,
) -> None:
    paid.charger.refunds_are = "pending"
    row = await paid.asks(await paid.orders("30"))
    assert (row["status"], row["provider_refund_id"], row["leased_until"]) == ("pending", "re_1", None)
    assert await paid.stands() == ("completed", 0, "paid", 0)
    assert await paid.noted() == []
    assert await paid.day() == {}
    paid.charger.refund_becomes("completed")
    assert await paid.day() == {"refunded": 1}
    assert await paid.stands() == ("completed", 30, "paid", 0)
    assert await paid.noted() == [30]
    assert await paid.stored() == []
    assert await paid.day() == {}
    [told] = await refunds.listed(paid.connection, payment_id=paid.payment)
    assert (told["noted"], told["paid_out"], told["completed_at"]) == (30, 0, NOW + 2 * DAY)


async def test_all_that_can_go_back_goes_back(paid: Paid) -> None:
    await paid.asks(await paid.orders())
    assert await paid.stands() == ("refunded", 120, "paid", 0)
    with pytest.raises(InvalidRequest, match="went back already"):
        await paid.orders()


async def test_refund_credit_goes_first_without_a_new_note(paid: Paid) -> None:
    await paid.credits("50")
    row = await paid.orders("30")
    [stored] = await credits.listed(paid.connection, paid.user, paid.now)
    with pytest.raises(InvalidRequest, match=r"a refund under way takes 30\.00 EUR of the credit"):
        await credits.void(paid.connection, stored["id"], paid.now)
    assert await paid.stored() == [("valid", 20, 0, 30)]
    assert (await paid.buys("40"))["burnt"] == 20
    assert await paid.stored() == [("paid_out", 0, 20, 30)]
    await paid.asks(row)
    assert await paid.noted() == [50]
    assert await paid.stands() == ("completed", 30, "paid", 0)


async def test_what_credit_does_not_cover_is_noted_and_what_was_burnt_cannot_go_back(paid: Paid) -> None:
    await paid.credits("50")
    await paid.buys("10")
    with pytest.raises(InvalidRequest) as refused:
        await paid.orders("120")
    assert "refund 110.00 EUR at most" in refused.value.line
    await paid.asks(await paid.orders())
    assert await paid.noted() == [70, 50]
    assert await paid.stands() == ("completed", 110, "paid", 0)


async def test_what_is_too_much_is_paid_out_as_credit(database: Database) -> None:
    async with database.connection() as connection:
        over = await Paid(connection, Paying()).opens(amount=150)
        assert await over.stored() == [("valid", 30, 0, 0)]
        await over.asks(await over.orders("30"))
        assert await over.noted() == []
        assert await over.stored() == [("paid_out", 0, 0, 30)]
        assert await over.stands() == ("completed", 30, "paid", 0)


async def test_two_refunds_at_once_give_back_no_more_than_was_paid(paid: Paid, database: Database) -> None:
    async def one() -> Decimal:
        async with database.transaction() as connection:
            await lock(connection, paid.user)
            row = await refunds.order(connection, paid.payment, Decimal(80), "Agreed", NOW)
            await asyncio.sleep(0)
            return Decimal(row["amount"])

    made = await asyncio.gather(one(), one(), return_exceptions=True)
    refused = [error for error in made if isinstance(error, InvalidRequest)]
    assert [one for one in made if one not in refused] == [80]
    assert [error.line for error in refused] == [
        f"80.00 EUR are more than can be refunded of the payment {paid.payment}: 80.00 EUR are under way:"
        " refund 40.00 EUR at most"
    ]


async def test_a_note_leaves_to_a_refund_under_way_what_it_will_take(paid: Paid) -> None:
    row = await paid.orders("100")
    with pytest.raises(InvalidRequest) as refused:
        await paid.credits("21")
    assert refused.value.hint == "credit 20.00 EUR at most"
    await paid.credits("20")
    with pytest.raises(InvalidRequest, match="a refund under way takes what is left"):
        await paid.credits("1")
    await paid.asks(row)
    assert await paid.noted() == [100, 20]
    assert await paid.stands() == ("completed", 100, "paid", 0)


@pytest.mark.parametrize("lost", ["request", "reply"])
async def test_a_refund_that_is_lost_on_its_way_is_asked_for_by_the_same_key(paid: Paid, lost: str) -> None:
    setattr(paid.charger, "lost_requests" if lost == "request" else "lost", 1)
    row = await paid.orders("30")
    with pytest.raises(ProviderUnclear):
        await paid.asks(row)
    [waits] = await refunds.listed(paid.connection, status="pending")
    assert (waits["failure_reason"], waits["leased_until"]) == (
        f"its {lost} was lost",
        None,
    )
    assert await paid.day() == {"refunded": 1}
    assert len(paid.charger.backs) == 1
    assert await paid.stands() == ("completed", 30, "paid", 0)
    [done] = await refunds.listed(paid.connection)
    assert done["failure_reason"] is None


@pytest.mark.parametrize("is_there", [True, False])
async def test_once_the_key_is_forgotten_it_is_looked_up_before_it_is_asked_for_anew(
    paid: Paid, *, is_there: bool
) -> None:
    setattr(paid.charger, "lost" if is_there else "lost_requests", 1)
    row = await paid.orders("30")
    with pytest.raises(ProviderUnclear):
        await paid.asks(row)
    paid.now += 2 * DAY
    await paid.day()
    asked = [
        "refund 30.0000 of pi_1",
        "find refund None",
        *(["refund 30.0000 of pi_1"] if not is_there else []),
    ]
    assert paid.charger.asked == asked
    assert len(paid.charger.backs) == 1
    assert await paid.stands() == ("completed", 30, "paid", 0)


async def test_nobody_else_asks_while_a_refund_is_asked_for(paid: Paid) -> None:
    row = await paid.orders("30")
    async with paid.till.transaction(paid.user) as connection:
        await connection.execute("UPDATE refunds SET leased_until = %(at)s", {"at": NOW + LEASE})
    assert (await paid.asks(row))["status"] == "pending"
    assert paid.charger.asked == []
    assert await paid.day() == {"refunded": 1}


async def test_a_provider_that_stops_is_asked_by_the_next_run(paid: Paid) -> None:
    paid.charger.away = ProviderStopped("its key stopped working", "set another")
    row = await paid.orders("30")
    with pytest.raises(ProviderStopped):
        await paid.asks(row)
    paid.charger.away = None
    assert await paid.day() == {"refunded": 1}


async def test_what_the_provider_refuses_fails_and_frees_what_was_reserved(paid: Paid) -> None:
    await paid.credits("50")
    await paid.hears("re_9", 100, "completed")
    assert await paid.stored() == [("paid_out", 0, 0, 50)]
    await paid.hears("re_9", 100, "failed", reason="account closed")
    paid.charger.backs["other"] = "pi_1", SeenRefund("re_8", Decimal(100), "completed")
    paid.charger.money["other"] = _money("pi_1")
    row = await paid.orders("60")
    assert (await paid.asks(row))["failure_reason"] == "it is more than is left of the charge: refund less"
    assert [one[0] for one in await paid.stored()] == ["valid", "valid"]
    assert await paid.stands() == ("completed", 0, "paid", 0)


async def test_what_a_refund_that_fails_frees_is_burnt_though_the_rest_of_its_credit_was_before(
    paid: Paid,
) -> None:
    await paid.credits("50")
    row = await paid.orders("30")
    assert (await paid.buys("40"))["burnt"] == 20
    paid.charger.refunds_are = "failed"
    assert (await paid.asks(row))["status"] == "failed"
    assert (await paid.buys("40"))["burnt"] == 30


async def test_a_refund_that_fails_after_all_leaves_its_note_and_a_credit_of_it(paid: Paid) -> None:
    await paid.credits("20")
    row = await paid.asks(await paid.orders("50"))
    assert await paid.noted() == [30, 20]
    assert await paid.stands() == ("completed", 50, "paid", 0)
    for _ in range(2):
        await paid.hears("re_1", 50, "failed", refund_id=row["id"], reason="account closed")
        assert await paid.stands() == ("completed", 0, "paid", 0)
        assert sorted(await paid.stored()) == [("valid", 20, 0, 0), ("valid", 30, 0, 0)]
    paid.charger.refund_becomes("failed")
    await paid.hears("re_1", 50, "completed", refund_id=row["id"])
    assert (await refunds.one(paid.connection, row["id"]))["failure_reason"] == "account closed"
    await paid.asks(await paid.orders())
    assert await paid.noted() == [70, 30, 20]
    assert await paid.stands() == ("refunded", 120, "paid", 0)


async def test_what_others_refunded_at_the_provider_is_recorded_once(paid: Paid) -> None:
    for _ in range(2):
        row = await paid.hears("re_7", 30, "pending")
        assert row is not None
        assert (row["status"], row["reason"]) == ("pending", "Refunded at Stripe")
    for _ in range(2):
        await paid.hears("re_7", 30, "completed")
    assert await paid.hears("re_6", 30, "failed") is None
    assert await paid.noted() == [30]
    assert await paid.stands() == ("completed", 30, "paid", 0)


async def test_what_others_gave_back_twice_stays_paid_and_is_due(paid: Paid) -> None:
    await paid.credits("120")
    await paid.buys("120")
    await paid.hears("re_7", 40, "completed")
    assert await paid.stands() == ("completed", 40, "paid", 40)
    [row] = await refunds.listed(paid.connection)
    assert (row["paid_out"], row["noted"]) == (0, 0)


async def test_nothing_is_refunded_while_a_dispute_is_open(paid: Paid) -> None:
    early = await paid.orders("10")
    await paid.hears_of_dispute(120, "inquiry")
    late = await paid.orders("10")
    await paid.hears_of_dispute(50, "open")
    for row in (early, late):
        assert (await paid.asks(row))["failure_reason"] == "a dispute was opened"
    assert paid.charger.asked == []
    with pytest.raises(InvalidRequest, match="a dispute of the payment"):
        await paid.orders("10")
    await paid.hears_of_dispute(50, "won")
    await paid.asks(await paid.orders("10"))
    assert await paid.stands() == ("completed", 10, "paid", 0)


async def test_a_refund_that_was_asked_for_before_a_dispute_is_looked_up(paid: Paid) -> None:
    paid.charger.lost = 1
    made = await paid.orders("10")
    with pytest.raises(ProviderUnclear):
        await paid.asks(made)
    await paid.hears_of_dispute(50, "open")
    assert await paid.day() == {"refunded": 1}
    assert paid.charger.asked[-1] == "find refund None"


@pytest.mark.parametrize("provider", ["wise", "manual"])
async def test_what_is_paid_by_hand_waits_until_it_is_recorded(database: Database, provider: str) -> None:
    async with database.connection() as connection:
        paid = await Paid(connection, Paying()).opens(provider)
        waits = await paid.orders("30")
        assert (waits["status"], waits["idempotency_key"]) == ("pending", None)
        assert await paid.day() == {}
        given: dict[str, Any] = {"default_reason": "Refunded", "reference": "R1"}
        async with paid.till.transaction(paid.user):
            done = await refunds_by_hand.paid(connection, paid.payment, None, NOW, paid.now, **given)
        assert (done["id"], done["status"], done["reference"], done["reason"]) == (
            waits["id"],
            "completed",
            "R1",
            "Agreed",
        )
        assert await paid.noted() == [30]
        async with paid.till.transaction(paid.user):
            with pytest.raises(InvalidRequest, match="recorded already"):
                await refunds_by_hand.paid(connection, paid.payment, None, NOW, paid.now, **given)
            with pytest.raises(InvalidRequest, match="came on 2026-03-01"):
                await refunds_by_hand.paid(connection, paid.payment, None, NOW - DAY, NOW, default_reason="-")
            anew = await refunds_by_hand.paid(
                connection, paid.payment, Decimal(20), NOW, NOW, default_reason="Refunded"
            )
        assert (anew["amount"], anew["reason"]) == (20, "Refunded")
        await paid.orders("5")
        await paid.orders("6")
        async with paid.till.transaction(paid.user):
            with pytest.raises(InvalidRequest, match=r"refunds of 5\.00 and 6\.00 EUR wait to be paid"):
                await refunds_by_hand.paid(connection, paid.payment, None, NOW, NOW, default_reason="-")
        assert await paid.stands() == ("completed", 50, "paid", 0)


async def test_a_provider_that_refunds_by_itself_is_not_recorded_by_hand(paid: Paid) -> None:
    async with paid.till.transaction(paid.user) as connection:
        with pytest.raises(InvalidRequest, match=r"Stripe refunds the payment .* itself"):
            await refunds_by_hand.paid(connection, paid.payment, None, NOW, NOW, default_reason="-")


def _money(transaction: str) -> Any:
    return Seen(transaction, "completed", Decimal(120), "EUR")
