"""Pure: whose VAT holds at an address, and its standard rate on a day, as tax_rates.toml has them."""

import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Place:
    """Where one VAT holds: a country, or a part of it; `home` is the country whose sellers are at home there."""

    code: str
    home: str
    in_union: bool


@dataclass(frozen=True, slots=True)
class Rates:
    """The file's tables under their names in it; a list of rates goes by days."""

    union: frozenset[str]
    rates: Mapping[str, tuple[tuple[date, Decimal], ...]]
    home: Mapping[str, str]
    same: Mapping[str, str]
    digits: Mapping[str, tuple[int, ...]]
    territories: Mapping[str, Mapping[str, str]]

    def place(self, country: str, postcode: str | None = None) -> Place:
        """Of an address; without a postcode it is none of the country's territories."""
        code = self.same.get(country, country)
        typed = _digits(postcode or "")
        fits = [prefix for prefix in self.territories.get(country, {}) if typed.startswith(prefix)]
        if fits:
            code = self.territories[country][max(fits, key=len)]
        return Place(code, self.home.get(code, code), code in self.union)

    def decides(self, country: str) -> bool:
        """Whether a country has territories, so that the postcode says whose VAT holds."""
        return country in self.territories

    def is_postcode(self, country: str, postcode: str) -> bool:
        """Whether it has the digits of the country's postcodes; true where these decide nothing."""
        return not self.decides(country) or len(_digits(postcode)) in self.digits[country]

    def standard(self, place: Place, day: date) -> Decimal | None:
        """In percent; None where no rate is known."""
        listed = self.rates.get(place.code) or self.rates.get(place.home, ())
        held = [rate for since, rate in listed if since <= day]
        return held[-1] if held else None


@cache
def known() -> Rates:
    """What comes with Lectern."""
    file = tomllib.loads(files("shared.billing.parties").joinpath("tax_rates.toml").read_text("utf-8"))
    return Rates(
        union=frozenset(file["union"]),
        rates={
            code: tuple((since, Decimal(rate)) for since, rate in listed)
            for code, listed in file["rates"].items()
        },
        home=file["home"],
        same=file["same"],
        digits={country: tuple(lengths) for country, lengths in file["digits"].items()},
        territories=file["territories"],
    )


def _digits(postcode: str) -> str:
    """`F-97 100` is 97100."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", postcode) if sign in "0123456789")
