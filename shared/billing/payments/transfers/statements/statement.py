"""Pure: what a file of a bank says of an account."""

from dataclasses import dataclass
from typing import NamedTuple

from shared.billing.payments.port import Transfer


class Bad(NamedTuple):
    """What of a file could not be read, and costs nothing else: a line of it, and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`passed_over` counts what is no money that came: debits, what is not booked, what was turned back.

    `is_wise`: its transfers have the numbers that Wise's own statements have.
    """

    kind: str
    transfers: tuple[Transfer, ...]
    bad: tuple[Bad, ...] = ()
    passed_over: int = 0
    is_wise: bool = False
