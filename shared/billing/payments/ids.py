"""Pure: ids as people type them, by their beginnings."""

from typing import Final

_DIGITS: Final = frozenset("0123456789abcdef-")


def is_beginning(text: str) -> bool:
    """Whether an id may begin like this, in lower case."""
    return bool(text) and set(text) <= _DIGITS
