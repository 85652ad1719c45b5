"""Pure: what came of an attempt to deliver a message, and when the next one is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from shared.one_line import one_line
from shared.visible import visible

Status = Literal["waiting", "delivered", "failed", "dropped"]

FIRST: Final = timedelta(minutes=5)
"""Between the first attempt and the second; each pause is twice the one before it."""
LONGEST: Final = timedelta(hours=6)
MOST_ATTEMPTS: Final = 24
"""Then it failed: about five days after the first."""
LATER: Final = "what waits is sent by a later run"
MOST_CHARACTERS: Final = 500
"""Of a reason."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`unanswered`: the connection broke or was silent, so nobody knows whether it was taken.

    `endless`: it is tried again however often it failed, since nobody turned it away.
    """

    status: Status
    reason: str | None = None
    unanswered: bool = False
    endless: bool = False


DELIVERED: Final = Outcome("delivered")


def later(reason: str, *, unanswered: bool = False, endless: bool = False) -> Outcome:
    return Outcome("waiting", told(reason), unanswered, endless)


def refused(reason: str) -> Outcome:
    return Outcome("failed", told(reason))


def told(reason: str) -> str:
    """What a server said, as it can be kept and shown: in one line, and not long."""
    return one_line(visible(reason))[:MOST_CHARACTERS]


def settled(outcome: Outcome, attempts: int) -> Outcome:
    """What becomes of it after so many attempts."""
    if outcome.status == "waiting" and not outcome.endless and attempts >= MOST_ATTEMPTS:
        return refused(f"given up after {attempts} attempts: {outcome.reason}")
    return outcome


def next_attempt(now: datetime, attempts: int) -> datetime:
    """After so many attempts, one or more, of which `now` is the last."""
    doubled = 1 << min(attempts - 1, 16)
    return now + min(LONGEST, FIRST * doubled)
