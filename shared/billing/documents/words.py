"""Pure: what documents say in each language, and whose formats go with it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from babel.core import Locale, UnknownLocaleError, get_global
from babel.localedata import locale_identifiers

_FALLBACK: Final = "en"
_ELSEWHERE: Final = "en_150"
"""English as the rest of Europe writes it."""


@dataclass(frozen=True, slots=True)
class Words:
    """`said` is the table of the language in words.toml; `formats` is a locale of Babel in that language."""

    language: str
    formats: str
    said: Mapping[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.said[key]


@lru_cache(maxsize=1000)
def words(locale: str, template: int) -> Words:
    """Of a customer's locale. Where a template lacks the language it is English, with the formats of English there."""
    known = _table(template)
    try:
        wanted = Locale.parse(locale.replace("-", "_"))
    except (UnknownLocaleError, ValueError, TypeError):
        return Words(_FALLBACK, _FALLBACK, known[_FALLBACK])
    if wanted.language in known:
        return Words(wanted.language, str(wanted), known[wanted.language])
    return Words(_FALLBACK, _english(wanted), known[_FALLBACK])


def _english(wanted: Locale) -> str:
    """`de_AT` is `en_AT`, `de` is `en_DE`."""
    likely = get_global("likely_subtags").get(wanted.language, "")
    found = f"{_FALLBACK}_{wanted.territory or likely.rpartition('_')[2]}"
    return found if found in locale_identifiers() else _ELSEWHERE


@cache
def _table(template: int) -> Mapping[str, Any]:
    text = files(__package__).joinpath(f"templates/{template}/words.toml").read_text("utf-8")
    return tomllib.loads(text)
