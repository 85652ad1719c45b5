"""Pure: on which days an unpaid invoice is tried again, or its reader reminded."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final

DAYS: Final = (0, 3, 7, 14)
"""Days after the one on which an invoice is due; a step each."""
LAST: Final = len(DAYS) - 1


def step(due_on: date, today: date, done: Collection[int]) -> int | None:
    """The newest step whose day has come, unless it or a later one is done. Steps that were missed are passed over."""
    come = [number for number, days in enumerate(DAYS) if due_on + timedelta(days=days) <= today]
    newest = max(come, default=None)
    return None if newest is None or any(number >= newest for number in done) else newest


def day_of(due_on: date, number: int) -> date:
    return due_on + timedelta(days=DAYS[number])


def is_over(done: Collection[int]) -> bool:
    """Whether nothing more is tried by itself."""
    return LAST in done
