"""Documents as billing makes them: an example, and hypothesis's own."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from shared.billing import money
from shared.billing.documents.document import Document, Line, Party
from shared.billing.parties import tax, tax_groups
from shared.billing.parties.tax import TaxGroup, Treatment

SELLER = Party(
    name="Lectern SAS",
    address="1 quai de la Gare",
    postcode="75013",
    city="Paris",
    country="FR",
    vat_number="FR40303265045",
    email="billing@example.org",
)
CUSTOMER = Party(
    name="Ada Lovelace GmbH",
    address="Aufgang 2\nLampenweg 1\nHinterhaus\nc/o Babbage",
    postcode="10115",
    city="Berlin",
    country="DE",
    vat_number="DE136695976",
    email="ada@example.org",
)
STANDARD = Treatment("S", Decimal(20))
REVERSE = Treatment("AE", Decimal(0), "reverse_charge")
EXEMPT = Treatment("E", Decimal(0), "small_business")
OUTSIDE = Treatment("O", Decimal(0), "outside_scope")
ZERO = Treatment("Z", Decimal(0))


def line(
    amount: str | Decimal,
    treated: Treatment = STANDARD,
    *,
    quantity: int = 1,
    unit_price: str | Decimal | None = None,
    **more: Any,
) -> Line:
    given: dict[str, Any] = {
        "type": "fee",
        "description": "Pro, a month",
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 31),
        "metadata": {},
    }
    return Line(
        **(given | more),
        quantity=quantity,
        unit_price=Decimal(amount if unit_price is None else unit_price),
        amount=Decimal(amount),
        category=treated.category,
        rate=treated.rate,
    )


def document(
    lines: Sequence[Line] = (line("20.00"),), groups: Sequence[TaxGroup] | None = None, **more: Any
) -> Document:
    """An invoice whose sums are those of its lines."""
    code = more.get("currency", "EUR")
    if groups is None:
        treated = [(one.amount, Treatment(one.category, one.rate)) for one in lines]
        groups = tax.groups(treated, code)
    subtotal = sum((group.base for group in groups), Decimal(0))
    of_tax = sum((group.tax for group in groups), Decimal(0))
    given: dict[str, Any] = {
        "kind": "invoice",
        "id": UUID(int=1),
        "number": "INV-2026-0001",
        "issued_on": date(2026, 4, 1),
        "due_on": date(2026, 4, 15),
        "delivered_on": date(2026, 3, 31),
        "starts_on": date(2026, 3, 1),
        "ends_on": date(2026, 3, 31),
        "seller": SELLER,
        "customer": CUSTOMER,
        "reference": None,
        "iban": "FR7630006000011234567890189",
        "locale": "en",
        "currency": code,
        "prepaid": Decimal(0),
        "corrects": None,
        "note": None,
        "legal_notes": {},
        "template_version": 1,
    }
    sums = {"subtotal": subtotal, "tax": of_tax, "total": subtotal + of_tax}
    return Document(**(given | sums | more), lines=tuple(lines), groups=tuple(groups))


def credit_note(
    groups: Sequence[TaxGroup], corrects: tuple[str, date] = ("INV-2026-0001", date(2026, 4, 1)), **more: Any
) -> Document:
    """As one is issued: a line a group."""
    given: dict[str, Any] = {"number": "CN-2026-0001", "due_on": None, "note": "A mistake of ours", **more}
    lines = [
        line(group.base, Treatment(group.category, group.rate), type="adjustment", description=given["note"])
        for group in groups
    ]
    return document(lines, groups, kind="credit_note", corrects=corrects, **given)


_names = st.text(min_size=1, max_size=200).map(lambda text: f"A{text}")
_days = st.dates(date(2026, 1, 1), date(2030, 12, 31))
_mixed = st.one_of(
    st.sampled_from([REVERSE, EXEMPT, ZERO]),
    st.sampled_from(["2.1", "7.7", "8.5", "19", "20", "25.5", "27"]).map(
        lambda rate: Treatment("S", Decimal(rate))
    ),
)


@st.composite
def lines_of(draw: st.DrawFn, code: str, most: int) -> list[tuple[Line, Treatment]]:
    """At least one, and no tax group below zero."""
    treatments = draw(st.one_of(st.just([OUTSIDE]), st.lists(_mixed, min_size=1, max_size=4)))
    unit = Decimal(1).scaleb(-money.DIGITS[code])
    found: list[tuple[Line, Treatment]] = []
    room = dict.fromkeys(treatments, Decimal(0))
    for place in range(draw(st.integers(1, most))):
        treated = treatments[place % len(treatments)]
        quantity = draw(st.integers(1, 10**7))
        price = Decimal(draw(st.integers(1, 10**14))).scaleb(-12)
        amount = money.rounded(quantity * price, code)
        starts_on = draw(_days)
        if draw(st.booleans()) and room[treated] > unit:
            quantity, price = 1, -money.rounded(room[treated] * draw(st.integers(1, 99)) / 100, code)
            amount = price
        room[treated] += amount
        more = {
            "description": draw(_names),
            "starts_on": starts_on,
            "ends_on": starts_on + timedelta(days=draw(st.integers(-1, 400))),
        }
        found.append((line(amount, treated, quantity=quantity, unit_price=price, **more), treated))
    return found


@st.composite
def documents(draw: st.DrawFn, most: int = 60) -> Document:
    """Invoices and credit notes of up to so many lines, in every category, with texts of any kind."""
    code = draw(st.sampled_from(["EUR", "USD", "JPY"]))
    drawn = draw(lines_of(code, most))
    groups = tax.groups([(one.amount, treated) for one, treated in drawn], code)
    gross = tax_groups.gross(groups)
    part = money.rounded(gross * draw(st.integers(0, 100)) / 100, code)
    issued_on = draw(_days)
    reversed_ = any(group.category == "AE" for group in groups)
    numbers = {
        "vat_number": SELLER.vat_number if reversed_ else draw(st.sampled_from([SELLER.vat_number, None])),
        "reference": "303 265 045",
    }
    if numbers["vat_number"] and draw(st.booleans()):
        numbers["reference"] = None
    texts: dict[str, Any] = {
        "seller": replace(SELLER, name=draw(_names), address=draw(_names), region=draw(st.text()), **numbers),
        "customer": replace(CUSTOMER, name=draw(_names), city=draw(st.text()), email=None),
        "reference": draw(st.none() | st.text(max_size=100)),
        "note": draw(st.none() | st.text(max_size=200)),
        "legal_notes": draw(st.dictionaries(st.sampled_from(["en", "fr"]), st.text(max_size=200))),
        "locale": draw(st.sampled_from(["en", "fr", "fr-CH", "de"])),
        "currency": code,
        "issued_on": issued_on,
    }
    if gross and part and draw(st.booleans()):
        left = tax.spread(part if money.DIGITS[code] else gross, groups, code)
        return credit_note(
            left,
            **(texts | {"note": draw(_names), "corrects": ("INV-1", issued_on)}),
        )
    return document([one for one, _ in drawn], groups, prepaid=part, **texts)
