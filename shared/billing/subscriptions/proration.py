"""Pure: parts of a fee and of included units, by local days.

Parts are differences of rounded shares, so they add up.
"""

from decimal import Decimal

from shared.billing import money


def unused(fee: Decimal, used: int, days: int, currency: str) -> Decimal:
    """What is left of a fee after so many of its days; the day of a change is the first that is not used."""
    return fee - money.share(fee, used, days, currency)


def included(units: int, before: int, after: int, days: int) -> int:
    """What a month's included units are for the days from `before` to `after` of it."""
    return _share(units, after, days) - _share(units, before, days)


def _share(units: int, part: int, days: int) -> int:
    return (2 * units * part + days) // (2 * days)
