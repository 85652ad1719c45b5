"""Pure: amounts of money. Decimals at the currency's own digits, rounded in one function, never mixed."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from shared.errors import InvalidRequest

_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP
    CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS
    INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN
    MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
DIGITS: Final = {code: digits for digits, codes in _CODES.items() for code in codes.split()}
"""Decimals of each currency (ISO 4217)."""
_SMALLEST: Final = {code: Decimal(1).scaleb(-digits) for code, digits in DIGITS.items()}
_WIDE: Final = Context(prec=60)
MOST = Decimal("999999999999")
"""Above it, an amount is a mistake; the tables hold a little more."""
_TYPED: Final = re.compile(r"[+-]?[0-9]*\.?[0-9]+")
_LONGEST: Final = 40


def currency(text: str) -> str:
    """The code of a currency as it was typed. Raises InvalidRequest."""
    code = text.strip().upper()
    if code not in DIGITS:
        raise InvalidRequest(f"{text[:20]!r} is no currency", "name one by its ISO 4217 code, such as EUR")
    return code


def rounded(amount: Decimal, code: str) -> Decimal:
    """To the digits of the currency; a half goes away from zero."""
    return amount.quantize(_SMALLEST[code], ROUND_HALF_UP, _WIDE)


def share(amount: Decimal, part: int | Decimal, whole: int | Decimal, code: str) -> Decimal:
    """`part` of `whole` of an amount, rounded. Parts of it are differences of such shares, so that they add up."""
    with localcontext() as context:
        context.prec = 60
        return rounded(amount * part / whole, code)


def read(text: str, code: str, *, signed: bool = False) -> Decimal:
    """An amount as it was typed: above zero, or with a sign where that is wanted. Raises InvalidRequest."""
    hint = f"write it as {plain(Decimal(20), code)}"
    amount = number(text)
    if amount is None:
        raise InvalidRequest(f"{text[:40]!r} is no amount", hint)
    if abs(amount) > MOST:
        raise InvalidRequest(f"{text[:40]!r} is no amount that anybody pays", hint)
    if amount == 0 or (amount < 0 and not signed):
        wanted = "above zero, or below" if signed else "above zero"
        raise InvalidRequest(f"an amount is {wanted}, not {text[:40]}", hint)
    kept = rounded(amount, code)
    if kept != amount:
        raise InvalidRequest(f"{code} has {decimals(code)}, and {text[:40]} has more", hint)
    return kept


def number(text: str) -> Decimal | None:
    """A decimal as people type it: no `1e3`, `1_000`, `NaN`, space or digits of another script."""
    return Decimal(text) if len(text) <= _LONGEST and _TYPED.fullmatch(text) else None


def plain(amount: Decimal, code: str) -> str:
    """For JSON and files: `20.00`, with the currency's digits."""
    return f"{rounded(amount, code):f}"


def trimmed(number: Decimal) -> str:
    """A price, a percentage or a count without the zeros that say nothing: `20`, `8.5`."""
    return f"{number.normalize():f}"


def decimals(code: str) -> str:
    return {0: "no decimals", 2: "two decimals", 3: "three decimals"}[DIGITS[code]]
