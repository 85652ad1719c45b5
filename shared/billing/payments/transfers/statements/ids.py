"""Pure: by what a transfer is known, so that the same file, or one that overlaps it, brings nothing twice.

Banks number what they book in their own ways, and some per statement only: so a bank's number counts together with the
account, the day and the amount. What has no number is known by all that is said of it, and which of equal ones it is.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from typing import Final

from shared.billing.payments.port import Transfer

NEAR: Final = timedelta(days=3)
"""Two ways of telling one transfer may have it on other days: when it was booked, and when it counts."""
_UNNUMBERED: Final = "row"
_NO_NUMBERS: Final = {"", "NONREF", "NOTPROVIDED", "NOTAVAILABLE", "NA", "0"}
_MOST_SHOWN: Final = 60


@dataclass(slots=True)
class Numbering:
    """Of one file; `kind` is what file it is, in one word."""

    kind: str
    _seen: Counter[str] = field(default_factory=Counter)

    def numbered(self, number: str, *said: object) -> str:
        """What stands twice in a file counts once."""
        return f"{self.kind}:{_shown(number)}-{_digest((number, *said))}"

    def counted(self, number: str, *said: object) -> str:
        """Equal ones in a file are several; `number` is the bank's, if it gave one."""
        head = f"{self.kind}:{_shown(number)}" if is_number(number) else _UNNUMBERED
        known = f"{head}-{_digest((number, *said))}"
        self._seen[known] += 1
        return f"{known}-{self._seen[known]}"


def is_number(text: str) -> bool:
    """Whether what a bank wrote as its number is one."""
    return re.sub(r"[\W_]", "", text).upper() not in _NO_NUMBERS


def may_be_one(one: tuple[str, Transfer], other: tuple[str, Transfer]) -> bool:
    """Whether two transfers, each with its provider, may be one that came two ways: by two files, or a file and Wise.

    What one source numbers differently is two.
    """
    (provider, first), (another, second) = one, other
    if (provider, first.id) == (another, second.id):
        return False
    if (first.amount, first.currency) != (second.amount, second.currency) or abs(first.at - second.at) > NEAR:
        return False
    if provider != another or _source(first.id) != _source(second.id):
        return True
    return _source(first.id) == _UNNUMBERED and first.id.rpartition("-")[0] != second.id.rpartition("-")[0]


def _source(transfer_id: str) -> str:
    """A kind of file; none of what a provider numbered itself."""
    if transfer_id.startswith(f"{_UNNUMBERED}-"):
        return _UNNUMBERED
    kind, colon, _ = transfer_id.partition(":")
    return kind if colon else ""


def _shown(number: str) -> str:
    return re.sub(r"[^!-~]+", " ", number).strip()[:_MOST_SHOWN]


def _digest(said: Iterable[object]) -> str:
    return sha256("\x1f".join(map(str, said)).encode("utf-8", "replace")).hexdigest()[:16]
