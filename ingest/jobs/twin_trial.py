"""Pure: whether a site's Markdown twins are worth their requests, by the first pages that were read in both forms."""

from dataclasses import dataclass

from ingest.extract import Kin

PAGES = 20
"""Asked for in both forms until the site is judged."""
MISSES = 3
"""So many have no twin before any was found, and the site is taken to have none."""


@dataclass(slots=True)
class TwinTrial:
    """Twins are asked for while it is open: until it has ended, and after it where one page gained by its twin."""

    asked: int = 0
    found: int = 0
    richer: int = 0

    @property
    def is_open(self) -> bool:
        if not self.found:
            return self.asked < MISSES
        return self.richer > 0 or self.asked < PAGES

    def add(self, kin: Kin | None) -> None:
        """What became of one page's twin; None where there was none."""
        self.asked += 1
        self.found += kin not in (None, Kin.OTHER)
        self.richer += kin is Kin.RICHER
