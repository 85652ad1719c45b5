"""Pure: the tax groups of a document as it keeps them, and what credit notes leave of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from shared.billing.money import plain, share, trimmed
from shared.billing.parties.tax import TaxGroup


def written(groups: Iterable[TaxGroup], code: str) -> list[dict[str, Any]]:
    """As `tax_groups` of invoices and credit notes; rates in percent, amounts as text."""
    return [
        {
            "category": group.category,
            "rate": trimmed(group.rate),
            "base": plain(group.base, code),
            "tax": plain(group.tax, code),
            "note": group.note,
        }
        for group in groups
    ]


def read(rows: Iterable[Mapping[str, Any]]) -> list[TaxGroup]:
    return [
        TaxGroup(
            row["category"], Decimal(row["rate"]), Decimal(row["base"]), Decimal(row["tax"]), row["note"]
        )
        for row in rows
    ]


def left(groups: Iterable[TaxGroup], notes: Iterable[Iterable[TaxGroup]]) -> list[TaxGroup]:
    """What the credit notes of an invoice have not taken yet of each of its groups; none is left out."""
    taken: dict[tuple[object, ...], tuple[Decimal, Decimal]] = {}
    for group in (group for note in notes for group in note):
        base, tax = taken.get(_key(group), (Decimal(0), Decimal(0)))
        taken[_key(group)] = base + group.base, tax + group.tax
    rest = []
    for group in groups:
        base, tax = taken.get(_key(group), (Decimal(0), Decimal(0)))
        rest.append(replace(group, base=group.base - base, tax=group.tax - tax))
    return rest


def of_net(net: Decimal, rest: Sequence[TaxGroup], code: str) -> list[TaxGroup]:
    """An amount without tax over what is left of each group, with its share of the tax that is left.

    Never more than is left of any, and all of it where `net` is all that is left. Raises ValueError for more than that.
    """
    whole = sum((group.base for group in rest), Decimal(0))
    if not 0 < net <= whole:
        raise ValueError(f"{net} of {whole} cannot be spread")
    if net == whole:
        return [group for group in rest if group.base or group.tax]
    parts, upto, given = [], Decimal(0), Decimal(0)
    for group in rest:
        upto += group.base
        part = share(net, upto, whole, code) - given
        given += part
        if part:
            parts.append(replace(group, base=part, tax=share(group.tax, part, group.base, code)))
    return parts


def gross(groups: Iterable[TaxGroup]) -> Decimal:
    return sum((group.base + group.tax for group in groups), Decimal(0))


def _key(group: TaxGroup) -> tuple[object, ...]:
    return group.category, group.rate, group.note
