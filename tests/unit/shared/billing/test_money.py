"""Amounts have their currency's digits, and a half goes away from zero."""

from decimal import Decimal

import pytest

from shared.billing import money
from shared.errors import InvalidRequest


@pytest.mark.parametrize(
    ("amount", "code", "wanted"),
    [
        ("0.005", "EUR", "0.01"),
        ("-0.005", "EUR", "-0.01"),
        ("2.344", "EUR", "2.34"),
        ("1980.5", "JPY", "1981"),
        ("3.0155", "KWD", "3.016"),
        ("123456789012345678901234.565", "EUR", "123456789012345678901234.57"),
    ],
)
def test_an_amount_is_rounded_half_up_to_the_digits_of_its_currency(
    amount: str, code: str, wanted: str
) -> None:
    assert money.plain(money.rounded(Decimal(amount), code), code) == wanted


def test_shares_of_yen_and_dinars() -> None:
    assert money.share(Decimal(1980), 17, 31, "JPY") == 1086
    assert money.share(Decimal("5.5"), 17, 31, "KWD") == Decimal("3.016")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no amount"),
        ("twenty", "no amount"),
        ("9999999999999", "no amount that anybody pays"),
        *(
            (text, "no amount")
            for text in ("NaN", "Infinity", "1e3", "1_000", "1 000", " 5 ", "5\n", "5.", "5,00")
        ),
        *(
            (text, "no amount")
            for text in ("\uff11\uff12", "\u0661\u0662", "\u22125", "0x10", "+-5", "0" * 41)
        ),
        ("0", "above zero"),
        ("-3", "above zero"),
        ("1.001", "EUR has two decimals"),
    ],
)
def test_an_amount_that_cannot_be_is_refused_in_one_line(text: str, said: str) -> None:
    with pytest.raises(InvalidRequest, match=said):
        money.read(text, "EUR")


@pytest.mark.parametrize("text", ["5", "+5", ".5", "0.50", "005.00"])
def test_an_amount_is_read_as_people_type_it(text: str) -> None:
    assert money.read(text, "EUR") == Decimal(text)


def test_a_signed_amount_may_be_below_zero() -> None:
    assert money.read("-3", "EUR", signed=True) == -3


def test_a_currency_is_one_of_the_table() -> None:
    assert money.currency(" eur ") == "EUR"
    with pytest.raises(InvalidRequest, match="no currency"):
        money.currency("XYZ")
