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
    total: float = 60.0
    """One try, from the request to the last byte."""
    max_bytes: int = 20 * MEGABYTE
    """Of a body, unpacked."""
    max_redirects: int = 10
    attempts: int = 3
    backoff: float = 1.0
    """The first wait between two tries; each further one is twice as long, with jitter."""
    longest_wait: float = 60.0
    """How long a Retry-After may keep a page waiting."""


class Pace:
    """Spaces the requests to each host by `delay` seconds, more where robots.txt asks for more.

    Times are seconds of one clock that the caller reads.
    """

    def __init__(self, delay: float = 0.0) -> None:
        self._delay: defaultdict[str, float] = defaultdict(lambda: delay)
        self._free: dict[str, float] = {}
        self._held: dict[str, float] = {}

    def slow_to(self, host: str, delay: float) -> None:
        """The host asks for at least this many seconds between two requests."""
        self._delay[host] = max(self._delay[host], delay)

    def hold(self, host: str, now: float, seconds: float) -> None:
        """The host asks to be left alone for a while."""
        self._held[host] = max(self._held.get(host, now), now + seconds)

    def reserve(self, host: str, now: float) -> float:
        """Take the host's next slot. Returns the seconds until it comes."""
        slot = max(now, self._free.get(host, now), self._held.get(host, now))
        self._free[host] = slot + self._delay[host]
        return slot - now

    def held(self, host: str, now: float) -> float:
        """Seconds for which the host is still to be left alone."""
        return max(0.0, self._held.get(host, now) - now)
