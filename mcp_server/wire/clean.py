"""Lines that can be read: one with a lone surrogate would be dropped without an answer. Pure."""

import re

_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)


def readable(lines: bytes) -> bytes:
    """Whole lines of JSON in which half a character, as programs send that cut text by its length, is U+FFFD.

    Without that the SDK drops the message, and whoever sent it waits in vain.
    """
    if b"\\ud" not in lines and b"\\uD" not in lines:
        return lines
    return _ESCAPE.sub(lambda found: rb"\ufffd" if found["half"] else found[0], lines)
