"""Pure: what follows of Stripe's decline codes.

https://docs.stripe.com/declines/codes and https://docs.stripe.com/error-codes
"""

from collections.abc import Mapping
from typing import Any, Final

from shared.billing.delivery.outcome import told
from shared.billing.payments.payment import Decline


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AUTHENTICATION: Final = _codes(
    """
    authentication_required authentication_not_handled mobile_device_authentication_required
    payment_intent_authentication_failure setup_intent_authentication_failure
    """
)
_HARD: Final = _codes(
    """
    card_not_supported currency_not_supported do_not_try_again expired_card fraudulent incorrect_address incorrect_cvc
    incorrect_number incorrect_zip invalid_account invalid_cvc invalid_expiry_month invalid_expiry_year invalid_number
    live_mode_test_card lost_card merchant_blacklist new_account_information_available not_permitted pickup_card
    restricted_card revocation_of_all_authorizations revocation_of_authorization security_violation
    service_not_allowed stolen_card stop_payment_order testmode_decline transaction_not_allowed

    account_closed account_number_invalid bank_account_restricted bank_account_unusable bank_ownership_changed
    debit_not_authorized invalid_account_number invalid_bank_account_iban invalid_mandate no_account
    payment_method_bank_account_blocked payment_method_customer_decline payment_method_unactivated
    recipient_deceased sepa_unsupported_account
    """
)
"""Another method is needed: of cards, then of bank accounts. Every other code may be tried again."""
_NEVER: Final = "do_not_try_again"
"""What the issuer advises."""


def decline(error: Mapping[str, Any]) -> Decline:
    """Of a payment error of Stripe."""
    codes = {error.get("decline_code"), error.get("code")}
    if codes & _AUTHENTICATION:
        return "authentication"
    advice = error.get("advice_code")
    if codes & _HARD or advice == _NEVER:
        return "hard"
    return "soft"


def reason(error: Mapping[str, Any]) -> str:
    """In one line, with the code by which it can be looked up."""
    code = error.get("decline_code") or error.get("code")
    message = told(str(error.get("message") or "The payment was declined.")).rstrip(".")
    return f"{message} ({told(str(code))})" if code else message
