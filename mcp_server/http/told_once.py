"""Pure: the log hears at once of what happens often, and then once a minute how often it happened."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

EVERY: Final = timedelta(minutes=1)


class ToldOnce:
    """By what it is about, of which there are few."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._told_at: dict[str, datetime] = {}
        self._untold: Counter[str] = Counter()

    def happened(self, about: str) -> int | None:
        """How often since it was told last, if it is to be told now."""
        self._untold[about] += 1
        now = self._clock()
        told_at = self._told_at.get(about)
        if told_at is not None and timedelta(0) <= now - told_at < EVERY:
            return None
        self._told_at[about] = now
        return self._untold.pop(about)
