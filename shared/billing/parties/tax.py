"""Pure: which VAT a line takes, and the tax of a document's lines, once for each rate.

`treatment` is the rule; a document keeps what it said, and another rule of the same shape can take its place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from shared.billing.money import rounded, share
from shared.billing.parties import vat_numbers
from shared.billing.parties.profile import Profile, Seller
from shared.billing.parties.rates import Place, Rates

STANDARD, ZERO, REVERSE, EXEMPT, OUTSIDE = "S", "Z", "AE", "E", "O"
"""Categories of EN 16931. A document with OUTSIDE has no other, and shows no VAT number."""

NOTES: Final = {
    "reverse_charge": "Reverse charge: VAT is to be accounted for by the customer.",
    "small_business": "Exempt from VAT: the seller is a small business.",
    "outside_scope": "Outside the scope of VAT: the place of supply is the customer's.",
}
"""Why no VAT is charged, by the key that a document keeps."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """`rate` in percent; `note` is a key of NOTES."""

    category: str
    rate: Decimal
    note: str | None = None


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The lines of one treatment: their sum without tax, and its tax."""

    category: str
    rate: Decimal
    base: Decimal
    tax: Decimal
    note: str | None = None


class Undecided(Exception):
    """Which VAT applies cannot be said yet; the text says why, and which command mends it."""


_REVERSED = Treatment(REVERSE, Decimal(0), "reverse_charge")
_EXEMPT = Treatment(EXEMPT, Decimal(0), "small_business")
_OUTSIDE = Treatment(OUTSIDE, Decimal(0), "outside_scope")
_SELLER, _CUSTOMER = "lectern-admin seller set", "lectern-admin customer set EMAIL"


def treatment(seller: Seller, customer: Profile, day: date, rates: Rates) -> Treatment:
    """Of what is sold to a customer on a day. A customer with a VAT number is a business. Raises Undecided."""
    home = _place(seller, rates, "the seller", _SELLER)
    if seller.small_business and not customer.country and not customer.vat_number:
        return _EXEMPT
    there = _place_of_supply(customer, rates)
    if there.home == home.home:
        return _at_home(seller, there, day, rates)
    if not there.in_union or (customer.vat_number and not home.in_union):
        return _OUTSIDE
    if customer.vat_number:
        if not seller.vat_number:
            raise Undecided(
                "a reverse charge names both VAT numbers, and the seller has none: "
                f"{_SELLER} --vat-number NUMBER"
            )
        return _REVERSED
    if seller.oss:
        return _charged(there, day, rates)
    if home.in_union:  # below the threshold of 10,000 EUR a year
        return _at_home(seller, home, day, rates)
    raise Undecided(
        f"a seller outside the Union charges a consumer in it VAT by the One-Stop Shop: {_SELLER} --oss on"
    )


def groups(lines: Iterable[tuple[Decimal, Treatment]], currency: str) -> list[TaxGroup]:
    """Amounts without tax, by treatment; each group's tax is rounded once.

    Raises ValueError where lines outside the scope of VAT meet others.
    """
    bases: dict[Treatment, Decimal] = {}
    for amount, treated in lines:
        bases[treated] = bases.get(treated, Decimal(0)) + amount
    if len(bases) > 1 and any(treated.category == OUTSIDE for treated in bases):
        raise ValueError("a document outside the scope of VAT has no other group")
    return [
        TaxGroup(one.category, one.rate, bases[one], rounded(bases[one] * one.rate / 100, currency), one.note)
        for one in sorted(bases, key=lambda one: (one.category, one.rate))
    ]


def spread(gross: Decimal, left: Sequence[TaxGroup], currency: str) -> list[TaxGroup]:
    """An amount with tax over what is left of each group, by how much that is; groups that get nothing are left out.

    Never more than is left in any of them, and all of it where `gross` is all that is left. Raises ValueError for
    more than that, and for less than nothing.
    """
    whole = sum((group.base + group.tax for group in left), Decimal(0))
    if not 0 <= gross <= whole:
        raise ValueError(f"{gross} of {whole} cannot be spread")
    parts, upto, given = [], Decimal(0), Decimal(0)
    for group in left:
        its = group.base + group.tax
        if not its or not whole:
            continue
        upto += its
        part = share(gross, upto, whole, currency) - given
        given += part
        tax = share(part, group.tax, its, currency)
        parts.append(replace(group, base=part - tax, tax=tax))
    return [part for part in parts if part.base or part.tax]


def _place(of: Profile, rates: Rates, who: str, command: str) -> Place:
    """Of an address."""
    if of.country is None:
        raise Undecided(f"{who} has no country: {command} --country CC")
    if rates.decides(of.country):
        if of.postcode is None:
            raise Undecided(
                f"{who} has no postcode, and parts of {of.country} have another tax: {command} --postcode CODE"
            )
        if not rates.is_postcode(of.country, of.postcode):
            raise Undecided(f"{who}'s postcode is none of {of.country}: {command} --postcode CODE")
    return rates.place(of.country, of.postcode)


def _place_of_supply(customer: Profile, rates: Rates) -> Place:
    """The VAT number's country, and the address for a consumer, or where the number's country has territories."""
    number = customer.vat_number
    if number is None:
        return _place(customer, rates, "the customer", _CUSTOMER)
    if customer.country and vat_numbers.belongs(number, customer.country):
        return rates.place(customer.country, customer.postcode)
    return rates.place(vat_numbers.country(number))


def _at_home(seller: Seller, place: Place, day: date, rates: Rates) -> Treatment:
    return _EXEMPT if seller.small_business else _charged(place, day, rates)


def _charged(place: Place, day: date, rates: Rates) -> Treatment:
    rate = rates.standard(place, day)
    if rate is None:
        raise Undecided(
            f"no tax rate of {place.code} is known for {day}: update Lectern, "
            f"or if none is due there, {_SELLER} --small-business"
        )
    return Treatment(STANDARD if rate else ZERO, rate)
