"""Text that is safe to send, and lines that can be read: one lone surrogate would end the server, or be
dropped without an answer. Pure.
"""

import re
from typing import Any

_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def clean(text: str) -> str:
    """The text without control characters other than tab and line ends; lone surrogates become U+FFFD."""
    if text.isascii():
        return _UNSENDABLE.sub("", text)
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


def readable(lines: bytes) -> bytes:
    """Whole lines of JSON in which half a character, as programs send that cut text by its length, is U+FFFD.

    Without that the SDK drops the message, and whoever sent it waits in vain.
    """
    if b"\\ud" not in lines and b"\\uD" not in lines:
        return lines
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], lines)
