"""Which invoices a transfer pays: by the numbers in its text, in the order in which they are due."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest

from shared.billing import numbers
from shared.billing.payments.transfers.matching import Bill, Decision, decide, named, split, suggested

NOW = datetime(2026, 11, 30, tzinfo=UTC)
ADA, BOB = UUID(int=1), UUID(int=2)
SERIES = numbers.INVOICES


def bill(serial: int, due: str = "24.00", **more: object) -> Bill:
    number = f"{SERIES}-2026-{serial:06}"
    given = {
        "id": uuid5(ADA, number),
        "user_id": ADA,
        "number": number,
        "status": "sent",
        "currency": "EUR",
        "due": Decimal(due),
        "due_at": NOW + timedelta(days=serial),
        "customer": "Ada Lovelace SARL",
    }
    return Bill(**(given | more))  # type: ignore[arg-type]


def decided(
    text: str, amount: str, *bills: Bill, payer: str | None = None, currency: str = "EUR"
) -> Decision:
    return decide(Decimal(amount), currency, payer, named(text, SERIES), {one.number: one for one in bills})


def parts(decision: Decision) -> list[tuple[str, str]]:
    assert decision.reason is None
    return [(part.bill.number[-1], f"{part.amount:.2f}") for part in decision.parts]


@pytest.mark.parametrize(
    "text",
    [
        "LECT-2026-000001",
        "lect-2026-000001",
        "LECT2026000001",
        "LECT 2026 000001",
        "Lect_2026/000001",
        "LECT–2026—000001",
        "LECT-2026 - 000001",
        "ＬＥＣＴ-２０２６-０００００１",
        "Rechnung Nr. LECT-2026-000001 vom 1.11.2026, danke!",
        "EREF+NOTPROVIDED SVWZ+LECT-2026-000001 ABWA+ADA",
        "RF18LECT2026000001",
        "PaymentLECT-2026-000001",
        "*~|LECT-2026-000001|~*",
        "LECT-2026-000001 LECT-2026-000001",
        "LECT-2026-000001 2026-11-30 24.00",
        "LECT-CN-2026-000007 LECT-2026-000001",
        "x" * 3900 + " LECT-2026-000001",
    ],
)
def test_a_number_is_read_as_people_and_banks_write_it(text: str) -> None:
    found = named(text, SERIES)
    assert (found.sure, found.likely) == (("LECT-2026-000001",), ())


@pytest.mark.parametrize(
    ("text", "likely"),
    [
        ("LECT-2026-0000 01", ["LECT-2026-000001"]),
        ("LE CT-2026-000001", ["LECT-2026-000001"]),
        ("LECT-2O26-OOOOI2", ["LECT-2026-000012"]),
        ("invoice 2026-000001", ["LECT-2026-000001"]),
        ("2026000001", ["LECT-2026-000001"]),
        ("collect 2026 000123", ["LECT-2026-000123"]),
        ("LECT 2026 00001 5", ["LECT-2026-000015"]),
    ],
)
def test_a_number_that_had_to_be_guessed_is_only_likely(text: str, likely: list[str]) -> None:
    found = named(text, SERIES)
    assert (found.sure, found.likely) == ((), tuple(likely))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "thanks",
        "LECT",
        "LECT-2026",
        "LECT-CN-2026-000001",
        "lect cn 2026 000001",
        "LECTCN2026000001",
        "LECT-2026-00001",
        "LECT-2026-0000012",
        "DE02120300000000202051",
        "x" * 4000 + " LECT-2026-000001",
    ],
)
def test_what_is_no_number_of_an_invoice_is_none(text: str) -> None:
    found = named(text, SERIES)
    assert (found.sure, found.likely) == ((), ())


def test_several_numbers_are_read_in_their_order_and_a_list_says_the_year_once() -> None:
    found = named("LECT-2026-000003, LECT-2026-000001; lect2026000003", SERIES)
    assert found.sure == ("LECT-2026-000003", "LECT-2026-000001")
    found = named("LECT-2026-000001, 000002 und 000003 / 000004", SERIES)
    assert found.sure == ("LECT-2026-000001",)
    assert found.likely == ("LECT-2026-000002", "LECT-2026-000003", "LECT-2026-000004")
    assert named("LECT-2026-1234567", SERIES).sure == ("LECT-2026-1234567",)


def test_what_is_due_longest_is_paid_first_and_the_last_gets_what_is_left() -> None:
    bills = bill(3), bill(1), bill(2)
    text = "LECT-2026-000003 LECT-2026-000001 LECT-2026-000002"
    assert parts(decided(text, "72.00", *bills)) == [("1", "24.00"), ("2", "24.00"), ("3", "24.00")]
    assert parts(decided(text, "30.00", *bills)) == [("1", "24.00"), ("2", "6.00")]
    assert parts(decided(text, "80.00", *bills)) == [("1", "24.00"), ("2", "24.00"), ("3", "32.00")]


def test_underpaid_and_overpaid_it_is_still_that_invoices() -> None:
    assert parts(decided("LECT-2026-000001", "10.00", bill(1))) == [("1", "10.00")]
    assert parts(decided("LECT-2026-000001", "30.00", bill(1))) == [("1", "30.00")]


@pytest.mark.parametrize("status", ["paid", "cancelled"])
def test_where_nothing_is_due_all_of_it_is_too_much(status: str) -> None:
    done = bill(2, "0", status=status)
    assert parts(decided("LECT-2026-000002", "24.00", done)) == [("2", "24.00")]
    assert parts(decided("LECT-2026-000002 LECT-2026-000001", "30.00", done, bill(1))) == [("1", "30.00")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("thanks", "it names no invoice"),
        ("LECT-CN-2026-000001", "it names no invoice"),
        ("DRAFT-0b7a9c1e-5d0f-4c55-9e52-6f6f0a3a7c11", "it names a draft, which nobody is asked to pay"),
        ("LECT-2026-999999", "there is no invoice LECT-2026-999999"),
        ("LECT-2026-000001 LECT-2026-999999", "there is no invoice LECT-2026-999999"),
        ("LECT-2026-000005", "it is in EUR, and LECT-2026-000005 in USD"),
        ("LECT-2026-0000 01", "it may mean LECT-2026-000001: 24.00 EUR due"),
        ("2026-000002", "it may mean LECT-2026-000002"),
        ("2026-777777", "it names no invoice"),
    ],
)
def test_what_cannot_be_matched_says_why(text: str, why: str) -> None:
    bills = bill(1), bill(2, "0", status="paid"), bill(5, currency="USD")
    assert decided(text, "24.00", *bills) == Decision(reason=why)


def test_a_guess_pays_only_to_the_cent_and_from_its_customer() -> None:
    assert parts(decided("LECT-2026-0000 01", "24.00", bill(1), payer="LOVELACE ADA")) == [("1", "24.00")]
    for amount, payer in (("24.00", "Bob"), ("24.00", None), ("23.99", "Ada Lovelace"), ("24.00", "GmbH")):
        assert decided("LECT-2026-0000 01", amount, bill(1), payer=payer).parts == ()


def test_a_list_is_paid_whole_where_it_is_one_customers_and_to_the_cent() -> None:
    text = "LECT-2026-000001, 000002"
    assert parts(decided(text, "48.00", bill(1), bill(2))) == [("1", "24.00"), ("2", "24.00")]
    assert parts(decided(text, "24.00", bill(1), bill(2))) == [("1", "24.00")]
    assert decided(text, "30.00", bill(1), bill(2)).reason == (
        "it may mean LECT-2026-000001, LECT-2026-000002: 48.00 EUR due"
    )
    assert decided(text, "48.00", bill(1), bill(2, user_id=BOB, customer="Bob")).parts == ()
    assert parts(decided(text, "30.00", bill(1))) == [("1", "30.00")]


def test_a_suggestion_is_an_open_invoice_of_just_this_amount_and_the_payers_own_before_others() -> None:
    bills = [
        bill(1),
        bill(2, customer="Bób Müller", user_id=BOB),
        bill(3, "25.00"),
        bill(4, currency="USD"),
        bill(5, status="paid", due="0"),
    ]

    def found(amount: str, payer: str | None) -> list[str]:
        return [one.number[-1] for one in suggested(Decimal(amount), "EUR", payer, bills)]

    assert found("24.00", "MUELLER BOB") == ["1", "2"]
    assert found("24.00", "MULLER BOB") == ["2"]
    assert found("24.00", None) == ["1", "2"]
    assert found("25.00", "Nobody") == ["3"]
    assert found("99.00", "Ada Lovelace") == []


def test_a_split_by_hand_takes_what_is_named() -> None:
    assert [part.amount for part in split(Decimal(5), [bill(1), bill(2)])] == [Decimal(5)]
