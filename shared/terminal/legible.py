"""Text of strangers for a terminal: every sign that is obeyed or unseen there is spelled out."""

import unicodedata

_KEPT = "\n\t"
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
_FILLERS = "\u034f\u115f\u1160\u3164\uffa0"
"""Marks and letters that are drawn as nothing."""


def legible(text: str) -> str:
    """`text` with controls, escapes, zero-width and private characters as `<U+001B>`."""
    return "".join(_spelled(sign) for sign in text)


def _spelled(sign: str) -> str:
    if sign in _KEPT or " " <= sign <= "~":
        return sign
    hidden = unicodedata.category(sign) in _UNSEEN or sign in _FILLERS or _is_selector(sign)
    return f"<U+{ord(sign):04X}>" if hidden else sign


def _is_selector(sign: str) -> bool:
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
