"""Pure: VAT numbers of the Union, GB, XI, CH and NO, and which countries they belong to. No register is asked."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from stdnum.ch import vat as swiss
from stdnum.eu import vat as union
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.gb import vat as british
from stdnum.no import mva as norwegian

from shared.errors import InvalidRequest

_PREFIXES = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
_UNION: Final = frozenset(_PREFIXES.split())
_OTHERS: Final[dict[str, tuple[str, Callable[[str], str]]]] = {
    "GB": ("GB", british.validate),
    "CH": ("", swiss.validate),
    "NO": ("NO", norwegian.validate),
}
"""What python-stdnum leaves away of a number, and how it checks one."""
_COUNTRY = {"EL": "GR", "XI": "GB"}
"""The country of a prefix that is no country's code. Services from Northern Ireland are British."""
_ALSO = {
    "CH": {"LI"},
    "FI": {"AX"},
    "FR": {"GF", "GP", "MC", "MQ", "RE", "YT"},
    "GB": {"IM"},
    "NO": {"SJ"},
}
"""Addresses beside the country's own whose numbers are the country's."""
_WRONG = {InvalidChecksum: "its check digits are wrong", InvalidLength: "its length is wrong"}


def read(text: str) -> str:
    """A VAT number as it was typed, in one piece with its prefix. Raises InvalidRequest."""
    number = re.sub(r"[\s.,/:_-]", "", unicodedata.normalize("NFKC", text)).upper()
    number = re.sub("^GR", "EL", number)
    prefix, shown = number[:2], repr(text[:40])
    if prefix not in _UNION and prefix not in _OTHERS:
        raise InvalidRequest(
            f"{shown} is no VAT number of the Union, GB, XI, CH or NO",
            "begin it with its country, such as FR; a number of another country is a --reference",
        )
    try:
        if not re.fullmatch("[0-9A-Z+*]{4,20}", number):
            raise ValidationError
        before, check = _OTHERS.get(prefix, ("", union.validate))
        return before + check(number)
    except ValidationError as error:
        wrong = _WRONG.get(type(error), "its form is wrong")
        raise InvalidRequest(
            f"{shown} is no VAT number of {prefix} ({wrong})", "correct it, or leave it out"
        ) from None


def country(number: str) -> str:
    """The code of the country that gave a number that was read."""
    return _COUNTRY.get(number[:2], number[:2])


def belongs(number: str, address: str) -> bool:
    """Whether a country of an address is one where such a number is given."""
    giver = country(number)
    return address == giver or address in _ALSO.get(giver, ())
