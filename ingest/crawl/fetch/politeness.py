"""Pure: how we behave towards a site: our name, the limits of one fetch, when the next request may start."""

from collections import defaultdict
from dataclasses import dataclass

MEGABYTE = 1 << 20


def user_agent(version: str, contact: str) -> str:
    """How a crawl names itself to a site, and where its operator can be reached."""
    return f"Lectern/{version} (+{contact})"


@dataclass(frozen=True, slots=True)
class FetchPolicy:
    """Limits of one fetch. Times are seconds."""

    user_agent: str = "Lectern"
    connect: float = 10.0
    read: float = 20.0
    """Silence in the middle of an answer."""
    head: float = 30.0
    """From the request to the last of the headers, however lively they dribble in."""
    total: float = 60.0
    """One try, from the request to the last byte."""
    patience: float = 25.0
    """How far a body may fall behind the pace of `slowest` bytes a second."""
    slowest: int = 1_000
    max_bytes: int = 20 * MEGABYTE
    """Of a body, unpacked."""
    max_redirects: int = 10
    attempts: int = 3
    backoff: float = 1.0
    """The first wait between two tries; each further one is twice as long, with jitter."""
    longest_wait: float = 60.0
    """How long a Retry-After may keep a page waiting."""


_RECENT = 0.3
"""The weight of the latest answer in how fast a host is now."""
_FORGETS = 0.002
"""How fast what was slow becomes usual."""
_SLOWER = 3.0
_LAG = 0.5
"""Seconds. A host labours when it takes three times what is usual for it, and so much more."""
_LONGEST_EASE = 10.0
_STEPS = 8.0
_SHORTEST_EASE = 0.005


@dataclass(slots=True)
class _Health:
    """What a host's own answers say of how it copes. Seconds."""

    usual: float | None = None
    recent: float = 0.0
    ease: float = 0.0
    """The delay that gives it time to recover."""

    def answered(self, latency: float) -> None:
        if self.usual is None:
            self.usual = self.recent = latency
        self.recent += _RECENT * (latency - self.recent)
        self.usual = min(self.usual + _FORGETS * (self.recent - self.usual), latency)
        lag = self.recent - self.usual
        if lag > _LAG and self.recent > _SLOWER * self.usual:
            self.ease = min(max(self.ease, lag), _LONGEST_EASE)
        else:
            self.ease = self.ease / 2 if self.ease > _SHORTEST_EASE else 0.0


class Pace:
    """Spaces the requests to each host as robots.txt asks, and more where it labours.

    `step` is the first delay after a failure that looks like overload; further ones double it up to
    eightfold, good answers halve it. Times are seconds of one clock that the caller reads.
    """

    def __init__(self, step: float = 0.5) -> None:
        self._delay: defaultdict[str, float] = defaultdict(float)
        self._step = step
        self._health: defaultdict[str, _Health] = defaultdict(_Health)
        self._free: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def slow_to(self, host: str, delay: float) -> None:
        """The host asks for at least this many seconds between two requests."""
        self._delay[host] = max(self._delay[host], delay)

    def pause(self, host: str, now: float, seconds: float) -> None:
        """The host asks to be left alone for a while."""
        self._held[host] = max(self._held.get(host, now), now + seconds)

    def answered(self, host: str, latency: float) -> None:
        """The host took so long to begin an answer."""
        self._health[host].answered(latency)

    def strained(self, host: str) -> None:
        """The host failed in a way that looks like overload."""
        health = self._health[host]
        if health.ease < _STEPS * self._step:
            health.ease = max(2 * health.ease, self._step)

    def delay(self, host: str) -> float:
        """Seconds between two requests to the host, as things are."""
        return max(self._delay[host], self._health[host].ease)

    def reserve(self, host: str, now: float) -> float:
        """Take the host's next slot. Returns the seconds until it comes."""
        slot = max(now, self._free.get(host, now), self._held.get(host, now))
        self._free[host] = slot + self.delay(host)
        return slot - now

    def paused(self, host: str, now: float) -> float:
        """Seconds for which the host is still to be left alone."""
        return max(0.0, self._held.get(host, now) - now)
