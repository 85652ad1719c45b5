"""Matching: parts add up to the transfer, none but the last gets more than is due, and noise changes no number."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.billing.payments.port import Transfer
from shared.billing.payments.transfers.matching import Bill, decide, named, split, suggested
from shared.billing.payments.transfers.statements.reading import read
from shared.errors import InvalidRequest

NOW = datetime(2026, 11, 30, tzinfo=UTC)
SERIES = "LECT"
cents = st.integers(1, 100_000).map(lambda count: Decimal(count) / 100)
serials = st.integers(1, 999_999)
noise = st.text(st.characters(blacklist_categories=["Cs", "L", "N", "M"]), max_size=12)
"""Signs that are no part of words and numbers."""


@st.composite
def bills(draw: st.DrawFn) -> list[Bill]:
    found = draw(st.lists(serials, min_size=1, max_size=6, unique=True))
    made = []
    for serial in found:
        status = draw(st.sampled_from(["sent", "overdue", "paid", "cancelled"]))
        due = draw(cents) if status in ("sent", "overdue") else Decimal(0)
        due_at = NOW + timedelta(days=draw(st.integers(-9, 9)))
        user = UUID(int=draw(st.integers(1, 2)))
        made.append(Bill(UUID(int=serial), user, f"LECT-2026-{serial:06}", status, "EUR", due, due_at))
    return made


@given(cents, bills())
def test_parts_add_up_and_only_the_last_may_get_more_than_is_due(amount: Decimal, some: list[Bill]) -> None:
    parts = split(amount, some)
    assert sum(part.amount for part in parts) == amount
    assert len({part.bill.id for part in parts}) == len(parts)
    assert all(part.amount > 0 for part in parts)
    for part in parts[:-1]:
        assert part.amount == part.bill.due
    due = sum((bill.due for bill in some), Decimal(0))
    over = sum((max(part.amount - part.bill.due, Decimal(0)) for part in parts), Decimal(0))
    assert over == max(amount - due, Decimal(0))


@given(bills(), noise, noise, st.sampled_from(["-", "", " ", "/", "_"]), st.booleans())
def test_numbers_are_read_through_any_noise_that_is_no_word(
    some: list[Bill], before: str, between: str, mark: str, lower: bool
) -> None:
    numbers = [bill.number for bill in some]
    words = [number.replace("-", mark) for number in numbers]
    text = f"{before} {f' {between} '.join(words)} {between}"
    assert named(text.lower() if lower else text, SERIES).sure == tuple(numbers)


@given(st.text(max_size=300), cents, bills(), st.none() | st.text(max_size=20))
def test_any_text_is_decided_wholly_or_with_a_reason(
    text: str, amount: Decimal, some: list[Bill], payer: str | None
) -> None:
    decision = decide(amount, "EUR", payer, named(text, SERIES), {bill.number: bill for bill in some})
    assert bool(decision.parts) != bool(decision.reason)
    if decision.parts:
        assert sum(part.amount for part in decision.parts) == amount
    assert all(bill.due == amount for bill in suggested(amount, "EUR", payer, some))


@given(
    st.binary(max_size=400) | st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
def test_any_file_is_a_statement_or_refused_in_one_line(body: bytes) -> None:
    for head in (b"", b"Date,Amount,Currency\n", b"Buchungstag;Betrag EUR\n", b"<Document>"):
        found, why = tried(head + body)
        assert "\n" not in why
        assert all(one.amount > 0 for one in found)


def tried(body: bytes) -> tuple[tuple[Transfer, ...], str]:
    try:
        return read(body).transfers, ""
    except InvalidRequest as error:
        return (), error.line
