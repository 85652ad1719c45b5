"""Pure: whether a new generation is so much smaller than the served one that a person should look first."""

from dataclasses import dataclass
from fractions import Fraction

LARGEST_LOSS = Fraction(1, 5)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a generation holds."""

    pages: int
    chunks: int


def shrinkage(served: Size, new: Size) -> str | None:
    """Why the new generation is not served in place of the other one, or None."""
    losses = [
        f"{now:,} {what} instead of {before:,} ({100 * (before - now) / before:.3g} % fewer)"
        for what, before, now in (
            ("pages", served.pages, new.pages),
            ("chunks", served.chunks, new.chunks),
        )
        if before - now > LARGEST_LOSS * before
    ]
    return ", ".join(losses) or None
