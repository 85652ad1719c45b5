"""Pure: who bills and who is billed, and what people type about them."""

import zoneinfo
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from babel.core import Locale, UnknownLocaleError
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError

from shared.accounts.emails import address as email_address
from shared.billing.money import currency
from shared.billing.parties import vat_numbers
from shared.billing.parties.countries import country
from shared.billing.parties.rates import Rates
from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.visible import visible

_MOST_DAYS = 365
"""Of a term."""
_MOST_NOTE = 2000
"""Characters of a legal note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """As the columns of `customers`, with what holds where these say nothing."""

    name: str | None = None
    address: str | None = None
    postcode: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    vat_number: str | None = None
    invoice_email: str | None = None
    reference: str | None = None
    locale: str = "en"
    zone: str = "UTC"
    term_days: int = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Seller(Profile):
    """As the columns of `seller`; a seller without a row is this one."""

    currency: str = "EUR"
    iban: str | None = None
    oss: bool = False
    small_business: bool = False
    legal_notes: Mapping[str, str] = field(default_factory=dict)


def read(typed: Mapping[str, str]) -> dict[str, Any]:
    """Columns as they were typed, as they are kept; what is empty is None. Raises InvalidRequest."""
    kept = {name: _READERS[name](text.strip()) if text.strip() else None for name, text in typed.items()}
    return {name: None if value == "" else value for name, value in kept.items()}


def legal_note(locale: str, text: str) -> tuple[str, str]:
    """A note for the invoices in a language; an empty one takes it away. Raises InvalidRequest."""
    return _locale(locale), _text("a legal note", _MOST_NOTE, lines=True)(text.strip())


def check(kept: Mapping[str, Any], given: Collection[str], rates: Rates, *, abroad: bool) -> None:
    """What was `given` must agree with the rest of what is `kept`. Raises InvalidRequest."""
    where, number, postcode = kept["country"], kept["vat_number"], kept["postcode"]
    if {"country", "postcode"} & set(given) and where and postcode and not rates.is_postcode(where, postcode):
        raise InvalidRequest(
            f"{postcode[:20]!r} is no postcode of {where}", f"write it with {_lengths(rates, where)} digits"
        )
    if {"country", "vat_number"} & set(given) and where and number and not abroad:
        if vat_numbers.belongs(number, where):
            return
        raise InvalidRequest(
            f"the VAT number {number} is not of {where}, the address's country",
            "correct one of them, or add --vat-number-abroad",
        )


def _text(what: str, most: int, *, lines: bool = False) -> Callable[[str], str]:
    """Without what a reader cannot see, as the tables keep it, and in one line but where `lines` are wanted."""

    def read_text(text: str) -> str:
        if any("\ud800" <= sign <= "\udfff" for sign in text):
            raise InvalidRequest(f"{what} holds half a character", "type it again")
        kept = visible(text).splitlines() if lines else [visible(text)]
        joined = "\n".join(filter(None, map(one_line, kept)))
        if len(joined) > most:
            raise InvalidRequest(f"{what} has at most {most} characters", "shorten it")
        return joined

    return read_text


def _email(text: str) -> str:
    return email_address(text, internal=True).email


def _locale(text: str) -> str:
    try:
        known = Locale.parse(text.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        known = None
    tag = str(known).replace("_", "-")
    if known is None or len(tag) > 20:
        raise InvalidRequest(f"{text[:40]!r} is no locale", "name one such as fr or de-AT")
    return tag


def _zone(text: str) -> str:
    zones = {name.casefold(): name for name in zoneinfo.available_timezones() - {"Factory", "localtime"}}
    found = zones.get(text.casefold())
    if found is None:
        raise InvalidRequest(f"{text[:64]!r} is no time zone", "name one such as Europe/Paris or UTC")
    return found


def _term(text: str) -> int:
    days = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1
    if not 0 <= days <= _MOST_DAYS:
        raise InvalidRequest(f"{text[:20]!r} is no term", f"name days from 0 to {_MOST_DAYS}")
    return days


def _iban(text: str) -> str:
    try:
        if text.isascii():
            return str(ibans.validate(text))
    except ValidationError:
        pass
    raise InvalidRequest(f"{text[:40]!r} is no IBAN", "copy it from a statement of the account")


def _lengths(rates: Rates, country_: str) -> str:
    return " or ".join(map(str, rates.digits[country_]))


_READERS: Final[Mapping[str, Callable[[str], Any]]] = {
    "name": _text("a name", 200),
    "address": _text("an address", 500, lines=True),
    "postcode": _text("a postcode", 20),
    "city": _text("a city", 100),
    "region": _text("a region", 100),
    "country": country,
    "vat_number": vat_numbers.read,
    "invoice_email": _email,
    "reference": _text("a reference", 100),
    "locale": _locale,
    "zone": _zone,
    "term_days": _term,
    "currency": currency,
    "iban": _iban,
}
