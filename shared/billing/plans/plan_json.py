"""Pure: a plan as JSON: what `plan show --json` prints, `plan add --file` reads and the database keeps.

Whatever is wrong is one InvalidRequest that names the place: `prices[0].charges[1].tiers: up_to must rise`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise
from typing import Any, get_args

from shared.billing import money
from shared.billing.plans.plan import (
    NO_LIMITS,
    Charge,
    Interval,
    Meter,
    Model,
    PlanLimits,
    PlanVersion,
    Price,
    Tier,
)
from shared.billing.plans.value import Value, parse

MOST_UNITS = 10**15
"""Of a meter in a month."""
MOST_UNIT_PRICE = Decimal(1_000_000)
UNIT_DECIMALS = 12
_MOST_INT = 2**31 - 1
_ID = "a small letter, then up to 49 small letters, digits and dashes"
_HINT = "`lectern-admin plan show basic --json` shows how a plan is written"

_PRICED: Mapping[str, str] = {
    "graduated": "tiers",
    "volume": "tiers",
    "unit": "unit_price",
    "flat": "amount",
}
"""What says the price of each model."""
_LIMITS = {
    "requests": ("requestsPerMonth", "requests_per_month", MOST_UNITS),
    "tokens": ("tokensPerMonth", "tokens_per_month", MOST_UNITS),
    "concurrent": ("concurrentRequests", "concurrent_requests", _MOST_INT),
}
_MIRRORED = ("amount", "currency", "interval")
"""A plan's own columns that repeat its default price."""
_KEPT = ("archived_at", "created_at", "updated_at")
"""What the database says of a plan; a file may have it, and nothing reads it."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A plan as an operator writes it; `version` is the one that the file was made from, where it says so."""

    id: str
    name: str
    prices: tuple[Price, ...]
    description: str | None = None
    features: tuple[str, ...] = ()
    limits: PlanLimits = NO_LIMITS
    metadata: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None


def read_draft(text: str) -> Draft:
    """Raises InvalidRequest."""
    return _draft(parse(text, _HINT))


def read_charges(value: Any, currency: str, limits: PlanLimits = NO_LIMITS) -> tuple[Charge, ...]:
    """The charges of a price, as the database keeps them. Raises InvalidRequest."""
    return _charges(Value(value, "charges", _HINT), currency, limits)


def read_version(row: Mapping[str, Any]) -> PlanVersion:
    """From a row of versions with its prices. Raises InvalidRequest."""
    limits = read_limits(row["limits"])
    return PlanVersion(
        row["plan"],
        row["version"],
        tuple(row["features"]),
        limits,
        _prices(Value(row["prices"], f"prices of {row['plan']}@{row['version']}"), limits),
        row["created_at"],
    )


@lru_cache(maxsize=1_000)
def charges_of(text: str, currency: str) -> tuple[Charge, ...]:
    """`read_charges` of JSON; the same text is read once. Raises InvalidRequest."""
    return read_charges(json.loads(text), currency)


def read_limits(value: Any) -> PlanLimits:
    """Raises InvalidRequest."""
    return _limits(Value(value, "limits", _HINT))


def read_fee(text: str, currency: str) -> Decimal:
    """As it was typed; 0 or more. Raises InvalidRequest."""
    return _amount(Value(text, "--amount", f"write it as {money.plain(Decimal(20), currency)}"), currency)


def read_interval(text: str) -> Interval:
    """As it was typed. Raises InvalidRequest."""
    read: Interval = Value(text.strip().lower(), "--interval").one_of(get_args(Interval))
    return read


def checked(draft: Draft) -> Draft:
    """The same draft, as `read_draft` would take it. Raises InvalidRequest."""
    return read_draft(json.dumps(written(draft)))


def written(draft: Draft) -> dict[str, Any]:
    default = next((one for one in draft.prices if one.is_default), draft.prices[0])
    return {
        "id": draft.id,
        "name": draft.name,
        "description": draft.description,
        "amount": money.plain(default.amount, default.currency),
        "currency": default.currency,
        "interval": default.interval,
        "features": list(draft.features),
        "limits": written_limits(draft.limits),
        "version": draft.version,
        "metadata": dict(draft.metadata),
        "prices": written_prices(draft.prices),
    }


def written_prices(prices: Iterable[Price]) -> list[dict[str, Any]]:
    return [
        {
            "interval": one.interval,
            "currency": one.currency,
            "amount": money.plain(one.amount, one.currency),
            "is_default": one.is_default,
            "charges": written_charges(one.charges, one.currency),
        }
        for one in prices
    ]


def written_charges(charges: Iterable[Charge], currency: str) -> list[dict[str, Any]]:
    return [_written_charge(one, currency) for one in charges]


def written_limits(limits: PlanLimits) -> dict[str, int | None]:
    return {key: getattr(limits, name) for key, name, _ in _LIMITS.values()}


def _written_charge(charge: Charge, currency: str) -> dict[str, Any]:
    said: dict[str, Any] = {"meter": charge.meter, "model": charge.model, "included": charge.included}
    if charge.tiers:
        said["tiers"] = [
            {"up_to": one.up_to, "unit_price": money.trimmed(one.unit_price)} for one in charge.tiers
        ]
    if charge.unit_price is not None:
        said["unit_price"] = money.trimmed(charge.unit_price)
    if charge.amount is not None:
        said["amount"] = money.plain(charge.amount, currency)
    return said


def _draft(top: Value) -> Draft:
    more = ("description", "features", "limits", "metadata", "version", *_MIRRORED, *_KEPT)
    parts = top.parts(("id", "name", "prices"), more)
    identity = parts["id"].text(50)
    if not _is_id(identity):
        parts["id"].wrong(f"must be {_ID}")
    described, features, metadata, version = (
        parts[name] for name in ("description", "features", "metadata", "version")
    )
    limits = _limits(parts["limits"])
    prices = _prices(parts["prices"], limits)
    _mirrors(parts, next(one for one in prices if one.is_default))
    if not isinstance(metadata.value, dict | None):
        metadata.wrong("must be an object, { }")
    return Draft(
        identity,
        parts["name"].text(100),
        prices,
        None if described.value is None else described.text(2000),
        () if features.value is None else tuple(one.text(200) for one in features.listed()),
        limits,
        metadata.anything() or {},
        None if version.value is None else version.count(1, _MOST_INT),
    )


def _is_id(text: str) -> bool:
    return text.isascii() and text[:1].isalpha() and text == text.lower() and text.replace("-", "a").isalnum()


def _mirrors(parts: Mapping[str, Value], default: Price) -> None:
    """The plan's own columns repeat the default price, or are left out."""
    for name in _MIRRORED:
        part, wanted = parts[name], getattr(default, name)
        if part.value is None:
            continue
        said = _amount(part, default.currency) if name == "amount" else part.value
        if said != wanted:
            part.wrong(f"differs from the default price, which says {wanted}: change that, or leave this out")


def _limits(at: Value) -> PlanLimits:
    if at.value is None:
        return NO_LIMITS
    parts = at.parts((), [key for key, _, _ in _LIMITS.values()])
    given = {
        name: None if parts[key].value is None else parts[key].count(1, most)
        for key, name, most in _LIMITS.values()
    }
    return PlanLimits(**given)


def _prices(at: Value, limits: PlanLimits) -> tuple[Price, ...]:
    listed = at.listed(1)
    prices = [_price(one, limits, alone=len(listed) == 1) for one in listed]
    seen: set[tuple[str, str]] = set()
    for one, price in zip(listed, prices, strict=True):
        if (price.interval, price.currency) in seen:
            one.wrong(f"there is a price by the {price.interval} in {price.currency} already")
        seen.add((price.interval, price.currency))
    if sum(price.is_default for price in prices) != 1:
        at.wrong("exactly one must have is_default: true")
    return tuple(prices)


def _price(at: Value, limits: PlanLimits, *, alone: bool) -> Price:
    parts = at.parts(("interval", "currency", "amount"), ("charges", "is_default"))
    code = parts["currency"].value
    if not isinstance(code, str) or code not in money.DIGITS:
        parts["currency"].wrong("must be the code of a currency, such as EUR")
    charges, default = parts["charges"], parts["is_default"]
    return Price(
        parts["interval"].one_of(get_args(Interval)),
        code,
        _amount(parts["amount"], code),
        () if charges.value is None else _charges(charges, code, limits),
        alone if default.value is None else default.flag(),
    )


def _charges(at: Value, currency: str, limits: PlanLimits) -> tuple[Charge, ...]:
    charges: list[Charge] = []
    for one in at.listed():
        charge = _charge(one, currency, limits)
        if charge.meter in (other.meter for other in charges):
            one.wrong(f"there is a charge for {charge.meter} already")
        charges.append(charge)
    return tuple(charges)


def _charge(at: Value, currency: str, limits: PlanLimits) -> Charge:
    model: Model = at.parts(("model",), ("meter", "included", *_PRICED.values()))["model"].one_of(
        get_args(Model)
    )
    priced = _PRICED[model]
    parts = at.parts(("meter", "model", priced), ("included",))
    meter: Meter = parts["meter"].one_of(get_args(Meter))
    included = 0 if parts["included"].value is None else parts["included"].count(0, MOST_UNITS)
    key, name, _ = _LIMITS[meter]
    limit = getattr(limits, name)
    if limit is not None and included > limit:
        parts["included"].wrong(f"is more than limits.{key} allows, which is {limit:,}")
    price = parts[priced]
    if priced == "tiers":
        return Charge(meter, model, included, _tiers(price))
    if priced == "unit_price":
        return Charge(meter, model, included, unit_price=_unit_price(price))
    amount = _amount(price, currency)
    if not amount:
        price.wrong("must be more than 0")
    return Charge(meter, model, included, amount=amount)


def _tiers(at: Value) -> tuple[Tier, ...]:
    listed = [one.parts(("unit_price",), ("up_to",)) for one in at.listed(1)]
    *closed, last = listed
    if last["up_to"].value is not None:
        last["up_to"].wrong("must be null in the last tier, which has no end")
    ends = [one["up_to"].count(1, MOST_UNITS) for one in closed]
    if any(end >= following for end, following in pairwise(ends)):
        at.wrong("up_to must rise")
    return tuple(
        Tier(end, _unit_price(one["unit_price"])) for end, one in zip([*ends, None], listed, strict=True)
    )


def _amount(at: Value, currency: str) -> Decimal:
    read = at.number(money.MOST)
    if money.rounded(read, currency) != read:
        at.wrong(f"{currency} has {money.decimals(currency)}, and {at.value} has more")
    return money.rounded(read, currency)


def _unit_price(at: Value) -> Decimal:
    read = at.number(MOST_UNIT_PRICE)
    if read != read.quantize(Decimal(1).scaleb(-UNIT_DECIMALS)):
        at.wrong(f"has more than {UNIT_DECIMALS} decimals")
    return read.normalize()
