"""Where the reader of a long answer stands: an opaque cursor, which needs no state in the server. Pure."""

import base64
import binascii
from dataclasses import dataclass

_STATE_BYTES = 8


class StaleCursor(ValueError):
    """The cursor belongs to another question, or to documentation that has been replaced since."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Which of the ranked passages have been read. `state` stands for the question and what it is asked of."""

    state: bytes = bytes(_STATE_BYTES)
    read: frozenset[int] = frozenset()

    def after(self, shown: frozenset[int]) -> str:
        """The cursor of the next call, once these places of the ranking were shown too."""
        bits = sum(1 << place for place in self.read | shown)
        raw = self.state + bits.to_bytes(-(-bits.bit_length() // 8), "little")
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def reading(cursor: str, state: str) -> Reading:
    """What a cursor says; an empty one is the beginning. `state` is a hex digest.

    Raises StaleCursor.
    """
    here = bytes.fromhex(state)[:_STATE_BYTES]
    if not cursor:
        return Reading(here)
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise StaleCursor(cursor) from error
    if raw[:_STATE_BYTES] != here or len(raw) > 1024:
        raise StaleCursor(cursor)
    bits = int.from_bytes(raw[_STATE_BYTES:], "little")
    return Reading(here, frozenset(place for place in range(bits.bit_length()) if bits >> place & 1))
