"""Text of strangers for a terminal: every obeyed or invisible sign is spelled out, and what is long is cut.

Nothing that a site or its owner wrote reaches a terminal otherwise: consoles spell out what slips through.
"""

import unicodedata

from rich.markup import escape

from shared.one_line import one_line

ADDRESS = 2000
WORDS = 300
"""Characters of an address, and of any other text but ids and versions, that are shown."""
_LINES = "\n\t"
_INVISIBLE = ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp")
_FILLERS = "\u034f\u115f\u1160\u3164\uffa0"
"""Marks and letters that are drawn as nothing."""
_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""Persian, the scripts of India, and pictures made of several."""


def exact(text: str) -> str:
    """An id, a version or a path as markup: whole, for it is copied."""
    return escape(_line(text))


def address(url: str) -> str:
    """An address as markup, in one piece."""
    return escape(_cut(_line(url), ADDRESS))


def words(text: str) -> str:
    """Any other text as markup, in one line."""
    return escape(_cut(drawn(one_line(text)), WORDS))


def sentence(text: str) -> str:
    """A message of ours as markup, with whatever addresses and words stand in it."""
    shown = (_cut(word, ADDRESS if "://" in word else WORDS) for word in drawn(text).split())
    return escape(" ".join(shown))


def legible(text: str) -> str:
    """`text` with controls, escapes, zero-width and private characters as `<U+001B>`; lines stay lines."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign if sign in _LINES or not _is_hidden(sign) else _spelled(sign) for sign in text)


def drawn(text: str) -> str:
    """The same, but that signs which join others stay where a script or an emoji needs them."""
    if text.isascii() and text.isprintable():
        return text
    pairs = zip(f" {text}", text, strict=False)
    return "".join(
        sign if sign in _LINES or not _is_hidden(sign) or _joins(before, sign) else _spelled(sign)
        for before, sign in pairs
    )


def _line(text: str) -> str:
    return "".join(_spelled(sign) if _is_hidden(sign) else sign for sign in text)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _spelled(sign: str) -> str:
    return f"<U+{ord(sign):04X}>"


def _is_hidden(sign: str) -> bool:
    if " " <= sign <= "~":
        return False
    return unicodedata.category(sign) in _INVISIBLE or sign in _FILLERS or _is_selector(sign)


def _joins(before: str, sign: str) -> bool:
    if sign == "\ufe0f" and before in "#*0123456789":
        return True
    return sign in _JOINERS and before > "~" and not _is_hidden(before)


def _is_selector(sign: str) -> bool:
    return "\ufe00" <= sign <= "\ufe0f" or "\U000e0100" <= sign <= "\U000e01ef"
