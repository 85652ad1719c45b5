"""One spelling for what looks the same: case, widths, look-alike letters, invisible characters, leetspeak."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

_DISGUISED = re.compile(
    "[\u00ad\u0300-\u036f\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u1d00-\u1d7f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u209f\u2100-\u214f\u2460-\u24ff\u3164\ufe00-\ufe0f\ufeff\uff01-\uffee\U0001d400-\U0001d7ff"
    "\U0001f100-\U0001f1ff\U000e0000-\U000e0fff]"
)
"""What is read as another character, or not at all."""
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True))
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕһԁԛԝвкмнтгпѵαβγειοκνρτυχωηκƖɑɡ",
    "aeopcyxijshdqwbkmhtrnvabyeioknptuxwnklag",
)
"""Letters of other alphabets by the Latin ones that they are taken for, in words of two alphabets."""
_OTHER = re.compile("[^\x00-\x7f]+")
_FOREIGN = re.compile("[\u0370-\u052fƖɑɡ]")
_MIXED = re.compile(r"[a-z]+[\u0370-\u052fƖɑɡ]|[\u0370-\u052fƖɑɡ]+[a-z]")
_WORD = re.compile(r"\w+")
_NOT_LETTERS = bytes(byte for byte in range(128) if not chr(byte).isalnum() and chr(byte) not in "@$!|")
_LEET = bytes.maketrans(b"01345789@$!|", b"oieastbgasil")
_PARTED = bytes(byte if chr(byte).isalnum() or byte > 127 or byte == 95 else 32 for byte in range(256))
_PUNCTUATION = re.compile("[\u00a0-\u00bf\u2000-\u206f\u3000-\u303f\uff00-\uff0f]")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text as it is compared, and where each of its characters stands in the text itself."""

    text: str
    places: Sequence[int]

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text itself that was folded to this one."""
        return self.places[start], self.places[end - 1] + 1 if end > start else self.places[start]


def fold(text: str) -> Folded:
    """Lower case; full-width, styled and look-alike letters as plain ones; nothing invisible."""
    lower = text.lower()
    other = "" if text.isascii() else "".join(_OTHER.findall(text))
    if len(lower) == len(text) and not _DISGUISED.search(other):
        return Folded(_unmixed(lower) if _FOREIGN.search(other) else lower, range(len(text) + 1))
    signs: list[str] = []
    places: list[int] = []
    for at, sign in enumerate(text):
        plain = _plain(sign) if _DISGUISED.match(sign) else sign.lower()[:1]
        signs.append(plain)
        places.extend([at] * len(plain))
    places.append(len(text))
    return Folded(_unmixed("".join(signs)), places)


def words(folded: str) -> list[bytes]:
    """The words of a folded text, as UTF-8: what of it is neither space nor punctuation."""
    plain = folded if folded.isascii() else _PUNCTUATION.sub(" ", folded)
    return plain.encode("utf-8", "replace").translate(_PARTED).split()


def squeeze(folded: str) -> bytes:
    """Letters only, without anything between them, and digits as the letters they stand for."""
    return folded.encode("ascii", "ignore").translate(None, _NOT_LETTERS).translate(_LEET)


def _plain(sign: str) -> str:
    if sign in _SMALL_CAPITALS:
        return _SMALL_CAPITALS[sign]
    spelled = unicodedata.normalize("NFKD", sign)
    return "".join(one for one in spelled if not _DISGUISED.match(one)).lower()


def _unmixed(text: str) -> str:
    if not _MIXED.search(text):
        return text
    return _WORD.sub(
        lambda word: word[0].translate(_LOOK_ALIKES) if _MIXED.search(word[0]) else word[0], text
    )
