"""What each stage of a run knows of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Run:
    """`now` is the run's clock; usage that was recorded within `grace` after its month is billed.

    `providers` are those that can charge a method, by name.
    """

    now: datetime
    grace: timedelta
    providers: frozenset[str] = frozenset()
