"""How methods are called, how long cards last, and that no number of a card or account is taken for a token."""

from datetime import date

import pytest

from shared.billing.payments.methods import method
from shared.errors import InvalidRequest


def test_a_method_is_called_by_its_brand_and_its_last_four() -> None:
    assert method.called("card", "visa", "4242") == "visa ...4242"
    assert method.called("sepa", None, "3000") == "SEPA debit ...3000"
    assert method.called("bank_account", "paypal", None) == "paypal"


def test_a_card_lasts_all_of_its_month() -> None:
    assert method.ends_on(12, 2028) == date(2029, 1, 1)
    assert method.ends_on(2, 2028) == date(2028, 3, 1)
    assert method.ends_on(None, None) is None
    for today, told in (
        (date(2028, 1, 29), "ahead"),
        (date(2028, 1, 30), "soon"),
        (date(2028, 2, 29), "soon"),
        (date(2028, 3, 1), "past"),
    ):
        assert method.lasts(2, 2028, today) == told
    assert method.lasts(None, None, date(2028, 1, 1)) == "ahead"


@pytest.mark.parametrize(
    "typed", ["pm_1PqRsT2eZvKYlo2C", " 8kk8451t\n", "pm_card_visa", "DE62abcdefghijklmno"]
)
def test_a_token_is_one_word(typed: str) -> None:
    assert method.token(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed",
    ["4242424242424242", "4242 4242 4242 4242", "4242-4242-4242-4242", "378282246310005", "4242424242424241",
     "DE62370400440532013001", "de62 3704 0044 0532 0130 01"],
)  # fmt: skip
def test_a_number_of_a_card_or_an_account_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="Lectern takes none") as refused:
        method.token(typed)
    assert "4242" not in refused.value.line
    assert "method link" in refused.value.line


@pytest.mark.parametrize("typed", ["", "pm 1", "pm_\x1b[31m", "x" * 256, "pm_é"])
def test_what_is_no_token_is_not_repeated_either(typed: str) -> None:
    with pytest.raises(InvalidRequest, match="no token"):
        method.token(typed)
