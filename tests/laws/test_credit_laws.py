"""Credits: whatever is burnt and comes back, their parts add up to what was granted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shared.billing.credits.credit import Bill, Credit, balance, burns, returns, state
from shared.billing.invoices.invoice import Account

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
cents = st.integers(1, 10_000).map(lambda count: Decimal(count) / 100)
instants = st.integers(-3, 3).map(lambda days: NOW + timedelta(days=days))
users = st.integers(1, 2).map(lambda number: UUID(int=number))
currencies = st.sampled_from(["EUR", "USD"])


@st.composite
def purses(draw: st.DrawFn) -> list[Credit]:
    made = []
    for number in range(draw(st.integers(0, 6))):
        amount = draw(cents)
        made.append(
            Credit(
                UUID(int=number),
                draw(users),
                draw(currencies),
                amount,
                burnt := min(amount, draw(cents)) if draw(st.booleans()) else Decimal(0),
                draw(st.none() | instants),
                draw(instants),
                draw(st.none() | st.just(NOW)),
                min(amount - burnt, draw(cents)) if draw(st.booleans()) else Decimal(0),
            )
        )
    return made


bills = st.lists(st.tuples(users, cents | st.just(Decimal(0)), currencies), max_size=5).map(
    lambda found: [Bill(UUID(int=number), *one) for number, one in enumerate(found)]
)


@given(purses(), instants)
def test_burnt_and_remaining_and_expired_and_voided_and_paid_out_are_what_was_granted(
    purse: list[Credit], at: datetime
) -> None:
    for credit in purse:
        parts = balance(credit, at)
        assert sum(parts) == credit.amount
        assert min(parts) >= 0
        assert (parts.burnt, parts.paid_out) == (credit.burnt, credit.paid_out)


@given(purses(), bills)
def test_no_more_is_burnt_than_there_is_and_than_is_asked_for(purse: list[Credit], asked: list[Bill]) -> None:
    made = burns(purse, asked, NOW)
    by_credit, by_bill = {credit.id: credit for credit in purse}, {bill.id: bill for bill in asked}
    for credit in purse:
        mine = [burn for burn in made if burn.credit_id == credit.id]
        burnt = sum((burn.amount for burn in mine), Decimal(0))
        assert burnt <= (credit.left if state(credit, NOW) == "valid" else 0)
        assert [burn.exhausts for burn in mine] == [False] * (len(mine) - 1) + [burnt == credit.left] * bool(
            mine
        )
    for bill in asked:
        assert sum(burn.amount for burn in made if burn.invoice_id == bill.id) <= bill.total
    for burn in made:
        credit, bill = by_credit[burn.credit_id], by_bill[burn.invoice_id]
        assert (credit.user_id, credit.currency) == (bill.user_id, bill.currency)
        assert burn.amount > 0


@given(purses(), bills)
def test_what_is_still_due_and_what_remains_are_never_both(purse: list[Credit], asked: list[Bill]) -> None:
    made = burns(purse, asked, NOW)
    for bill in asked:
        due = bill.total - sum(burn.amount for burn in made if burn.invoice_id == bill.id)
        for credit in purse:
            if (credit.user_id, credit.currency) == (bill.user_id, bill.currency) and due:
                burnt = sum(burn.amount for burn in made if burn.credit_id == credit.id)
                assert burnt == credit.left or state(credit, NOW) != "valid"


@given(purses(), st.lists(bills, min_size=1, max_size=3))
def test_sending_invoices_one_after_the_other_burns_the_same(
    purse: list[Credit], batches: list[list[Bill]]
) -> None:
    asked = [
        bill._replace(id=UUID(int=number))
        for number, bill in enumerate(b for batch in batches for b in batch)
    ]
    at_once = burns(purse, asked, NOW)
    left, apart = {credit.id: credit for credit in purse}, []
    for bill in asked:
        for burn in burns(left.values(), [bill], NOW):
            apart.append(burn)
            was = left[burn.credit_id]
            left[burn.credit_id] = replace(was, burnt=was.burnt + burn.amount)
    assert [burn[:3] for burn in apart] == [burn[:3] for burn in at_once]


@given(st.lists(cents, max_size=5), st.data())
def test_as_much_comes_back_as_is_wanted_and_no_more_than_was_burnt(
    amounts: list[Decimal], data: st.DataObject
) -> None:
    burnt = [(UUID(int=number), amount) for number, amount in enumerate(amounts)]
    most = sum(amounts, Decimal(0))
    wanted = data.draw(st.integers(0, int(most * 100))) * Decimal("0.01")
    back = returns(burnt, wanted)
    assert sum((part for _, part in back), Decimal(0)) == wanted
    assert all(0 < part <= dict(burnt)[credit_id] for credit_id, part in back)


@given(
    st.lists(st.tuples(st.sampled_from(["burn", "pay", "credit"]), st.integers(0, 100)), max_size=8), cents
)
def test_due_is_never_negative_and_a_credit_note_always_finds_its_place(
    steps: list[tuple[str, int]], total: Decimal
) -> None:
    stands = {"total": total} | dict.fromkeys(
        ("burnt", "given_back", "credited", "granted", "paid"), Decimal(0)
    )
    for kind, percent in steps:
        account = Account(**stands)
        if kind == "credit":
            amount = (account.creditable * percent / 100).quantize(Decimal("0.01"))
            due, repaid, back = account.split(amount)
            assert due + repaid + back == amount
            stands["credited"] += amount
            stands["granted"] += repaid
            stands["given_back"] += back
        else:
            name = "burnt" if kind == "burn" else "paid"
            stands[name] += (account.due * percent / 100).quantize(Decimal("0.01"))
        after = Account(**stands)
        assert after.due >= 0
        assert after.burnt >= after.given_back
        assert after.paid >= after.granted
        assert after.creditable >= 0
