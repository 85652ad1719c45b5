"""What may be tried again, what waits for another method, and what the person must confirm."""

from typing import Any

import pytest

from shared.billing.payments.providers.stripe.declines import decline, reason

ERRORS: list[tuple[dict[str, Any], str]] = [
    ({"code": "card_declined", "decline_code": "insufficient_funds"}, "soft"),
    ({"code": "card_declined", "decline_code": "do_not_honor"}, "soft"),
    ({"code": "card_declined", "decline_code": "generic_decline"}, "soft"),
    ({"code": "processing_error", "decline_code": "processing_error"}, "soft"),
    ({"code": "card_declined", "decline_code": "a_code_of_tomorrow"}, "soft"),
    ({"code": "expired_card", "decline_code": "expired_card"}, "hard"),
    ({"code": "card_declined", "decline_code": "lost_card"}, "hard"),
    ({"code": "card_declined", "decline_code": "stolen_card"}, "hard"),
    ({"code": "incorrect_number"}, "hard"),
    ({"code": "card_declined", "decline_code": "generic_decline", "advice_code": "do_not_try_again"}, "hard"),
    ({"code": "debit_not_authorized"}, "hard"),
    ({"code": "authentication_required", "decline_code": "authentication_required"}, "authentication"),
    ({"code": "payment_intent_authentication_failure"}, "authentication"),
    ({}, "soft"),
]


@pytest.mark.parametrize(("error", "follows"), ERRORS)
def test_what_follows_of_a_decline(error: dict[str, Any], follows: str) -> None:
    assert decline(error) == follows


def test_a_reason_is_one_line_with_the_code() -> None:
    error = {
        "message": "Your card has\ninsufficient funds.",
        "code": "card_declined",
        "decline_code": "insufficient_funds",
    }
    assert reason(error) == "Your card has insufficient funds (insufficient_funds)"
    assert reason({"code": "card_declined"}) == "The payment was declined (card_declined)"
    assert reason({"message": "\x1b[31mNo\u202e.", "code": None}) == "[31mNo"
