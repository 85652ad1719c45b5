"""PayPal is asked as its contract has it, and whatever gets lost on the way, nobody pays twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.billing.payments.port import Ask, Charger, Event, Payer, RefundAsk, Seen, SeenMethod
from shared.billing.payments.providers.paypal.connection import Connection
from shared.billing.payments.providers.paypal.paypal import Paypal
from shared.errors import ProviderError, ProviderRefused, ProviderStopped, ProviderUnclear
from tests.paypal_fake.__main__ import CLIENT, SECRET
from tests.paypal_fake.process import PaypalFake, paypal_fake

pytestmark = pytest.mark.anyio

USER = UUID(int=7)
PAYER = Payer(USER, "ana@example.com", "Ana")
HOUR = timedelta(hours=1)
RETURN = "https://docs.example.com/paid"


@pytest.fixture(scope="module")
def process() -> Iterator[PaypalFake]:
    with paypal_fake() as fake:
        yield fake


@pytest.fixture
def fake(process: PaypalFake) -> PaypalFake:
    process.order("restart")
    return process


@pytest.fixture
async def paypal(fake: PaypalFake) -> AsyncIterator[Paypal]:
    made = Paypal(Connection(fake.url, CLIENT, SECRET, patience=5.0))
    yield made
    await made.close()
    assert fake.state["faults"] == []


def as_charger(paypal: Paypal) -> Charger:
    """It is one: the types say so."""
    return paypal


def asked(
    method: str | None, amount: str = "20.00", currency: str = "EUR", kind: str = "bank_account"
) -> Ask:
    payment_id = uuid4()
    return Ask(
        key=f"payment/{payment_id}",
        payment_id=payment_id,
        number=f"LEC-{payment_id.hex[:6]}",
        amount=Decimal(amount),
        currency=currency,
        payer=PAYER,
        method=method,
        method_type=kind if method else None,
        asked_at=datetime.now(UTC),
    )


def refund_of(seen: Seen, amount: str = "5.00", currency: str = "EUR") -> RefundAsk:
    made = uuid4()
    return RefundAsk(f"refund/{made}", made, str(seen.id), Decimal(amount), currency)


async def unclear(work: Any) -> str:
    with pytest.raises(ProviderUnclear) as caught:
        await work
    return caught.value.line


async def events(paypal: Paypal, fake: PaypalFake) -> list[Event]:
    return [
        Event(
            one["id"],
            one["event_type"],
            one["resource"].get("id") or one["resource"].get("dispute_id"),
            datetime.fromisoformat(one["create_time"]),
        )
        for one in fake.state["events"]
    ]


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [("20.00", "EUR", "20.00"), ("2000", "JPY", "2000"), ("2000.00", "HUF", "2000"), ("0.10", "USD", "0.10")],
)
async def test_a_wallet_is_charged_as_it_is_asked(
    fake: PaypalFake, paypal: Paypal, amount: str, currency: str, value: str
) -> None:
    ask = asked(fake.wallet(USER), amount, currency)
    seen = await paypal.charge(ask)
    assert (seen.state, seen.amount, seen.currency) == ("completed", Decimal(amount), currency)
    assert seen.payment_id == ask.payment_id
    [capture] = fake.state["captures"]
    assert (seen.id, capture["invoice_id"], capture["amount"]["value"]) == (capture["id"], ask.number, value)


async def test_a_card_is_charged_without_its_person(fake: PaypalFake, paypal: Paypal) -> None:
    seen = await paypal.charge(asked(fake.card(USER), kind="card"))
    assert seen.state == "completed"


@pytest.mark.parametrize(
    ("outcome", "kind", "decline", "reason"),
    [
        ("INSTRUMENT_DECLINED", "wallet", "soft", "declined by the bank or the card"),
        ("TRANSACTION_REFUSED", "wallet", "soft", "transaction refused"),
        ("PAYER_ACCOUNT_RESTRICTED", "wallet", "hard", "payer account restricted"),
        ("AGREEMENT_ALREADY_CANCELLED", "wallet", "hard", "agreement already cancelled"),
        ("COMPLIANCE_VIOLATION", "wallet", "refused", "compliance violation"),
        ("CARD_EXPIRED", "card", "hard", "card expired"),
        ("5120", "card", "soft", "not enough money (5120)"),
        ("5400", "card", "hard", "the card is expired (5400)"),
        ("5120/03", "card", "hard", "not enough money (5120)"),
        ("5650", "card", "authentication", "the bank wants the person to confirm it (5650)"),
        ("PPER", "card", "soft", "declined (PPER)"),
    ],
)
async def test_a_decline_is_no_error_and_takes_nothing(
    fake: PaypalFake, paypal: Paypal, outcome: str, kind: str, decline: str, reason: str
) -> None:
    method = fake.card(USER, outcome) if kind == "card" else fake.wallet(USER, outcome)
    seen = await paypal.charge(asked(method, kind="card" if kind == "card" else "bank_account"))
    assert (seen.state, seen.decline) == ("failed", decline)
    assert seen.reason == reason
    assert fake.taken() == []


async def test_a_new_attempt_after_a_decline_is_paid(fake: PaypalFake, paypal: Paypal) -> None:
    method = fake.wallet(USER, "INSTRUMENT_DECLINED")
    first = asked(method)
    assert (await paypal.charge(first)).state == "failed"
    assert (await paypal.charge(first)).state == "failed", "one key, one answer"
    again = asked(method)
    assert (await paypal.charge(replace(again, number=first.number))).state == "completed"
    assert fake.taken() == ["20.00"]


async def test_a_person_who_has_to_confirm_is_sent_a_page(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.card(USER, "ACTION"), kind="card")
    seen = await paypal.charge(ask)
    assert (seen.state, seen.id) == ("pending", None)
    assert seen.action_url == f"https://www.paypal.example/checkout/{seen.link_id}"
    fake.approve(seen.link_id)
    found = await paypal.find(ask, None, seen.link_id)
    assert found is not None
    assert found.state == "completed"


async def test_a_lost_request_is_repeated_and_a_lost_reply_is_paid_once(
    fake: PaypalFake, paypal: Paypal
) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(next=["lost_request", "lost_reply"])
    assert await unclear(paypal.charge(ask)) == (
        "no answer from PayPal: ServerDisconnectedError: try again later: nothing is done twice"
    )
    await unclear(paypal.charge(ask))
    assert (await paypal.charge(ask)).state == "completed"
    assert (await paypal.charge(ask)).state == "completed"
    assert fake.taken() == ["20.00"]


@pytest.mark.parametrize("fault", ["500", "502", "503", "409", "html", "odd"])
async def test_an_answer_that_says_nothing_is_repeated(fake: PaypalFake, paypal: Paypal, fault: str) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(next=[fault])
    await unclear(paypal.charge(ask))
    assert (await paypal.charge(ask)).state == "completed"
    assert fake.taken() == ["20.00"]


async def test_silence_is_unclear(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.wallet(USER))
    await paypal.charge(asked(fake.wallet(USER)))
    fake.set(next=["silence"])
    paypal.connection.patience = 0.2
    await paypal.close()
    assert "TimeoutError" in await unclear(paypal.charge(ask))
    assert (await paypal.charge(ask)).state == "completed"


async def test_one_key_with_other_parameters_is_looked_up(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.wallet(USER))
    await paypal.charge(ask)
    other = replace(ask, amount=Decimal("30.00"))
    assert "another request by this key" in await unclear(paypal.charge(other))
    found = await paypal.find(other, None, None)
    assert found is not None
    assert (found.state, found.amount) == ("completed", Decimal("20.00"))
    assert fake.taken() == ["20.00"]


async def test_an_invoice_that_paypal_has_is_not_paid_again(fake: PaypalFake, paypal: Paypal) -> None:
    method = fake.wallet(USER)
    ask = asked(method)
    await paypal.charge(ask)
    other = replace(asked(method), number=ask.number)
    assert "does not tell yet" in await unclear(paypal.charge(other)), "it may be this very attempt"
    fake.set(ahead=9)
    paypal.clock = lambda: datetime.now(UTC) + 9 * HOUR
    seen = await paypal.charge(other)
    assert (seen.state, seen.decline) == ("failed", "refused")
    assert seen.reason == "PayPal has a payment of this invoice already"
    assert fake.taken() == ["20.00"]


async def test_an_attempt_that_is_repeated_after_its_key_is_the_one_that_paid(
    fake: PaypalFake, paypal: Paypal
) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(next=["lost_reply"])
    await unclear(paypal.charge(ask))
    fake.set(ahead=7)
    paypal.clock = lambda: datetime.now(UTC) + 7 * HOUR
    assert (await paypal.charge(ask)).state == "completed"
    assert fake.taken() == ["20.00"]


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"next": ["429"]}, "PayPal is asked too often: a later run goes on"),
        ({"next": ["302"]}, "PayPal answers 302, and no redirect is followed: correct LECTERN_PAYPAL_URL"),
        (
            {"allowed": False},
            "PayPal does not let these keys do this: NOT_AUTHORIZED: "
            "allow the app at PayPal: Vault, Customer Disputes, Transaction Search",
        ),
        (
            {"keys_work": False},
            "PayPal does not take these keys: invalid_client: "
            "correct LECTERN_PAYPAL_API_KEY and LECTERN_PAYPAL_URL",
        ),
    ],
)
async def test_what_stops_everything_says_what_to_do(
    fake: PaypalFake, paypal: Paypal, given: dict[str, Any], line: str
) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(**given)
    with pytest.raises(ProviderStopped) as caught:
        await paypal.charge(ask)
    assert caught.value.line == line
    assert fake.taken() == []


async def test_an_address_where_nobody_is_stops_everything() -> None:
    paypal = Paypal(Connection("http://127.0.0.1:1", CLIENT, SECRET))
    with pytest.raises(ProviderStopped, match="PayPal is not reached"):
        await paypal.charge(asked("8kk8451t"))
    await paypal.close()


async def test_an_access_token_is_kept_while_it_lasts(fake: PaypalFake, paypal: Paypal) -> None:
    for _ in range(3):
        await paypal.charge(asked(fake.wallet(USER)))
    assert fake.state["access_tokens"] == 1
    fake.set(withdraw=True)
    await paypal.charge(asked(fake.wallet(USER)))
    assert fake.state["access_tokens"] == 2, "a token that was withdrawn is asked for anew"


async def test_an_access_token_that_ends_soon_is_not_relied_on(fake: PaypalFake, paypal: Paypal) -> None:
    fake.set(lasts=0)
    for _ in range(2):
        await paypal.charge(asked(fake.wallet(USER)))
    assert fake.state["access_tokens"] == 2


async def test_no_key_and_no_token_is_shown(paypal: Paypal, fake: PaypalFake) -> None:
    await paypal.charge(asked(fake.wallet(USER)))
    shown = repr(paypal)
    assert SECRET not in shown
    assert "A21AA" not in shown


async def test_a_page_is_paid_once_it_is_found_approved(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(None)
    seen = await paypal.pay_link(ask, RETURN)
    assert (seen.state, seen.id, seen.payment_id) == ("pending", None, ask.payment_id)
    assert seen.action_url == f"https://www.paypal.example/checkout/{seen.link_id}"
    assert await paypal.pay_link(ask, RETURN) == seen, "one key, one page"
    waits = await paypal.find(ask, None, seen.link_id)
    assert waits is not None
    assert waits.state == "pending"
    assert fake.taken() == []
    fake.approve(seen.link_id)
    [event] = await events(paypal, fake)
    told = await paypal.fetch(event)
    assert isinstance(told, Seen)
    assert (told.state, told.action_url, told.link_id) == ("pending", None, seen.link_id)
    assert fake.taken() == [], "an event moves no money"
    fake.set(next=["", "lost_reply"])
    await unclear(paypal.find(ask, None, seen.link_id))
    for _ in range(2):
        paid = await paypal.find(ask, None, seen.link_id)
        assert paid is not None
        assert paid.state == "completed"
    assert fake.taken() == ["20.00"]


async def test_a_page_that_is_cancelled_takes_nothing_however_it_is_approved(
    fake: PaypalFake, paypal: Paypal
) -> None:
    ask = asked(None)
    seen = await paypal.pay_link(ask, RETURN)
    ended = await paypal.cancel(ask, None, seen.link_id)
    assert (ended.state, ended.decline) == ("failed", "cancelled")
    fake.approve(seen.link_id)
    for event in await events(paypal, fake):
        await paypal.fetch(event)
    assert fake.taken() == []


async def test_it_is_too_late_to_cancel_a_page_that_was_approved(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(None)
    seen = await paypal.pay_link(ask, RETURN)
    fake.approve(seen.link_id)
    assert (await paypal.cancel(ask, None, seen.link_id)).state == "completed"
    assert fake.taken() == ["20.00"]


async def test_a_page_whose_funding_fails_is_a_decline(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(None)
    seen = await paypal.pay_link(ask, RETURN)
    fake.approve(seen.link_id)
    fake.order("decline", named=seen.link_id, outcomes=["INSTRUMENT_DECLINED"])
    found = await paypal.find(ask, None, seen.link_id)
    assert found is not None
    assert (found.state, found.decline) == ("failed", "soft")


async def test_an_attempt_whose_key_is_forgotten_is_found_by_our_id(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(next=["lost_reply"])
    await unclear(paypal.charge(ask))
    fake.set(ahead=6)
    paypal.clock = lambda: datetime.now(UTC) + 6 * HOUR
    found = await paypal.find(ask, None, None)
    assert found is not None
    assert (found.state, found.payment_id) == ("completed", ask.payment_id)
    assert found.id == fake.state["captures"][0]["id"]


async def test_an_attempt_that_never_arrived_is_known_once_the_list_is_complete(
    fake: PaypalFake, paypal: Paypal
) -> None:
    ask = asked(fake.wallet(USER))
    fake.set(next=["lost_request"])
    await unclear(paypal.charge(ask))
    fake.set(ahead=6, behind=3)
    paypal.clock = lambda: datetime.now(UTC) + 6 * HOUR
    assert "does not tell yet" in await unclear(paypal.find(ask, None, None))
    fake.set(ahead=9, behind=3)
    paypal.clock = lambda: datetime.now(UTC) + 9 * HOUR
    assert await paypal.find(ask, None, None) is None


async def test_a_page_that_nobody_was_told_of_is_no_page(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(None)
    fake.set(next=["lost_reply"])
    await unclear(paypal.pay_link(ask, RETURN))
    assert await paypal.find(ask, None, None) is None
    assert (await paypal.cancel(ask, None, None)).decline == "cancelled"


async def test_a_page_that_paypal_forgot_has_ended(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(None)
    seen = await paypal.pay_link(ask, RETURN)
    fake.order("forget", named=seen.link_id)
    fake.set(ahead=9)
    paypal.clock = lambda: datetime.now(UTC) + 9 * HOUR
    found = await paypal.find(ask, None, seen.link_id)
    assert found is not None
    assert (found.state, found.decline) == ("failed", "cancelled")


async def test_a_payment_that_another_accounts_keys_do_not_see_did_not_fail(
    fake: PaypalFake, paypal: Paypal
) -> None:
    ask = asked(fake.wallet(USER, "PENDING"))
    seen = await paypal.charge(ask)
    for named in (seen.id, seen.link_id):
        fake.order("forget", named=named)
    assert await unclear(paypal.find(ask, seen.id, seen.link_id)) == (
        f"PayPal does not know the transaction {seen.id} any more: "
        "see whether LECTERN_PAYPAL_API_KEY is of the same account"
    )


async def test_answers_that_nobody_documents_are_unclear(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.wallet(USER))
    seen = await paypal.charge(ask)
    asks: list[Callable[[], Awaitable[Any]]] = [
        lambda: paypal.find(ask, None, seen.link_id),
        lambda: paypal.find(ask, seen.id, None),
        lambda: paypal.refund(refund_of(seen)),
        lambda: paypal.find_refund(refund_of(seen), None),
        lambda: paypal.method(str(ask.method), PAYER),
        lambda: paypal.method_link(PAYER, str(uuid4()), RETURN),
        lambda: paypal.fetch(Event("WH-1", "PAYMENT.CAPTURE.COMPLETED", seen.id, None)),
    ]
    for one in asks:
        fake.set(next=["odd"])
        assert (await unclear(one())).startswith("PayPal's answer is not as it documents it")
    fake.set(next=["", "", "odd"])
    await unclear(paypal.fetch(Event("WH-1", "PAYMENT.CAPTURE.COMPLETED", seen.id, None)))


async def test_an_echeck_is_processed_and_comes_to_its_end_late(fake: PaypalFake, paypal: Paypal) -> None:
    for status, state in (("COMPLETED", "completed"), ("DECLINED", "failed")):
        ask = asked(fake.wallet(USER, "PENDING"))
        seen = await paypal.charge(ask)
        assert (seen.state, seen.reason) == ("processing", "ECHECK")
        assert (await paypal.cancel(ask, seen.id, seen.link_id)).state == "processing"
        fake.order("settle", kind="capture", named=seen.id, status=status)
        found = await paypal.find(ask, seen.id, seen.link_id)
        assert found is not None
        assert found.state == state


async def test_a_refund_is_made_once(fake: PaypalFake, paypal: Paypal) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    ask = refund_of(seen)
    fake.set(next=["lost_reply"])
    await unclear(paypal.refund(ask))
    made = await paypal.refund(ask)
    assert (made.state, made.amount, made.refund_id) == ("completed", Decimal("5.00"), ask.refund_id)
    assert await paypal.find_refund(ask, None) == made
    assert await paypal.find_refund(ask, made.id) == made
    assert await paypal.find_refund(refund_of(seen), None) is None
    assert len(fake.state["refunds"]) == 1


@pytest.mark.parametrize(
    ("amount", "currency", "issue"),
    [("20.01", "EUR", "REFUND_AMOUNT_EXCEEDED"), ("5.00", "USD", "REFUND_CAPTURE_CURRENCY_MISMATCH")],
)
async def test_more_than_was_paid_is_not_refunded(
    fake: PaypalFake, paypal: Paypal, amount: str, currency: str, issue: str
) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    with pytest.raises(ProviderRefused, match=issue):
        await paypal.refund(refund_of(seen, amount, currency))
    assert fake.state["refunds"] == []


async def test_a_refund_by_echeck_fails_late(fake: PaypalFake, paypal: Paypal) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    fake.order("decline", named=seen.id, outcomes=["PENDING"])
    ask = refund_of(seen)
    made = await paypal.refund(ask)
    assert made.state == "pending"
    fake.order("settle", kind="refund", named=made.id, status="FAILED")
    found = await paypal.find_refund(ask, made.id)
    assert found is not None
    assert found.state == "failed"


async def test_events_in_any_order_give_one_end(fake: PaypalFake, paypal: Paypal) -> None:
    ask = asked(fake.wallet(USER))
    seen = await paypal.charge(ask)
    await paypal.refund(refund_of(seen))
    dispute = fake.dispute(seen.id, value="8.00")
    told = [event for event in await events(paypal, fake) if not event.type.startswith("VAULT")]
    assert {event.type for event in told} == {
        "PAYMENT.CAPTURE.COMPLETED",
        "PAYMENT.CAPTURE.REFUNDED",
        "CUSTOMER.DISPUTE.CREATED",
    }
    ends = set()
    for order in permutations(told):
        for event in (*order, order[0]):
            last = await paypal.fetch(event)
        ends.add(last)
    [end] = ends
    assert isinstance(end, Seen)
    assert (end.state, end.id, end.payment_id) == ("completed", seen.id, ask.payment_id)
    assert [(one.amount, one.state) for one in end.refunds] == [(Decimal("5.00"), "completed")]
    assert [(one.id, one.amount, one.state) for one in end.disputes] == [(dispute, Decimal("8.00"), "open")]


@pytest.mark.parametrize(
    ("outcome", "as_refund", "state"),
    [
        ("RESOLVED_SELLER_FAVOUR", False, "won"),
        ("RESOLVED_BUYER_FAVOUR", False, "lost"),
        ("RESOLVED_BUYER_FAVOUR", True, "lost"),
    ],
)
async def test_a_dispute_is_an_inquiry_then_open_then_won_or_lost(
    fake: PaypalFake, paypal: Paypal, outcome: str, as_refund: bool, state: str
) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    dispute = fake.dispute(seen.id, "INQUIRY")

    async def state_of() -> tuple[str, Decimal]:
        found = await paypal.fetch(Event("WH-1", "CUSTOMER.DISPUTE.UPDATED", dispute, None))
        assert isinstance(found, Seen)
        [one] = found.disputes
        return one.state, sum((refund.amount for refund in found.refunds), Decimal(0))

    assert await state_of() == ("inquiry", Decimal(0))
    await paypal.refund(refund_of(seen, "1.00"))
    fake.move(dispute, stage="CHARGEBACK")
    assert await state_of() == ("open", Decimal("1.00"))
    with pytest.raises(ProviderRefused, match="TRANSACTION_DISPUTED"):
        await paypal.refund(refund_of(seen, "1.00"))
    fake.move(dispute, outcome=outcome, as_refund=as_refund)
    assert await state_of() == (state, Decimal("1.00"))


async def test_a_reversal_may_name_its_refund_or_its_capture(fake: PaypalFake, paypal: Paypal) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    made = await paypal.refund(refund_of(seen))
    for named in (made.id, seen.id):
        found = await paypal.fetch(Event("WH-1", "PAYMENT.CAPTURE.REVERSED", named, None))
        assert isinstance(found, Seen)
        assert (found.id, found.refunds) == (seen.id, (made,))


@pytest.mark.parametrize(
    "event",
    [
        Event("WH-1", "PAYMENT.CAPTURE.COMPLETED", "NOBODYS1", None),
        Event("WH-1", "PAYMENT.CAPTURE.REFUNDED", "NOBODYS1", None),
        Event("WH-1", "CHECKOUT.ORDER.APPROVED", "NOBODYS1", None),
        Event("WH-1", "CHECKOUT.PAYMENT-APPROVAL.REVERSED", "NOBODYS1", None),
        Event("WH-1", "CUSTOMER.DISPUTE.CREATED", "PP-R-1", None),
        Event("WH-1", "VAULT.PAYMENT-TOKEN.CREATED", "nobodys1", None),
        Event("WH-1", "VAULT.PAYMENT-TOKEN.DELETED", "8kk8451t", None),
        Event("WH-1", "BILLING.PLAN.CREATED", "P-1", None),
        Event("WH-1", "PAYMENT.CAPTURE.COMPLETED", None, None),
    ],
)
async def test_an_event_of_nothing_of_ours_is_nothing(fake: PaypalFake, paypal: Paypal, event: Event) -> None:
    assert await paypal.fetch(event) is None


async def test_a_method_is_added_on_paypals_page(fake: PaypalFake, paypal: Paypal) -> None:
    key = str(uuid4())
    fake.set(next=["lost_reply"])
    await unclear(paypal.method_link(PAYER, key, RETURN))
    link = await paypal.method_link(PAYER, key, RETURN)
    assert link.url == f"https://www.paypal.example/agreements/{link.id}"
    assert await paypal.linked(link.id) is None
    fake.order("approve_setup", setup=link.id)
    fake.set(next=["", "lost_reply"])
    await unclear(paypal.linked(link.id))
    added = await paypal.linked(link.id)
    assert isinstance(added, SeenMethod)
    assert (added.type, added.brand, added.user_id) == ("bank_account", "paypal", USER)
    assert await paypal.linked(link.id) == added
    assert fake.state["tokens"] == [added.token]
    [event] = await events(paypal, fake)
    assert await paypal.fetch(event) == added
    assert (await paypal.charge(asked(added.token))).state == "completed"


async def test_a_link_that_paypal_forgot_brings_no_method(paypal: Paypal) -> None:
    assert await paypal.linked("5C991763VB2781612") is None


async def test_a_method_is_taken_away_and_is_charged_no_more(fake: PaypalFake, paypal: Paypal) -> None:
    token = fake.card(USER)
    seen = await paypal.method(token, PAYER)
    assert (seen.brand, seen.last_four, seen.expiry_year) == ("visa", "1881", 2031)
    await paypal.detach(token)
    await paypal.detach(token)
    declined = await paypal.charge(asked(token, kind="card"))
    assert (declined.state, declined.decline) == ("failed", "hard")
    with pytest.raises(ProviderRefused, match="knows no such method"):
        await paypal.method(token, PAYER)


async def test_the_method_of_another_user_is_refused(fake: PaypalFake, paypal: Paypal) -> None:
    with pytest.raises(ProviderRefused, match="another user's"):
        await paypal.method(fake.wallet(UUID(int=8)), PAYER)


async def test_paypals_own_list_has_payments_with_what_went_back(fake: PaypalFake, paypal: Paypal) -> None:
    since = datetime.now(UTC) - HOUR
    asks = [asked(fake.wallet(USER), value) for value in ("20.00", "30.00", "40.00")]
    first, second, _ = [await paypal.charge(ask) for ask in asks]
    await paypal.charge(asked(fake.wallet(USER, "PENDING"), "50.00"))
    await paypal.charge(asked(fake.wallet(USER, "INSTRUMENT_DECLINED"), "60.00"))
    await paypal.refund(refund_of(first))
    fake.dispute(second.id)
    paypal.clock = lambda: datetime.now(UTC) + HOUR
    found = [one async for one in paypal.listed(since)]
    assert [(one.amount, one.refunded, one.state) for one in found] == [
        (Decimal("20.00"), Decimal("5.00"), "completed"),
        (Decimal("30.00"), Decimal("30.00"), "completed"),
        (Decimal("40.00"), Decimal(0), "completed"),
        (Decimal("50.00"), Decimal(0), "processing"),
    ]
    assert [one.payment_id for one in found[:3]] == [ask.payment_id for ask in asks]


async def test_a_list_that_is_too_long_for_one_answer_is_asked_for_in_parts(
    fake: PaypalFake, paypal: Paypal
) -> None:
    since = datetime.now(UTC) - timedelta(days=2000)
    ids = []
    for hours in range(8):
        fake.set(ahead=hours)
        ids.append((await paypal.charge(asked(fake.wallet(USER)))).id)
    fake.set(most=2, ahead=9)
    paypal.clock = lambda: datetime.now(UTC) + 9 * HOUR
    assert [one.id async for one in paypal.listed(since)] == ids


async def test_the_balance_has_fees_refunds_disputes_and_payouts(fake: PaypalFake, paypal: Paypal) -> None:
    seen = await paypal.charge(asked(fake.wallet(USER)))
    made = await paypal.refund(refund_of(seen))
    dispute = fake.dispute(seen.id, value="10.00")
    fake.move(dispute, outcome="RESOLVED_SELLER_FAVOUR")
    fake.order("pay_out", value="12.00", currency="EUR")
    paypal.clock = lambda: datetime.now(UTC) + HOUR
    lines = [line async for line in paypal.balance(datetime.now(UTC))]
    assert [(line.kind, line.amount, line.fee, line.source) for line in lines] == [
        ("payment", Decimal("20.00"), Decimal("0.85"), seen.id),
        ("refund", Decimal("-5.00"), Decimal(0), made.id),
        ("dispute", Decimal("-10.00"), Decimal(0), seen.id),
        ("dispute", Decimal("10.00"), Decimal(0), seen.id),
        ("payout", Decimal("-12.00"), Decimal(0), None),
    ]
    assert len({line.id for line in lines}) == len(lines)


async def test_an_error_is_one_line_that_says_what_to_do(fake: PaypalFake, paypal: Paypal) -> None:
    with pytest.raises(ProviderError) as caught:
        await paypal.refund(RefundAsk("refund/1", uuid4(), "NOBODYS1", Decimal("1.00"), "EUR"))
    assert caught.value.line.startswith("PayPal refuses this: INVALID_RESOURCE_ID: The specified resource")
    assert caught.value.hint == "its support knows it as 90957fca61718"
