"""Texts within a text: encoded, reversed or rotated, and words taken apart."""

import base64
import binascii
import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from urllib.parse import unquote

LONG = 24
"""Characters of an unbroken word from which on it may be an encoded sentence."""
MOST = 20_000
"""Characters of it that are decoded."""

_SHAPE = bytes(32 if byte <= 32 else 120 for byte in range(256))
_UNBROKEN = b"x" * LONG
_CODED = re.compile(rf"[A-Za-z0-9+/_%\\-]{{{LONG},}}={{0,2}}")
_APART = re.compile(
    rb"(?:ignore|disregard|forget|override)(?:all|any|every|of|the|your|my|these|those){0,3}"
    rb"(?:previous|prior|above|earlier|preceding|system)(?:instruction|prompt|direction|guideline|rule)"
)
_SAID = (b"previousinstruction", b"priorinstruction", b"aboveinstruction", b"systemprompt")
_HINTS = (b"tcurtsni", b"tpmorp", b"vafgehpg", b"cebzcg")
"""Parts of them, of which one stands in each."""
_TURNED = tuple(
    turned for said in _SAID for turned in (said[::-1], codecs.encode(said.decode(), "rot13").encode())
)


def spelled_apart(letters: bytes) -> bool:
    """Whether squeezed letters, without what stood between them, order an agent to forget its orders."""
    if b"instruct" in letters or b"prompt" in letters or b"guideline" in letters:
        return _APART.search(letters) is not None
    return False


def turned(letters: bytes) -> bool:
    """Whether an order stands there backwards or rotated by thirteen letters."""
    return any(hint in letters for hint in _HINTS) and any(said in letters for said in _TURNED)


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and meaning of what in a text is encoded text: base64, hexadecimal, per cent signs, escapes."""
    shape = text.encode("ascii", "replace").translate(_SHAPE)
    start = shape.find(_UNBROKEN)
    while start >= 0:
        end = shape.find(b" ", start)
        end = len(text) if end < 0 else end
        for found in _CODED.finditer(text, start, end):
            meaning = next(filter(_is_text, _meanings(found[0][:MOST])), None)
            if meaning is not None:
                yield found.start(), found.end(), meaning
        start = shape.find(_UNBROKEN, end)


def _meanings(word: str) -> Iterator[str]:
    if word.count("%") * 4 > len(word):
        yield unquote(word)
    if "\\" in word:
        escapes = re.sub(r"\\u00([0-9a-fA-F]{2})|\\x([0-9a-fA-F]{2})", _unescaped, word)
        if escapes != word:
            yield escapes
    with suppress(ValueError):
        yield bytes.fromhex(word).decode("ascii")
    if word == word.lower() or word == word.upper():
        return  # base64 of a sentence has letters of both cases
    with suppress(binascii.Error, ValueError):
        bare = word.rstrip("=")
        filled = bare + "=" * (-len(bare) % 4)
        signs = b"-_" if "-" in bare or "_" in bare else None
        yield base64.b64decode(filled, signs, validate=True).decode("utf-8")


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1] or found[2], 16))


def _is_text(meaning: str) -> bool:
    return meaning.replace("\n", "").isprintable() and (meaning.isascii() or " " in meaning)
