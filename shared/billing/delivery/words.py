"""Pure: the words of letters, and the formats, of a customer's locale."""

import tomllib
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any, Final

from shared.billing.documents import formats
from shared.billing.documents.words import words

_TEMPLATE: Final = 1
"""Whose languages these are."""


class Words:
    """The words of a customer's locale, and its formats, as its documents have them."""

    def __init__(self, locale: str) -> None:
        found = words(locale, _TEMPLATE)
        self.language, self.formats = found.language, found.formats
        self._said = _table()[found.language]

    def __call__(self, name: str, **given: Any) -> str:
        return self._said[name].format(**given)

    def day(self, day: date | str) -> str:
        on = date.fromisoformat(day) if isinstance(day, str) else day
        return formats.day(on, self.formats)

    def money(self, amount: Decimal, code: str) -> str:
        return formats.money(amount, code, self.formats)

    def percent(self, percent: Decimal) -> str:
        return formats.percent(percent, self.formats)

    def number(self, number: int) -> str:
        return formats.number(number, self.formats)


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(files("shared.billing.delivery").joinpath("words.toml").read_text("utf-8"))
