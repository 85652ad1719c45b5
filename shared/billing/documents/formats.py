"""Pure: amounts, numbers, percentages and days as a locale of Babel writes them; amounts are rounded before, by us."""

import re
from copy import copy
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel.core import Locale
from babel.dates import format_date, format_interval
from babel.numbers import NumberPattern, format_decimal, format_percent

from shared.billing.money import DIGITS, rounded

MOST_DECIMALS = 12
"""Of a unit price."""
_CODE_THEN_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")
"""Where CLDR has a space that Babel leaves out."""


@lru_cache(maxsize=4096)
def money(amount: Decimal, code: str, locale: str) -> str:
    """With the digits of the currency in our table, whatever Babel thinks of it."""
    return _money(rounded(amount, code), code, locale, DIGITS[code])


@lru_cache(maxsize=4096)
def unit_price(amount: Decimal, code: str, locale: str) -> str:
    """As `money`, with more decimals where it has some."""
    return _money(amount, code, locale, MOST_DECIMALS)


@lru_cache(maxsize=4096)
def number(count: int, locale: str) -> str:
    return format_decimal(count, locale=locale)


@lru_cache(maxsize=1000)
def percent(rate: Decimal, locale: str) -> str:
    """Of a rate in percent."""
    return format_percent(rate / 100, locale=locale, decimal_quantization=False)


@lru_cache(maxsize=4096)
def day(on: date, locale: str) -> str:
    """The first of a month has its ordinal in French, which CLDR leaves out."""
    written = format_date(on, "long", locale=locale)
    french = _locale(locale).language == "fr"
    return written.replace("1 ", "1er ", 1) if french and on.day == 1 else written


@lru_cache(maxsize=4096)
def days(first: date, last: date, locale: str) -> str:
    """From a day to another, both included."""
    return day(first, locale) if first == last else format_interval(first, last, "yMMMd", locale=locale)


def country(code: str, locale: str) -> str:
    name: str = _locale(locale).territories.get(code, code)
    return name


def _money(amount: Decimal, code: str, locale: str, most: int) -> str:
    pattern = _pattern(locale, DIGITS[code], most)
    written: str = pattern.apply(amount, _locale(locale), currency=code, currency_digits=False)
    return _CODE_THEN_DIGIT.sub("\xa0", written)


@lru_cache(maxsize=1000)
def _pattern(locale: str, least: int, most: int) -> NumberPattern:
    """The locale's own for amounts, with so many decimals."""
    own: NumberPattern = copy(_locale(locale).currency_formats["standard"])
    own.frac_prec = (least, most)
    return own


@lru_cache(maxsize=1000)
def _locale(name: str) -> Locale:
    return Locale.parse(name)
