"""Amounts are counted as Stripe counts them, and what it does not take is known before it is asked."""

from decimal import Decimal

import pytest

from shared.billing.money import DIGITS
from shared.billing.payments.providers.stripe.amounts import amount, unfit, units

COUNTED = [
    ("20.00", "EUR", 2000),
    ("0.50", "EUR", 50),
    ("1980", "JPY", 1980),
    ("5.500", "KWD", 5500),
    ("700", "ISK", 70000),
    ("12000", "UGX", 1_200_000),
    ("30.00", "MGA", 30),
    ("9999.99", "IDR", 999_999),
]


@pytest.mark.parametrize(("said", "currency", "counted"), COUNTED)
def test_an_amount_is_counted_and_told_back(said: str, currency: str, counted: int) -> None:
    assert units(Decimal(said), currency) == counted
    assert str(amount(counted, currency)) == said


def test_what_stripe_keeps_below_the_currency_s_own_decimals_stays() -> None:
    assert amount(12345, "ISK") == Decimal("123.45")
    assert amount(7, "XXX") == Decimal("0.07")


UNFIT = [
    ("0.49", "EUR", None, "Stripe takes 0.50 EUR or more"),
    ("49", "JPY", "card", "Stripe takes 50 JPY or more"),
    ("1.99", "AED", "card", "Stripe takes 2 AED or more"),
    ("20.00", "KPW", "card", "Stripe takes no KPW"),
    ("5.125", "KWD", "card", "Stripe takes KWD in steps of 0.01"),
    ("30.50", "MGA", "card", "Stripe takes MGA in steps of 1"),
    ("20.00", "USD", "sepa", "such a method is debited in EUR, not in USD"),
    ("20.00", "EUR", "bank_account", "such a method is debited in USD, not in EUR"),
    ("1000000.00", "EUR", "card", "Stripe takes less than 1,000,000 EUR"),
    ("100000000", "JPY", "card", "Stripe takes less than 100,000,000 JPY"),
]


@pytest.mark.parametrize(("said", "currency", "method", "why"), UNFIT)
def test_what_stripe_does_not_take_is_told(said: str, currency: str, method: str | None, why: str) -> None:
    assert unfit(Decimal(said), currency, method) == why


@pytest.mark.parametrize(
    ("said", "currency", "method"),
    [
        ("0.50", "EUR", "sepa"),
        ("999999.99", "EUR", "card"),
        ("9999999999.99", "IDR", "card"),
        ("5.120", "KWD", None),
        ("20.00", "USD", "bank_account"),
        ("100", "ISK", "card"),
    ],
)
def test_what_stripe_takes_is_asked(said: str, currency: str, method: str | None) -> None:
    assert unfit(Decimal(said), currency, method) is None


def test_every_currency_of_ours_is_taken_whole_or_not_at_all() -> None:
    for currency in DIGITS:
        whole = Decimal(1000)
        if unfit(whole, currency, None) is None:
            assert amount(units(whole, currency), currency) == whole
