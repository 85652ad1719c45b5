"""Pure: amounts as Stripe counts them, and which of them it takes.

https://docs.stripe.com/currencies
"""

from decimal import Decimal
from typing import Final

from shared.billing.money import DIGITS


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WHOLE: Final = _codes("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF")
"""Counted in whole units."""
_WHOLE_OF_TWO: Final = _codes("ISK UGX")
"""Whole amounts, written with two decimals."""
_THOUSANDTHS: Final = _codes("BHD JOD KWD OMR TND")
"""Counted in thousandths, of which the last is zero."""
_HUNDREDTHS: Final = _codes("""
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CNY COP CRC
    CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD KES KGS KHR
    KYD KZT LAK LBP LKR LRD LSL MAD MDL MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN
    PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS TOP TRY TTD TWD TZS UAH
    USD UYU UZS WST XCD XCG YER ZAR ZMW
    """)
_LEAST: Final = {
    code: Decimal(least)
    for least, codes in {
        "0.30": "GBP",
        "0.50": "USD AUD BRL CAD CHF EUR INR NZD SGD",
        "2": "AED MYR PLN RON",
        "2.50": "DKK",
        "3": "NOK SEK",
        "4": "HKD",
        "10": "MXN THB",
        "15": "CZK",
        "50": "JPY",
        "175": "HUF",
    }.items()
    for code in codes.split()
}
"""Of a charge, by its currency; where it is converted, Stripe may want more."""
_MOST_DIGITS: Final = {"IDR": 12}
"""Of a charge in Stripe's units; eight of any other currency."""
_ONLY: Final = {"sepa": "EUR", "bank_account": "USD"}
"""What a method is debited in."""


def units(amount: Decimal, currency: str) -> int:
    """As Stripe wants it. Only of amounts that fit."""
    return int(amount.scaleb(_digits(currency)))


def amount(units: int, currency: str) -> Decimal:
    """What Stripe told, with the currency's own decimals where that is exact."""
    exact = Decimal(units).scaleb(-_digits(currency))
    wanted = Decimal(1).scaleb(-DIGITS.get(currency, 2))
    return exact.quantize(wanted) if exact == exact.quantize(wanted) else exact


def unfit(amount: Decimal, currency: str, method_type: str | None) -> str | None:
    """Why Stripe does not take such a payment; None where it may."""
    if currency not in _HUNDREDTHS | _WHOLE | _WHOLE_OF_TWO | _THOUSANDTHS:
        return f"Stripe takes no {currency}"
    only = _ONLY.get(method_type or "")
    if only and currency != only:
        return f"such a method is debited in {only}, not in {currency}"
    counted = amount.scaleb(_digits(currency))
    step = {**dict.fromkeys(_WHOLE_OF_TWO, 100), **dict.fromkeys(_THOUSANDTHS, 10)}.get(currency, 1)
    if counted % step:
        smallest = Decimal(step).scaleb(-_digits(currency)).normalize()
        return f"Stripe takes {currency} in steps of {smallest:f}"
    if amount < _LEAST.get(currency, Decimal(0)):
        return f"Stripe takes {_LEAST[currency]:f} {currency} or more"
    most = 10 ** _MOST_DIGITS.get(currency, 8)
    if counted >= most:
        return f"Stripe takes less than {Decimal(most).scaleb(-_digits(currency)).normalize():,f} {currency}"
    return None


def _digits(currency: str) -> int:
    return 0 if currency in _WHOLE else 3 if currency in _THOUSANDTHS else 2
