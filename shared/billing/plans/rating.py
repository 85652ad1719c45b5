"""Pure: what a quantity costs under a charge, and what of it is not booked yet.

Amounts are rounded as they add up: a tier costs the rounded cost of all units up to its end, less the rounded cost of
all before it. So tiers add up to the rounded whole, and usage that is rated in parts costs what it costs at once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from shared.billing.money import rounded
from shared.billing.plans.plan import Charge, Tier


@dataclass(frozen=True, slots=True)
class TierAmount:
    """What a tier costs. Tiers count from 0; so many units beyond what is included, at the price of one."""

    tier: int
    units: int
    unit_price: Decimal
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be booked for a tier. Where volume left it for another, units and amount are below 0, its price 0."""

    tier: int
    units: int
    unit_price: Decimal
    amount: Decimal


def rate(charge: Charge, included: int, quantity: int, currency: str) -> tuple[TierAmount, ...]:
    """What `quantity` units cost, `included` of which cost nothing, in the currency's digits; a line for each tier
    that is reached. `included` is an argument because days may split the charge's own."""
    beyond = quantity - included
    if beyond <= 0:
        return ()
    with localcontext() as context:
        context.prec = 60
        return tuple(_tiers(_MODELS[charge.model](charge, beyond), currency))


def line_differences(now: Sequence[TierAmount], booked: Mapping[int, tuple[int, Decimal]]) -> list[Line]:
    """What `now` costs more than what is booked, the units and amount of each tier; none where the amount is equal."""
    reached = {one.tier: one for one in now}
    lines = []
    for tier in sorted(reached.keys() | booked.keys()):
        units, amount = booked.get(tier, (0, Decimal(0)))
        one = reached.get(tier) or TierAmount(tier, 0, Decimal(0), Decimal(0))
        if one.amount != amount:
            lines.append(Line(tier, one.units - units, one.unit_price, one.amount - amount))
    return lines


def shown(line: Line, currency: str) -> tuple[int, Decimal]:
    """Quantity and unit price that multiply to the line's amount: its own, or 1 and the amount."""
    with localcontext() as context:
        context.prec = 60
        if line.units > 0 and rounded(line.units * line.unit_price, currency) == line.amount:
            return line.units, line.unit_price
    return 1, line.amount


def _graduated(charge: Charge, beyond: int) -> Iterator[tuple[int, int, Decimal]]:
    reached = 0
    for number, tier in enumerate(_steps(charge)):
        if beyond <= reached:
            return
        end = beyond if tier.up_to is None else min(beyond, tier.up_to)
        yield number, end - reached, tier.unit_price
        reached = end


def _volume(charge: Charge, beyond: int) -> Iterator[tuple[int, int, Decimal]]:
    for number, tier in enumerate(charge.tiers):
        if tier.up_to is None or beyond <= tier.up_to:
            yield number, beyond, tier.unit_price
            return


def _flat(charge: Charge, beyond: int) -> Iterator[tuple[int, int, Decimal]]:
    yield 0, 1, charge.amount or Decimal(0)


def _steps(charge: Charge) -> tuple[Tier, ...]:
    return charge.tiers if charge.unit_price is None else (Tier(None, charge.unit_price),)


_MODELS: Mapping[str, Callable[[Charge, int], Iterator[tuple[int, int, Decimal]]]] = {
    "graduated": _graduated,
    "volume": _volume,
    "unit": _graduated,
    "flat": _flat,
}
"""Tier, units and unit price, from the first tier on."""


def _tiers(found: Iterator[tuple[int, int, Decimal]], currency: str) -> Iterator[TierAmount]:
    exact, booked = Decimal(0), Decimal(0)
    for number, units, price in found:
        exact += units * price
        reached = rounded(exact, currency)
        yield TierAmount(number, units, price, reached - booked)
        booked = reached
