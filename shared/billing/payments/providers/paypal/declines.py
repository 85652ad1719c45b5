"""Pure: what PayPal's reasons against a payment mean for the next attempt."""

from collections.abc import Iterable
from typing import Final

from shared.billing.payments.payment import Decline

_ISSUES: Final[dict[Decline, str]] = {
    "soft": """
        INSTRUMENT_DECLINED MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED PAYMENT_SOURCE_DECLINED_BY_PROCESSOR
        TRANSACTION_LIMIT_EXCEEDED TRANSACTION_RECEIVING_LIMIT_EXCEEDED TRANSACTION_REFUSED ALIAS_DECLINED_BY_PROCESSOR
        DECLINED_DUE_TO_RELATED_TXN
        """,
    "hard": """
        AGREEMENT_ALREADY_CANCELLED BILLING_AGREEMENT_NOT_FOUND BILLING_AGREEMENT_ID_MISMATCH CARD_BRAND_NOT_SUPPORTED
        CARD_CLOSED CARD_EXPIRED IDENTIFIER_NOT_FOUND INVALID_EXPIRY_DATE INVALID_PAYER_ID
        MISMATCHED_VAULT_ID_TO_PAYMENT_SOURCE PAYER_ACCOUNT_LOCKED_OR_CLOSED PAYER_ACCOUNT_RESTRICTED PAYER_CANNOT_PAY
        PAYMENT_SOURCE_CANNOT_BE_USED PAYMENT_SOURCE_INFO_CANNOT_BE_VERIFIED REFERENCED_CARD_EXPIRED TOKEN_EXPIRED
        TOKEN_ID_NOT_FOUND
        """,
    "authentication": "PAYER_ACTION_REQUIRED REDIRECT_PAYER_FOR_ALTERNATE_FUNDING",
    "refused": """
        CANNOT_BE_ZERO_OR_NEGATIVE COMPLIANCE_VIOLATION DECIMAL_PRECISION DOMESTIC_TRANSACTION_REQUIRED
        DUPLICATE_INVOICE_ID INVALID_CURRENCY_CODE MAX_VALUE_EXCEEDED PAYEE_BLOCKED_TRANSACTION
        TRANSACTION_BLOCKED_BY_PAYEE
        """,
}
_BY_ISSUE: Final = {issue: decline for decline, issues in _ISSUES.items() for issue in issues.split()}

# What the network of a card answered. What is in neither list is no word on the card.
_CODES = """
    0390 0580 1330 1335 1380 1393 5130 5140 5150 5160 5180 5400 5900 5910 5920 5930 6300 7600 7700 7710 9500 9510 9520
    9530 PPC2 PPCE PPLS PPNC PPRR PPSD PPUC PPUR
    """
_FINAL: Final = frozenset(_CODES.split())
_CONFIRM: Final = frozenset(("5650", "PPVC"))
"""Strong authentication is wanted."""
_STOP: Final = frozenset(("01", "03", "21"))
"""Advice of the network: the account is another now, do not try again, the person ended it."""

_PLAIN: Final = {
    "DUPLICATE_INVOICE_ID": "PayPal has a payment of this invoice already",
    "INSTRUMENT_DECLINED": "declined by the bank or the card",
    "PAYER_ACTION_REQUIRED": "the payer has to confirm it at PayPal",
    "REDIRECT_PAYER_FOR_ALTERNATE_FUNDING": "the payer has to choose another source at PayPal",
}
_WORDS: Final = {
    "0500": "the bank does not honour it",
    "5100": "declined",
    "5120": "not enough money",
    "5180": "the card is invalid or restricted",
    "5400": "the card is expired",
    "1330": "the account is invalid",
    "5650": "the bank wants the person to confirm it",
    "9500": "fraud is suspected",
    "9520": "the card was lost or stolen",
}


def of_issues(issues: Iterable[str]) -> Decline | None:
    """None where the request is at fault, and no payment was declined."""
    return next((found for issue in issues if (found := _BY_ISSUE.get(issue))), None)


def of_card(response: str | None, advice: str | None) -> Decline:
    """By the codes of the network."""
    if response in _CONFIRM:
        return "authentication"
    return "hard" if response in _FINAL or advice in _STOP else "soft"


def reason(issues: Iterable[str]) -> str:
    """In PayPal's own words, of the issue that decides."""
    named = next((issue for issue in issues if issue in _BY_ISSUE), "declined")
    return _PLAIN.get(named) or named.lower().replace("_", " ")


def words(response: str | None) -> str:
    return f"{_WORDS.get(response or '', 'declined')} ({response})" if response else "declined"
