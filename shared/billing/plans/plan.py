"""Pure: what a plan costs, covers and allows, version by version."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

Meter = Literal["requests", "tokens"]
Model = Literal["graduated", "volume", "unit", "flat"]
Interval = Literal["month", "year"]

FREE: Final = "free"
"""The plan whose limits hold where no other does."""


@dataclass(frozen=True, slots=True)
class Tier:
    """`up_to` counts units beyond what is included, and is the tier's last one; None goes on."""

    up_to: int | None
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """What a meter costs: nothing for `included` units of a month, and beyond them what the model says.

    `graduated` prices each unit in its own tier, `volume` all of them in the tier that is reached; `unit` is one price;
    `flat` is one amount, due once more than `included` was used.
    """

    meter: Meter
    model: Model
    included: int = 0
    tiers: tuple[Tier, ...] = ()
    unit_price: Decimal | None = None
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Price:
    """The fee of an interval, in advance, and the charges for what a month uses, in arrears."""

    interval: Interval
    currency: str
    amount: Decimal
    charges: tuple[Charge, ...] = ()
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What the gate allows; None is no limit."""

    requests_per_month: int | None = None
    tokens_per_month: int | None = None
    concurrent_requests: int | None = None


NO_LIMITS: Final = PlanLimits()


@dataclass(frozen=True, slots=True)
class PlanVersion:
    plan: str
    version: int
    features: tuple[str, ...]
    limits: PlanLimits
    prices: tuple[Price, ...]
    created_at: datetime

    @property
    def default(self) -> Price:
        return next(price for price in self.prices if price.is_default)
