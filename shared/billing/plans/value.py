"""Pure: values of a JSON file, each of which knows where it stands and can be refused there."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from shared.billing.money import number
from shared.errors import InvalidRequest
from shared.one_line import one_line
from shared.visible import is_visible

_MOST_SIGNS, _MOST_LISTED, _MOST_SHOWN = 1_000_000, 100, 120
_NO_NUMBER = 'must be a number, such as "0.0005"'


@dataclass(frozen=True, slots=True)
class Value:
    """Every method raises InvalidRequest with the path, what is wrong there, and the hint."""

    value: Any
    path: str = ""
    hint: str = ""

    def wrong(self, why: str) -> NoReturn:
        raise InvalidRequest(f"{_shown(self.path)}: {why}" if self.path else f"the file {why}", self.hint)

    def parts(self, needed: Sequence[str], more: Sequence[str] = ()) -> dict[str, "Value"]:
        """An object's values; one of `more` that is left out is None."""
        if not isinstance(self.value, dict):
            self.wrong("must be an object, { }")
        known = (*needed, *more)
        for key in self.value:
            if key not in known:
                self.wrong(f"has no key {key[:40]!r}; it has {', '.join(known)}")
        for key in needed:
            if self.value.get(key) is None:
                self.wrong(f"needs {key}")
        return {key: self._part(key, self.value.get(key)) for key in known}

    def listed(self, least: int = 0) -> list["Value"]:
        if not isinstance(self.value, list):
            self.wrong("must be a list, [ ]")
        if len(self.value) < least:
            self.wrong("is empty")
        if len(self.value) > _MOST_LISTED:
            self.wrong(f"has more than {_MOST_LISTED}")
        return [self._item(number, one) for number, one in enumerate(self.value)]

    def text(self, most: int) -> str:
        """In one line."""
        if not isinstance(self.value, str) or not (text := one_line(self.value)):
            self.wrong("must be text")
        if len(text) > most:
            self.wrong(f"has more than {most:,} characters")
        return text

    def one_of(self, choices: Sequence[str]) -> Any:
        if self.value not in choices:
            self.wrong(f"must be one of {', '.join(choices)}")
        return self.value

    def count(self, least: int, most: int) -> int:
        if not isinstance(self.value, int) or isinstance(self.value, bool) or not least <= self.value <= most:
            self.wrong(f"must be a whole number from {least:,} to {most:,}")
        return self.value

    def flag(self) -> bool:
        if not isinstance(self.value, bool):
            self.wrong("must be true or false")
        return self.value

    def number(self, most: Decimal) -> Decimal:
        """From 0; of text or a number, which is read as text is: no float lies between."""
        if isinstance(self.value, bool) or not isinstance(self.value, str | int | Decimal):
            self.wrong(_NO_NUMBER)
        read = number(self.value) if isinstance(self.value, str) else Decimal(self.value)
        if read is None:
            self.wrong(_NO_NUMBER)
        if not read.is_finite() or not 0 <= read <= most:
            self.wrong(f"must be from 0 to {most:,}")
        return read

    def anything(self) -> Any:
        """Numbers that are no whole ones become text: no float keeps them."""
        if isinstance(self.value, dict):
            return {key: self._part(key, one).anything() for key, one in self.value.items()}
        if isinstance(self.value, list):
            return [self._item(number, one).anything() for number, one in enumerate(self.value)]
        return f"{self.value:f}" if isinstance(self.value, Decimal) else self.value

    def check_visible(self) -> None:
        """Refuse text, keys too, in which something is hidden."""
        if isinstance(self.value, dict):
            for key, one in self.value.items():
                replace(self, value=key).check_visible()
                self._part(key, one).check_visible()
        elif isinstance(self.value, list):
            for number, one in enumerate(self.value):
                self._item(number, one).check_visible()
        elif isinstance(self.value, str) and not is_visible(self.value):
            self.wrong("has characters that nobody sees")

    def _part(self, key: str, value: Any) -> "Value":
        return replace(self, value=value, path=f"{self.path}.{key}" if self.path else key)

    def _item(self, number: int, value: Any) -> "Value":
        return replace(self, value=value, path=f"{self.path}[{number}]")


def parse(text: str, hint: str) -> Value:
    """Raises InvalidRequest for what is no JSON, names a key twice, hides characters, or is too much."""
    file = Value(None, hint=hint)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in pairs:
            if key in found:
                file.wrong(f"has the key {key[:40]!r} twice in one object")
            found[key] = value
        return found

    def no_number(word: str) -> NoReturn:
        file.wrong(f"has {word}, which is no number")

    if len(text) > _MOST_SIGNS:
        file.wrong("is too large")
    try:
        read = json.loads(text, parse_float=Decimal, parse_constant=no_number, object_pairs_hook=once)
        top = replace(file, value=read)
        top.check_visible()
        return top
    except json.JSONDecodeError as error:
        file.wrong(f"is no JSON: {error.msg}, line {error.lineno}, column {error.colno}")
    except RecursionError:
        file.wrong("is nested too deeply")
    except (ValueError, InvalidOperation):
        file.wrong("has a number with too many digits")


def _shown(path: str) -> str:
    """A path's keys are a stranger's text: of what nobody sees, signs that everybody does."""
    path = path if len(path) <= _MOST_SHOWN else path[:_MOST_SHOWN] + "…"
    return path if is_visible(path) and path.isprintable() else ascii(path)
