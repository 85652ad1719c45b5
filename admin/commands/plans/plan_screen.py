"""Plans as people read them: fees, what they include, and what more costs."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from rich.console import Console

from admin.rows import NONE, day, money, number
from shared.billing import money as amounts
from shared.billing.plans.plan import Charge, Model, Price
from shared.billing.plans.plan_json import Draft
from shared.stores.postgres import Row
from shared.terminal.legible import exact, words
from shared.terminal.table import Column, show_facts, show_table

_UNLIMITED = "no limit"
_THOUSANDS = (1, 1_000, 1_000_000, 1_000_000_000)


def show_plans(console: Console, found: Sequence[tuple[Row, Draft]]) -> None:
    right = [Column(title, right=True) for title in ("Fee", "Requests", "Tokens", "At once")]
    rows = [
        (
            exact(draft.id),
            _fee(_default(draft)),
            _covered(draft, "requests", draft.limits.requests_per_month),
            _covered(draft, "tokens", draft.limits.tokens_per_month),
            number(draft.limits.concurrent_requests, _UNLIMITED),
            "[dim]archived[/]" if row["archived_at"] else "",
        )
        for row, draft in found
    ]
    show_table(console, (Column("Plan"),), (*right, Column("")), rows)


def show_plan(console: Console, row: Row, draft: Draft) -> None:
    state = f"  [yellow]archived {day(row['archived_at'])}[/]" if row["archived_at"] else ""
    console.print(f"[bold]{words(draft.name)}[/]  version {draft.version}{state}", soft_wrap=True)
    limits = draft.limits
    show_facts(
        console,
        [
            ("id", exact(draft.id)),
            ("for", words(draft.description) if draft.description else NONE),
            ("features", ", ".join(map(words, draft.features)) or NONE),
            ("requests", _most(limits.requests_per_month, "a month")),
            ("tokens", _most(limits.tokens_per_month, "a month")),
            ("at once", _most(limits.concurrent_requests, "calls")),
        ],
    )
    console.print()
    fees = [(_fee(one), "[dim]the default[/]" if one.is_default else "") for one in draft.prices]
    show_table(console, (Column("Fee", right=True),), (Column(""),), fees)
    for prices in _alike(draft.prices):
        console.print()
        _show_charges(console, prices, alone=len(prices) == len(draft.prices))


def _show_charges(console: Console, prices: Sequence[Price], *, alone: bool) -> None:
    first = prices[0]
    if not alone:
        console.print(f"[bold]With a fee of {' or '.join(map(_fee, prices))}[/]", soft_wrap=True)
    if not first.charges:
        console.print("Nothing is charged beyond the fee.", soft_wrap=True)
        return
    rows = [
        (charge.meter, number(charge.included), units, price)
        for charge in first.charges
        for units, price in _priced(charge, first.currency)
    ]
    said = (Column("Included", right=True), Column("Beyond that"), Column("Price", right=True))
    show_table(console, (Column("A month"),), said, rows)


def _priced(charge: Charge, currency: str) -> Iterator[tuple[str, str]]:
    """Which units, and what they cost."""
    if charge.amount is not None:
        yield "all, at one price", money(charge.amount, currency)
    if charge.unit_price is not None:
        yield "each", _per(charge.unit_price, currency)
    reached = 0
    for tier in charge.tiers:
        yield _units(charge.model, reached, tier.up_to), _per(tier.unit_price, currency)
        reached = tier.up_to or 0


def _units(model: Model, reached: int, up_to: int | None) -> str:
    if up_to is None and not reached:
        return "each"
    if model == "volume":
        return f"all, if over {reached:,}" if up_to is None else f"all, if up to {up_to:,}"
    return "any more" if up_to is None else f"the {'next' if reached else 'first'} {up_to - reached:,}"


def _per(price: Decimal, currency: str) -> str:
    """Exactly, of as many units as cost an amount without parts of a coin, where there are such."""
    whole = (many for many in _THOUSANDS if amounts.rounded(price * many, currency) == price * many)
    many = next(whole, _THOUSANDS[-1])
    amount, coins = price * many, amounts.rounded(price * many, currency)
    shown = coins if coins == amount else amount.normalize()
    return f"{shown:,f} {currency} {'each' if many == 1 else f'per {many:,}'}"


def _fee(price: Price) -> str:
    return f"{money(price.amount, price.currency)} a {price.interval}"


def _most(limit: int | None, of: str) -> str:
    return f"[dim]{_UNLIMITED}[/]" if limit is None else f"at most {limit:,} {of}"


def _covered(draft: Draft, meter: str, limit: int | None) -> str:
    """What the default fee covers; without a charge all that the gate allows."""
    charged = [one.included for one in _default(draft).charges if one.meter == meter]
    return number(charged[0] if charged else limit, _UNLIMITED)


def _default(draft: Draft) -> Price:
    return next(one for one in draft.prices if one.is_default)


def _alike(prices: Sequence[Price]) -> list[list[Price]]:
    """Prices by what they charge, in order."""
    groups: list[list[Price]] = []
    for price in prices:
        for group in groups:
            if (group[0].charges, group[0].currency) == (price.charges, price.currency):
                group.append(price)
                break
        else:
            groups.append([price])
    return groups
