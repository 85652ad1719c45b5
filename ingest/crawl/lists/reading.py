"""How the site's own lists are read: where a bad one costs only itself, and is remembered by its name."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from ingest.interstitials import interstitial_of_answer, may_be_interstitial, reason_of
from shared.errors import FetchFailed, ListUnreadable, TaskFailed

P = ParamSpec("P")
R = TypeVar("R")

_ABSENT = range(400, 500)
_BUSY = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class FailedList:
    """A list of the site's own that is there and cannot be read: pages that only it names are not found."""

    name: str
    """Which list: robots.txt, sitemap, llms.txt, objects.inv, versions.json or switcher."""
    url: str
    reason: str


class Run(Protocol):
    """Calls a plain function somewhere else; it and its result can be pickled. Raises TaskFailed for a bad task."""

    async def __call__(self, function: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R: ...


class Reading:
    """Reads strangers' lists by `run`; a thread of this process is no protection, and serves where none is needed."""

    def __init__(self, run: Run = asyncio.to_thread) -> None:
        self.run = run
        self.failed: list[FailedList] = []
        self.guessed: set[str] = set()
        """Addresses that a list may mean, or not."""

    async def read(
        self,
        name: str,
        url: str,
        function: Callable[Concatenate[bytes, P], R],
        body: bytes,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R | None:
        """What the function makes of the list at `url`; None where that is nothing, or an interstitial."""
        try:
            if may_be_interstitial(body) and (kind := await self.run(interstitial_of_answer, body)):
                raise ListUnreadable(reason_of(kind))
            return await self.run(function, body, *args, **kwargs)
        except (TaskFailed, ListUnreadable) as error:
            self.note(name, url, error.reason)
            return None

    def missed(self, name: str, url: str, error: FetchFailed, site: str) -> None:
        """A list was not sent. Of this site's own, it is there unless the server says that it is not, or not for us."""
        absent = error.status is not None and error.status in _ABSENT and error.status not in _BUSY
        if not absent and site and url.startswith(f"{site}/"):
            self.note(name, url, error.reason)

    def note(self, name: str, url: str, reason: str) -> None:
        """A list that cannot be read, or not to its end."""
        self.failed.append(FailedList(name, url, reason))
