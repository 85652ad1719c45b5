"""Pure: where bars stand in a chart, in units of its picture. No amount becomes a float."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

MOST_LINES: Final = 4
_STEPS: Final = (1, 2, 5, 10)
_SLIVER: Final = Decimal(1)
"""The least that is drawn of what is not nothing."""


@dataclass(frozen=True, slots=True)
class Bar:
    """From `start` on, along the axis of amounts; a column's start is its upper end."""

    start: Decimal
    length: Decimal


@dataclass(frozen=True, slots=True)
class Columns:
    """Columns that rise from `zero`, or fall below it; `lines` are round amounts with their height."""

    zero: Decimal
    bars: tuple[Bar, ...]
    lines: tuple[tuple[Decimal, Decimal], ...]


def columns(amounts: Sequence[Decimal], height: int) -> Columns:
    """Of amounts that are not all nothing, in a picture so high; its upper edge is 0."""
    lines = _round_amounts(min(*amounts, Decimal(0)), max(*amounts, Decimal(0)))
    low, high = lines[0], lines[-1]

    def at(amount: Decimal) -> Decimal:
        return _placed((high - amount) * height / (high - low))

    zero = at(Decimal(0))
    bars = []
    for amount in amounts:
        length = max(abs(at(amount) - zero), _SLIVER if amount else Decimal(0))
        bars.append(Bar(zero - length if amount > 0 else zero, length))
    return Columns(zero, tuple(bars), tuple((amount, at(amount)) for amount in lines))


def lengths(amounts: Sequence[Decimal], width: int) -> list[Decimal]:
    """Of bars side by side, the longest of which is so wide; what is not above zero has none."""
    most = max(amounts)
    return [max(_placed(amount * width / most), _SLIVER) if amount > 0 else Decimal(0) for amount in amounts]


def _round_amounts(low: Decimal, high: Decimal) -> list[Decimal]:
    """Multiples of 1, 2 or 5 of a power of ten, from below `low` to above `high`, zero among them."""
    least = (high - low) / MOST_LINES
    power = Decimal(1).scaleb(least.adjusted())
    step = next(power * factor for factor in _STEPS if power * factor >= least)
    first, last = low // step - (low % step < 0), high // step + (high % step > 0)
    return [step * count for count in range(int(first), int(last) + 1)]


def _placed(length: Decimal) -> Decimal:
    return length.quantize(Decimal("0.1"))
