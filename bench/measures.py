"""Pure: ranks of gold pages -> mean reciprocal rank, hits and their confidence intervals."""

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

RESAMPLES = 2000
CONFIDENCE = 0.95

_ENDING = re.compile(r"(?:(?<![^/])index)?\.html$")

Rank = int | None
"""Place of the first gold page, from 1; None where no gold page was found."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the bounds of its percentile bootstrap."""

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}]"


def page(url: str, root: str) -> str:
    """What a source URL is compared by: its path under the root, without anchor, `.html` and `index.html`."""
    path = url.removeprefix(root).partition("#")[0].partition("?")[0].strip("/")
    return _ENDING.sub("", path).strip("/")


def rank(pages: Sequence[str], gold: Sequence[str]) -> Rank:
    """Where the first gold page stands among the distinct pages, in the order of their first passage."""
    wanted = {page(path, "") for path in gold}
    distinct = dict.fromkeys(pages)
    return next((place for place, found in enumerate(distinct, start=1) if found in wanted), None)


def reciprocal(found: Rank) -> float:
    return 1 / found if found else 0.0


def hit(within: int) -> Callable[[Rank], float]:
    """1 where the first gold page stands within so many, else 0."""
    return lambda found: float(found is not None and found <= within)


def interval(values: Sequence[float], seed: int = 1) -> Interval:
    """The mean of some values, one or more, resampled with replacement; the same seed gives the same bounds."""
    draw = random.Random(seed)
    means = sorted(fmean(draw.choices(values, k=len(values))) for _ in range(RESAMPLES))
    tail = int((1 - CONFIDENCE) / 2 * RESAMPLES)
    return Interval(fmean(values), means[tail], means[-1 - tail])
