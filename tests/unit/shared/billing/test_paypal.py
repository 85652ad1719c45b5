"""What PayPal's reasons, amounts and lists mean to us."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from shared.billing.payments.port import Ask, Payer, Seen, SeenRefund
from shared.billing.payments.providers.paypal import declines, disputes, fit, methods, orders, report
from tests.paypal_fake.contract import issues

USER, PAYMENT = UUID(int=1), UUID(int=2)
ASK = Ask(
    "key", PAYMENT, "LEC-1", Decimal("20.00"), "EUR", Payer(USER, "ana@example.com"), "8kk8451t", "card"
)
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def euros(value: str) -> dict[str, str]:
    return {"currency_code": "EUR", "value": value}


@pytest.mark.parametrize(
    ("issue", "decline"),
    [
        ("INSTRUMENT_DECLINED", "soft"),
        ("TRANSACTION_LIMIT_EXCEEDED", "soft"),
        ("CARD_EXPIRED", "hard"),
        ("PAYER_ACCOUNT_LOCKED_OR_CLOSED", "hard"),
        ("AGREEMENT_ALREADY_CANCELLED", "hard"),
        ("PAYER_ACTION_REQUIRED", "authentication"),
        ("DUPLICATE_INVOICE_ID", "refused"),
        ("COMPLIANCE_VIOLATION", "refused"),
        ("PAYEE_ACCOUNT_LOCKED_OR_CLOSED", None),
        ("CITY_REQUIRED", None),
    ],
)
def test_a_reason_tells_what_the_next_attempt_may_do(issue: str, decline: str | None) -> None:
    assert declines.of_issues([issue]) == decline


def test_every_reason_that_speaks_of_the_payer_is_a_decline() -> None:
    published = issues("checkout_orders_v2", "422") | issues("checkout_orders_v2", "orders.capture-422")
    of_payer = {
        one for one in published if one.startswith(("PAYER_", "TRANSACTION_", "CARD_EXPIRED", "INSTRUMENT_"))
    }
    of_payer -= {"PAYER_ACTION_REQUIRED"}
    assert {one for one in of_payer if declines.of_issues([one]) is None} == set()


def test_what_declines_is_published_or_documented() -> None:
    published = issues("checkout_orders_v2", "422") | issues("checkout_orders_v2", "orders.capture-422")
    assert set(declines._BY_ISSUE) - published == {"CARD_CLOSED"}


@pytest.mark.parametrize(
    ("response", "advice", "decline"),
    [
        ("5120", None, "soft"),
        ("0500", None, "soft"),
        ("5400", None, "hard"),
        ("9520", None, "hard"),
        ("5120", "03", "hard"),
        ("5120", "02", "soft"),
        ("5650", None, "authentication"),
        (None, None, "soft"),
    ],
)
def test_a_code_of_the_network_tells_what_the_next_attempt_may_do(
    response: str | None, advice: str | None, decline: str
) -> None:
    assert declines.of_card(response, advice) == decline


@pytest.mark.parametrize(
    ("amount", "currency", "method_type", "why"),
    [
        ("20.00", "EUR", "card", None),
        ("0.01", "EUR", None, None),
        ("1980", "JPY", "bank_account", None),
        ("1980.50", "HUF", "card", "PayPal takes HUF without decimals"),
        ("5.500", "KWD", "card", "PayPal takes no KWD"),
        ("20.00", "EUR", "sepa", "PayPal takes no debits by SEPA"),
    ],
)
def test_what_paypal_does_not_take_is_not_asked(
    amount: str, currency: str, method_type: str | None, why: str | None
) -> None:
    assert fit.unfit(Decimal(amount), currency, method_type) == why


@pytest.mark.parametrize(
    ("amount", "currency", "value"),
    [
        ("20", "EUR", "20.00"),
        ("0.5000", "USD", "0.50"),
        ("2000", "JPY", "2000"),
        ("2000.0000", "HUF", "2000"),
        ("2000.00", "TWD", "2000"),
    ],
)
def test_an_amount_is_written_at_the_digits_that_paypal_wants(amount: str, currency: str, value: str) -> None:
    assert fit.written(Decimal(amount), currency) == {"currency_code": currency, "value": value}


@pytest.mark.parametrize("reason", ["BUYER_COMPLAINT", "CHARGEBACK", "REFUNDED"])
def test_a_capture_that_waits_for_a_dispute_was_completed(reason: str) -> None:
    body = {"id": "C1", "status": "PENDING", "status_details": {"reason": reason}, "amount": euros("20.00")}
    assert orders.capture(body).state == "completed"


def test_an_echeck_is_processed_until_it_is_there() -> None:
    body = {"id": "C1", "status": "PENDING", "status_details": {"reason": "ECHECK"}, "amount": euros("20.00")}
    assert (orders.capture(body).state, orders.capture(body).reason) == ("processing", "ECHECK")


def test_an_order_is_what_its_best_capture_is() -> None:
    captures = [
        {"id": "C1", "status": "DECLINED", "amount": euros("20.00")},
        {"id": "C2", "status": "COMPLETED", "amount": euros("20.00")},
    ]
    body = {"id": "O1", "status": "COMPLETED", "purchase_units": [{"payments": {"captures": captures}}]}
    assert (orders.order(body, ASK).id, orders.order(body, ASK).state) == ("C2", "completed")


def test_an_order_of_a_short_answer_is_what_was_asked() -> None:
    link = {"rel": "approve", "href": "https://www.paypal.example/1"}
    seen = orders.order({"id": "O1", "status": "CREATED", "links": [link]}, ASK)
    assert (seen.amount, seen.currency, seen.payment_id) == (Decimal("20.00"), "EUR", PAYMENT)
    assert (seen.state, seen.action_url) == ("pending", "https://www.paypal.example/1")


def dispute(
    stage: str, outcome: str | None = None, value: str = "20.00", refunded: str | None = None
) -> dict:  # type: ignore[type-arg]
    said = {"outcome_code": outcome, **({"amount_refunded": euros(refunded)} if refunded else {})}
    return {
        "dispute_id": "PP-D-1",
        "status": "RESOLVED" if outcome else "OPEN",
        "dispute_life_cycle_stage": stage,
        "dispute_amount": euros(value),
        "reason": "UNAUTHORISED",
        "create_time": "2027-03-01T12:00:00Z",
        **({"dispute_outcome": said} if outcome else {}),
    }


BEFORE, SINCE = datetime(2027, 3, 1, 11, tzinfo=UTC), datetime(2027, 3, 2, tzinfo=UTC)
PAID = Seen("C1", "completed", Decimal("20.00"), "EUR")


@pytest.mark.parametrize(
    ("body", "state", "amount"),
    [
        (dispute("INQUIRY"), "inquiry", "20.00"),
        (dispute("CHARGEBACK"), "open", "20.00"),
        (dispute("PRE_ARBITRATION", value="5.00"), "open", "5.00"),
        (dispute("CHARGEBACK", "RESOLVED_SELLER_FAVOUR"), "won", "20.00"),
        (dispute("CHARGEBACK", "CANCELED_BY_BUYER"), "won", "20.00"),
        (dispute("CHARGEBACK", "RESOLVED_WITH_PAYOUT"), "won", "20.00"),
        (dispute("CHARGEBACK", "RESOLVED_BUYER_FAVOUR"), "lost", "20.00"),
        (dispute("ARBITRATION", "RESOLVED_BUYER_FAVOUR", refunded="7.00"), "lost", "7.00"),
        (dispute("INQUIRY", "ACCEPTED"), "lost", "20.00"),
    ],
)
def test_a_dispute_holds_money_from_a_chargeback_on(body: dict, state: str, amount: str) -> None:  # type: ignore[type-arg]
    [seen] = disputes.with_disputes(PAID, [body]).disputes
    assert (seen.state, seen.amount) == (state, Decimal(amount))


@pytest.mark.parametrize(
    ("refunded", "state", "amount"), [("20.00", "inquiry", "20.00"), ("15.00", "lost", "5.00")]
)
def test_what_a_refund_says_already_is_not_counted_by_a_dispute_again(
    refunded: str, state: str, amount: str
) -> None:
    refund = SeenRefund("R1", Decimal(refunded), "completed", at=BEFORE)
    seen = Seen("C1", "completed", Decimal("20.00"), "EUR", refunds=(refund,))
    [found] = disputes.with_disputes(seen, [dispute("CHARGEBACK", "RESOLVED_BUYER_FAVOUR")]).disputes
    assert (found.state, found.amount) == (state, Decimal(amount))


def test_what_paypal_gave_back_by_a_chargeback_is_the_chargebacks() -> None:
    ours = SeenRefund("R1", Decimal("4.00"), "completed", refund_id=UUID(int=9), at=SINCE)
    forced = SeenRefund("R2", Decimal("16.00"), "completed", at=SINCE)
    seen = Seen("C1", "completed", Decimal("20.00"), "EUR", refunds=(ours, forced))
    lost = dispute("CHARGEBACK", "RESOLVED_BUYER_FAVOUR", refunded="16.00")
    told = disputes.with_disputes(seen, [lost])
    assert told.refunds == (ours,)
    assert [(one.state, one.amount) for one in told.disputes] == [("lost", Decimal("16.00"))]


def test_an_inquiry_that_a_refund_settled_moves_nothing() -> None:
    made = SeenRefund("R2", Decimal("20.00"), "completed", at=SINCE)
    seen = Seen("C1", "completed", Decimal("20.00"), "EUR", refunds=(made,))
    told = disputes.with_disputes(seen, [dispute("INQUIRY", "ACCEPTED")])
    assert told.refunds == (made,)
    assert [one.state for one in told.disputes] == ["inquiry"]


def test_a_wallet_is_shown_without_its_owner() -> None:
    wallet = {"paypal": {"email_address": "ana@example.com", "account_id": "ABCDEFGHJKLMN"}}
    seen = methods.method({"id": "fgh6561t", "payment_source": wallet, "customer": {"id": "c_1"}})
    assert (seen.type, seen.brand, seen.last_four, seen.customer) == ("bank_account", "paypal", None, "c_1")
    assert "example" not in repr(seen)


def test_a_card_is_shown_by_brand_last_four_and_expiry() -> None:
    card = {"card": {"brand": "CB_NATIONALE", "last_digits": "1881", "expiry": "2031-02"}}
    customer = {"id": "c_1", "merchant_customer_id": str(USER)}
    seen = methods.method({"id": "8kk8451t", "payment_source": card, "customer": customer})
    assert (seen.type, seen.brand, seen.last_four) == ("card", "cb nationale", "1881")
    assert (seen.expiry_month, seen.expiry_year, seen.user_id) == (2, 2031, USER)


def test_a_list_is_asked_for_in_windows_of_31_days() -> None:
    since = NOW - timedelta(days=70)
    found = list(report.windows(since, NOW))
    assert [end - start for start, end in found] == [
        timedelta(days=31),
        timedelta(days=31),
        timedelta(days=8),
    ]
    assert (found[0][0], found[-1][1]) == (since, NOW)


def moved(code: str, value: str, **more: object) -> dict:  # type: ignore[type-arg]
    return {
        "transaction_id": "T1",
        "transaction_event_code": code,
        "transaction_initiation_date": "2027-03-01T12:00:00Z",
        "transaction_amount": euros(value),
        "transaction_status": "S",
        **more,
    }


@pytest.mark.parametrize(
    ("code", "value", "kind", "source"),
    [
        ("T0006", "20.00", "payment", "T1"),
        ("T0003", "20.00", "payment", "T1"),
        ("T0000", "-20.00", "adjustment", None),
        ("T1107", "-20.00", "refund", "T1"),
        ("T1106", "-20.00", "dispute", "C1"),
        ("T1201", "-20.00", "dispute", "C1"),
        ("T0106", "-16.00", "fee", None),
        ("T0400", "-80.00", "payout", None),
        ("T0200", "-1.00", "adjustment", None),
        ("T9999", "1.00", "adjustment", None),
    ],
)
def test_a_move_of_the_balance_is_named_by_its_code(
    code: str, value: str, kind: str, source: str | None
) -> None:
    reference = {"paypal_reference_id": "C1"} if code.startswith(("T11", "T12")) else {}
    [line] = report.balance_lines([moved(code, value, **reference)])
    assert (line.kind, line.amount, line.source) == (kind, Decimal(value), source)


def test_a_fee_is_what_paypal_took_of_a_payment() -> None:
    [line] = report.balance_lines([moved("T0006", "20.00", fee_amount=euros("-0.85"))])
    assert (line.fee, line.net) == (Decimal("0.85"), Decimal("19.15"))


def test_what_waits_or_was_denied_moves_no_balance() -> None:
    waiting = [moved("T0006", "20.00", transaction_status=status) for status in ("P", "D")]
    assert report.balance_lines(waiting) == []


def test_a_payment_that_is_listed_twice_is_one_payment() -> None:
    waits = moved("T0006", "20.00", transaction_status="P", custom_field=str(PAYMENT))
    there = moved("T0006", "20.00", custom_field=str(PAYMENT))
    back = moved("T1107", "-5.00", transaction_id="R1", paypal_reference_id="T1")
    [listed] = report.listed([waits, there, back, back])
    assert (listed.state, listed.refunded, listed.payment_id) == ("completed", Decimal("5.00"), PAYMENT)
