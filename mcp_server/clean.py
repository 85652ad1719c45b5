"""Text that is safe to send: one lone surrogate in a message would end the server. Pure."""

import re
from typing import Any

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(text: str) -> str:
    """The text without control characters other than tab and line ends; lone surrogates become U+FFFD."""
    return _UNSENDABLE.sub("", text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def clean_json(value: Any) -> Any:
    """A JSON value of which every string, keys too, is clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [clean_json(item) for item in value]
    return value
