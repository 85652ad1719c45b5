"""One provider asked about many rows: what stops one row, and what stops all that are left."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from shared.errors import InvalidRequest, ProviderRefused, ProviderStopped, ProviderUnclear
from shared.stores.postgres import Row

MOST_UNANSWERED: Final = 2
"""In a row; then nobody is there, and the rest is not asked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """How many are `done`, how many failed and are tried by the next run, and why, a line each."""

    done: int = 0
    left: int = 0
    stopped: tuple[str, ...] = ()

    def __add__(self, more: "Asked") -> "Asked":
        return Asked(self.done + more.done, self.left + more.left, self.stopped + more.stopped)


async def each(name: str, rows: Sequence[Row], ask: Callable[[Row], Awaitable[bool]]) -> Asked:
    """`ask` says whether it is done, of each row on its own; what fails is left."""
    done, left, unanswered, why = 0, 0, 0, list[str]()
    for at, row in enumerate(rows):
        try:
            done += await ask(row)
            unanswered = 0
        except (ProviderRefused, InvalidRequest) as error:
            left += 1
            why.append(error.line)
        except ProviderUnclear as error:
            left += 1
            unanswered += 1
            if unanswered == MOST_UNANSWERED:
                return Asked(done, left + len(rows) - at - 1, (*why, error.line))
        except ProviderStopped as error:
            return Asked(done, left + len(rows) - at, (*why, error.line))
    return Asked(done, left, tuple(why))
