"""What robots.txt of a host allows us (RFC 9309)."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from protego import Protego

from ingest.crawl.fetch.fetcher import Fetcher, RedirectsForever
from ingest.crawl.lists.reading import Run
from shared.errors import FetchFailed, TaskFailed

AGENT = "Lectern"
"""The product token that a robots.txt names us by."""

FORBIDDEN = "forbidden by robots.txt"
_MAX_BYTES = 500 * 1024
"""As far as the standard asks to read."""
_LONGEST_DELAY = 60.0
_BUSY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


@dataclass(frozen=True, slots=True)
class Robots:
    """The rules of one host. Without rules everything is allowed."""

    rules: Protego | None = None

    def allows(self, url: str) -> bool:
        return self.rules is None or bool(self.rules.can_fetch(url, AGENT))

    @property
    def delay(self) -> float:
        """Seconds between two requests that the host asks for, at most a minute; 0 if it does not ask."""
        asked = (self.rules and self.rules.crawl_delay(AGENT)) or 0.0
        return min(max(float(asked), 0.0), _LONGEST_DELAY)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        return tuple(self.rules.sitemaps) if self.rules else ()


def parse_robots(body: bytes) -> Robots:
    """Rules from the text of a robots.txt; a web page in its place holds none."""
    text = body.decode("utf-8-sig", errors="replace")
    return Robots() if text.lstrip().startswith("<") else Robots(Protego.parse(text))


async def load_robots(fetcher: Fetcher, origin: str, run: Run = asyncio.to_thread) -> Robots:
    """The rules of a host.

    A host that answers 4xx, or redirects without end, has none. One that cannot be reached (no connection, 5xx,
    429), or whose rules cannot be read, forbids everything until it can: raises FetchFailed. Raises
    AddressRefused as any fetch.
    """
    try:
        fetched = await fetcher.get(f"{origin}/robots.txt", max_bytes=_MAX_BYTES, cut=True)
    except RedirectsForever:
        return Robots()
    except FetchFailed as error:
        if error.status is None or error.status in _BUSY or error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise
        return Robots()
    try:
        return await run(parse_robots, _whole_lines(fetched.body))
    except TaskFailed as error:
        raise FetchFailed(fetched.url, f"its robots.txt {error.reason}") from error


def _whole_lines(body: bytes) -> bytes:
    """What is beyond the limit is not read, and of the line that crosses it nothing."""
    return body if len(body) < _MAX_BYTES else body.rpartition(b"\n")[0]
