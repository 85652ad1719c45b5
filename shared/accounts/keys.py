"""Pure: API keys. `lect_`, 43 base62 digits of 256 random bits, 6 of the CRC-32 of all that stands before them."""

import hashlib
import re
import string
from collections.abc import Callable
from typing import NamedTuple
from zlib import crc32

from shared.errors import InvalidKey

_START = "lect_"
_DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM, _CHECK = 43, 6
_BYTES = 32
PREFIX_CHARACTERS = len(_START) + 5
"""What of a key is shown; not unique."""
_SHAPE = re.compile(rf"{_START}[0-9A-Za-z]{{{_RANDOM + _CHECK}}}")
_WHERE = "copy it again, whole, or ask your operator for a new one"


class Minted(NamedTuple):
    """A new key, shown once; its beginning, and the hash that is kept."""

    key: str
    prefix: str
    hash: str


def mint(random: Callable[[int], bytes]) -> Minted:
    """A key of 32 bytes of `random`, such as `secrets.token_bytes`."""
    body = _START + _base62(int.from_bytes(random(_BYTES)), _RANDOM)
    key = body + _checksum(body)
    return Minted(key, key[:PREFIX_CHARACTERS], _hash(key))


def hash_of(text: str) -> str:
    """The hash under which a key is kept, 64 hexadecimal digits. Raises InvalidKey, which never shows the key."""
    key = text.strip()
    if not key:
        raise InvalidKey("the API key is empty", _WHERE)
    if not key.startswith(_START):
        raise InvalidKey(f"this is no API key of Lectern's: those begin with {_START}", _WHERE)
    if not _SHAPE.fullmatch(key):
        wanted = len(_START) + _RANDOM + _CHECK
        raise InvalidKey(f"the API key is incomplete or damaged: it has {wanted} letters and digits", _WHERE)
    if _checksum(key[:-_CHECK]) != key[-_CHECK:]:
        raise InvalidKey("the API key has a typing error: its checksum does not fit", _WHERE)
    return _hash(key)


def is_whole(text: str) -> bool:
    """Whether it shows more of a key than its prefix."""
    return text.strip().startswith(_START) and len(text.strip()) > PREFIX_CHARACTERS


def _hash(key: str) -> str:
    """Fast, for 256 random bits cannot be guessed."""
    return hashlib.sha256(key.encode()).hexdigest()


def _checksum(body: str) -> str:
    return _base62(crc32(body.encode()), _CHECK)


def _base62(number: int, digits: int) -> str:
    said = ""
    for _ in range(digits):
        number, digit = divmod(number, len(_DIGITS))
        said = _DIGITS[digit] + said
    return said
