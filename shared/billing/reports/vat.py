"""Pure: the VAT of a period's documents, by whose it is; and what it comes to in the seller's currency."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from shared.billing.documents.document import Kind
from shared.billing.money import share
from shared.billing.parties import vat_numbers
from shared.billing.parties.rates import Rates
from shared.billing.parties.tax import EXEMPT, OUTSIDE, REVERSE


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """Of tax groups that are alike, below zero for credit notes; `country` is whose VAT it is, `rate` in percent."""

    currency: str
    country: str | None
    category: str
    rate: Decimal
    kind: Kind
    documents: int
    base: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.base + self.tax


def country(
    category: str, seller: Mapping[str, Any] | None, customer: Mapping[str, Any] | None, rates: Rates
) -> str | None:
    """Whose VAT a tax group is, by the parties as their document keeps them; None where it names no country.

    The customer's for a reverse charge, outside the scope of VAT, and by the One-Stop Shop, where a business is charged
    VAT at home alone; the seller's for all else.
    """
    ours, theirs = seller or {}, customer or {}
    by_one_stop_shop = ours.get("oss") and category != EXEMPT
    return _country(theirs if category in (REVERSE, OUTSIDE) or by_one_stop_shop else ours, rates)


def sums(rows: Iterable[Mapping[str, Any]], rates: Rates) -> list[Sum]:
    """Of rows as `reports.tax_groups` has them."""
    return added(
        Sum(
            currency=row["currency"],
            country=country(row["category"], row["seller"], row["customer"], rates),
            category=row["category"],
            rate=row["rate"],
            kind=row["kind"],
            documents=row["documents"],
            base=row["base"],
            tax=row["tax"],
        )
        for row in rows
    )


def added(listed: Iterable[Sum]) -> list[Sum]:
    """One sum of those that are alike, by currency, country, category, rate and kind, invoices first."""
    found: dict[tuple[Any, ...], Sum] = {}
    for one in listed:
        key = (one.currency, one.country or "", one.category, one.rate, one.kind == "credit_note")
        if before := found.get(key):
            documents, base, tax = (
                before.documents + one.documents,
                before.base + one.base,
                before.tax + one.tax,
            )
            found[key] = replace(one, documents=documents, base=base, tax=tax)
        else:
            found[key] = one
    return [found[key] for key in sorted(found)]


def converted(listed: Sequence[Sum], into: str, rates: Mapping[str, Decimal]) -> list[Sum | None]:
    """Each in another currency, of which one is worth `rates` of its own; None where there is no rate.

    The sum of a currency is converted once and rounded once: its parts are differences of rounded cumulatives.
    """
    upto: dict[str, tuple[Decimal, Decimal]] = {}
    found: list[Sum | None] = []
    for one in listed:
        rate = Decimal(1) if one.currency == into else rates.get(one.currency)
        if rate is None:
            found.append(None)
            continue
        base, tax = upto.get(one.currency, (Decimal(0), Decimal(0)))
        upto[one.currency] = base + one.base, tax + one.tax
        parts = [
            share(after, 1, rate, into) - share(before, 1, rate, into)
            for before, after in zip((base, tax), upto[one.currency], strict=True)
        ]
        found.append(replace(one, currency=into, base=parts[0], tax=parts[1]))
    return found


def _country(party: Mapping[str, Any], rates: Rates) -> str | None:
    """The VAT number's country, or the address's; a territory counts to its country."""
    address, number = party.get("country"), party.get("vatNumber")
    if number and not (address and vat_numbers.belongs(number, address)):
        return vat_numbers.country(number)
    return rates.place(address, party.get("postcode")).code[:2] if address else None
