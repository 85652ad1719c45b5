"""Pure: which payments PayPal takes, and how it writes amounts."""

from decimal import Decimal
from typing import Any, Final

from shared.billing.money import plain, trimmed

_WITHOUT: Final = frozenset(("HUF", "JPY", "TWD"))
"""Taken without decimals, also where the currency has some."""
_WITH = "AUD BRL CAD CHF CNY CZK DKK EUR GBP HKD ILS MXN MYR NOK NZD PHP PLN SEK SGD THB USD"
CURRENCIES: Final = _WITHOUT | frozenset(_WITH.split())
_METHODS: Final = (None, "card", "bank_account")
"""A wallet is kept as a bank account: what it pays from is the person's and PayPal's affair."""


def unfit(amount: Decimal, currency: str, method_type: str | None) -> str | None:
    if currency not in CURRENCIES:
        return f"PayPal takes no {currency}"
    if currency in _WITHOUT and amount != int(amount):
        return f"PayPal takes {currency} without decimals"
    if method_type not in _METHODS:
        return "PayPal takes no debits by SEPA"
    return None


def written(amount: Decimal, currency: str) -> dict[str, str]:
    value = trimmed(amount) if currency in _WITHOUT else plain(amount, currency)
    return {"currency_code": currency, "value": value}


def read(money: Any) -> tuple[Decimal, str]:
    return Decimal(str(money["value"])), str(money["currency_code"])
