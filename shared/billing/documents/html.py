"""A document as HTML: for a browser, for e-mail, and for what is printed as PDF."""

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from typing import Any, Final

from jinja2 import Environment, Template

from shared.billing.documents import formats, sentences
from shared.billing.documents.document import Document, Party
from shared.billing.documents.words import Words, words
from shared.billing.parties.tax import OUTSIDE
from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.templates import environment

TEMPLATE: Final = 1
"""The form of documents that are sent now; it is kept with each, and its files stay as they are."""
_STRONG: Final = frozenset({"L", "R", "AL"})
_TOWN: Final = {
    "AU": (("city", "region", "postcode"),),
    "CA": (("city", "region", "postcode"),),
    "GB": (("city",), ("region",), ("postcode",)),
    "US": (("city", "region", "postcode"),),
}
"""What of a town stands on which line, where it is not the postcode before the city, and the region below."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line as it is written; `brought` and `carried` are the sums of the lines before it, and with it."""

    description: str
    period: str
    quantity: str
    price: str
    rate: str
    amount: str
    brought: str
    carried: str


def html(document: Document) -> str:
    """By the template of its version, in the customer's language. Raises InvalidRequest where that fails."""
    try:
        return _template(document.template_version, document.kind).render(_said(document))
    except Exception as error:  # whatever a template may do
        reason = one_line(str(error)) or type(error).__name__
        raise InvalidRequest(
            f"the document cannot be rendered ({type(error).__name__}: {reason[:200]})",
            f"mend template {document.template_version}, or what the document says",
        ) from error


def direction(text: str | None) -> str:
    """`rtl` of a text whose first letter is of a script from right to left: what prints does not tell by itself."""
    strong = (unicodedata.bidirectional(sign) for sign in text or "")
    return "rtl" if next((kind for kind in strong if kind in _STRONG), "L") != "L" else "auto"


@cache
def _environment() -> Environment:
    made = environment("shared.billing.documents")
    made.filters["direction"] = direction
    return made


@cache
def _template(version: int, kind: str) -> Template:
    return _environment().get_template(f"{version}/{kind}.html")


def _said(document: Document) -> dict[str, Any]:
    said = words(document.locale, document.template_version)
    locale, code = said.formats, document.currency
    money = partial(formats.money, code=code, locale=locale)
    day = partial(formats.day, locale=locale)
    exemptions = (sentences.exemption(group, document, said) for group in document.groups)
    return {
        "document": document,
        "words": said,
        "money": money,
        "day": day,
        "title": said[document.kind],
        "facts": list(_facts(document, said, day)),
        "address": partial(_address, locale=locale),
        "outside": any(group.category == OUTSIDE for group in document.groups),
        "lead": _lead(document, said, money, day),
        "note": sentences.note(document, said),
        "note_label": said["note" if document.kind == "invoice" else "reason"],
        "rows": list(_rows(document, said, money)),
        "brought_to_sums": _labelled(said["brought"], document.subtotal, money),
        "taxes": [
            (
                said["tax"][group.category].format(
                    rate=formats.percent(group.rate, locale), base=money(group.base)
                ),
                money(group.tax),
            )
            for group in document.groups
        ],
        "exemptions": list(dict.fromkeys(filter(None, exemptions))),
        "iban": _in_fours(document.iban or ""),
        "legal": sentences.legal_note(document, said),
    }


def _facts(document: Document, said: Words, day: Callable[..., str]) -> Iterator[tuple[str, str]]:
    yield said["number"], document.number
    if document.corrects:
        number, issued_on = document.corrects
        yield said["corrects"], said["corrected"].format(number=number, day=day(issued_on))
    yield said["issued"], day(document.issued_on)
    yield said["delivered"], day(document.delivered_on)
    if document.due_on:
        yield said["due"], day(document.due_on)
    last = max(document.starts_on, document.ends_on)
    yield said["period"], formats.days(document.starts_on, last, said.formats)
    if document.reference:
        yield said["reference"], document.reference


def _lead(document: Document, said: Words, money: Callable[..., str], day: Callable[..., str]) -> str:
    if document.due_on is None:
        lead: str = said["credited"].format(amount=money(document.total))
    elif document.payable:
        lead = said["to_pay"].format(amount=money(document.payable), day=day(document.due_on))
    else:
        lead = said["nothing_to_pay"]
    return lead


def _rows(document: Document, said: Words, money: Callable[..., str]) -> Iterator[_Row]:
    reached, brought = Decimal(0), ""
    locale, code = said.formats, document.currency
    whole = (document.starts_on, document.ends_on)
    for line in document.lines:
        reached += line.amount
        carried = _labelled(said["carried"], reached, money)
        own = (line.starts_on, max(line.starts_on, line.ends_on))  # what ended as it began has no day
        yield _Row(
            sentences.described(line, said),
            "" if own == whole else formats.days(*own, locale),
            formats.number(line.quantity, locale),
            formats.unit_price(line.unit_price, code, locale),
            formats.percent(line.rate, locale),
            money(line.amount),
            brought,
            carried,
        )
        brought = _labelled(said["brought"], reached, money)


def _labelled(label: str, amount: Decimal, money: Callable[..., str]) -> str:
    return f"{label}   {money(amount)}"


def _address(party: Party, locale: str) -> list[str]:
    order = _TOWN.get(party.country or "", (("postcode", "city"), ("region",)))
    town = (" ".join(filter(None, (getattr(party, part) for part in line))) for line in order)
    country = formats.country(party.country, locale) if party.country else None
    lines = (party.name, *(party.address or "").splitlines(), *town, country)
    return [line for line in lines if line]


def _in_fours(iban: str) -> str:
    return " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
