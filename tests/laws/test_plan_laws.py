"""Laws of plans as JSON: what is written is read again, and any other JSON is a plan or one line that refuses it."""

import contextlib
import copy
import json
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.billing import money
from shared.billing.plans.plan import Charge, PlanLimits, Price, Tier
from shared.billing.plans.plan_json import MOST_UNIT_PRICE, MOST_UNITS, Draft, read_draft, written
from shared.errors import InvalidRequest

EXAMPLES = 200

counts = st.integers(0, 1000) | st.integers(0, MOST_UNITS)
limits = st.none() | st.integers(1, MOST_UNITS)
unit_prices = st.decimals(0, MOST_UNIT_PRICE, places=12) | st.decimals(0, 1, places=4)
texts = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=1, max_size=40)


def amounts(currency: str, least: Decimal) -> st.SearchStrategy[Decimal]:
    return st.decimals(least, 10**9, places=money.DIGITS[currency])


@st.composite
def charges(draw: st.DrawFn, currency: str, most: PlanLimits) -> tuple[Charge, ...]:
    found = []
    for meter, limit in (("requests", most.requests_per_month), ("tokens", most.tokens_per_month)):
        included = min(draw(counts), MOST_UNITS if limit is None else limit)
        ends: list[int | None] = [*sorted(draw(st.sets(st.integers(1, MOST_UNITS), max_size=3))), None]
        tiers = tuple(Tier(end, draw(unit_prices)) for end in ends)
        coin = Decimal(1).scaleb(-money.DIGITS[currency])
        priced: dict[str, Any] = draw(
            st.sampled_from(
                [
                    {"model": "graduated", "tiers": tiers},
                    {"model": "volume", "tiers": tiers},
                    {"model": "unit", "unit_price": draw(unit_prices)},
                    {"model": "flat", "amount": draw(amounts(currency, coin))},
                ]
            )
        )
        if draw(st.booleans()):
            found.append(Charge(meter=meter, included=included, **priced))  # type: ignore[arg-type]
    return tuple(found)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    most = PlanLimits(draw(limits), draw(limits), draw(st.none() | st.integers(1, 1000)))
    kinds = draw(
        st.sets(
            st.tuples(st.sampled_from(["month", "year"]), st.sampled_from(["EUR", "JPY", "KWD"])), min_size=1
        )
    )
    default = draw(st.sampled_from(sorted(kinds)))
    prices = tuple(
        Price(
            interval,  # type: ignore[arg-type]
            currency,
            draw(amounts(currency, Decimal(0))),
            draw(charges(currency, most)),
            (interval, currency) == default,
        )
        for interval, currency in sorted(kinds)
    )
    return Draft(
        draw(st.from_regex(r"[a-z][a-z0-9-]{0,49}", fullmatch=True)),
        draw(texts),
        prices,
        draw(st.none() | texts),
        tuple(draw(st.lists(texts, max_size=3))),
        most,
        draw(st.dictionaries(texts, st.none() | st.booleans() | counts | texts, max_size=3)),
        draw(st.none() | st.integers(1, 100)),
    )


@settings(max_examples=EXAMPLES)
@given(drafts())
def test_what_is_written_is_read_again_whatever_it_is(draft: Draft) -> None:
    told = written(draft)
    again = read_draft(json.dumps(told))
    assert again == draft
    assert written(again) == told


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inside for place in places(one, (*path, key)))]


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["1e9", "-0", "٣"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=EXAMPLES)
@given(drafts(), st.data())
def test_a_plan_with_anything_in_any_place_is_read_or_refused_in_one_line(
    draft: Draft, data: st.DataObject
) -> None:
    told = {"plan": copy.deepcopy(written(draft))}
    for _ in range(data.draw(st.integers(1, 2))):
        *way, last = data.draw(st.sampled_from(places(told)[1:]))
        at: Any = told
        with contextlib.suppress(KeyError, IndexError, TypeError):
            for key in way:
                at = at[key]
            at[last] = data.draw(junk)
    read, refused = None, ""
    try:
        read = read_draft(json.dumps(told["plan"]))
    except InvalidRequest as error:
        refused = error.line
    assert "\n" not in refused
    assert len(refused) < 400
    if read:
        assert read_draft(json.dumps(written(read))) == read
