"""Pure: which URL comes next, and what became of each. The caller reports; a table says what may follow."""

from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

TWICE = "the same page under another address"


class State(StrEnum):
    WAITING = "waiting"
    TAKEN = "taken"
    """Being fetched."""
    READ = "read"
    """Fetched; its links are not known yet."""
    DONE = "done"
    MOVED = "moved"
    """Its page is known under another URL."""
    SKIPPED = "skipped"
    FAILED = "failed"


_FOLLOWS: dict[State, frozenset[State]] = {
    State.WAITING: frozenset({State.TAKEN, State.READ, State.DONE, State.SKIPPED}),
    State.TAKEN: frozenset({State.READ, State.MOVED, State.SKIPPED, State.FAILED}),
    State.READ: frozenset({State.DONE, State.MOVED, State.SKIPPED, State.FAILED}),
    State.DONE: frozenset(),
    State.MOVED: frozenset(),
    State.SKIPPED: frozenset(),
    State.FAILED: frozenset(),
}
IN_VAIN = 10
"""So many times `max_pages` may be fetched and give no page: a site must end that makes up pages nobody keeps."""
_FEWEST_IN_VAIN = 1000
_HELD = frozenset({State.TAKEN, State.READ, State.DONE})


class IllegalMove(RuntimeError):
    """The caller reported something that cannot follow; a mistake in the program."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A page that an interrupted run has finished: it is not fetched again, its links are followed."""

    url: str
    links: tuple[str, ...] = ()
    depth: int = 1
    """Links from the start page."""


class Frontier:
    """The URLs of one crawl in the order in which they were found, each once.

    `admits(url)` says why a URL does not belong, or None. `max_pages` bounds the pages that are kept:
    one that fails or is skipped lets another in.
    """

    def __init__(
        self, admits: Callable[[str], str | None], *, max_pages: int, max_depth: int | None = None
    ) -> None:
        self._admits = admits
        self.max_pages = max_pages
        self._max_depth = max_depth
        self._states: dict[str, State] = {}
        self._depths: dict[str, int] = {}
        self._queue: deque[str] = deque()
        self._refused: set[str] = set()
        self._too_deep: set[str] = set()
        self._found: set[str] = set()
        self.counts: Counter[State] = Counter()

    def restore(self, pages: Iterable[Finished]) -> None:
        """Take over what an interrupted run has finished. Their links are offered by the caller."""
        for page in pages:
            if page.url not in self._states:
                self._depths[page.url] = page.depth
                self._enter(page.url, State.DONE)

    def offer(self, url: str, depth: int) -> str | None:
        """A URL was found, `depth` links from the start. Returns why it is refused, the first time only."""
        if url in self._states or url in self._refused:
            return None
        self._found.add(url)
        if reason := self._admits(url):
            self._refused.add(url)
            return reason
        if self._max_depth is not None and depth > self._max_depth:
            # A shorter way may still be found: report it once, and keep it eligible.
            said = url in self._too_deep
            self._too_deep.add(url)
            return None if said else f"deeper than --max-depth {self._max_depth}"
        self._depths[url] = depth
        self._enter(url, State.WAITING)
        self._queue.append(url)
        return None

    def refuse(self, url: str) -> bool:
        """A URL was found that the caller does not want; whether nobody knew it."""
        new = url not in self._states and url not in self._refused and not self._admits(url)
        if new:
            self._refused.add(url)
            self._found.add(url)
        return new

    def take(self) -> str | None:
        """The next URL to fetch, or None: nothing waits, there may be `max_pages`, or too many gave none."""
        while self._queue and self._has_room:
            url = self._queue.popleft()
            if self._states[url] is State.WAITING:
                self._move(url, State.TAKEN)
                return url
        return None

    @property
    def known(self) -> int:
        """How many URLs were found, those that were refused among them."""
        return len(self._found)

    def knows(self, url: str) -> bool:
        return url in self._found

    @property
    def is_full(self) -> bool:
        """Whether there are `max_pages`, or will be."""
        return sum(self.counts[state] for state in _HELD) >= self.max_pages

    @property
    def most_in_vain(self) -> int:
        """So many URLs may give no page."""
        return max(_FEWEST_IN_VAIN, IN_VAIN * self.max_pages)

    @property
    def _has_room(self) -> bool:
        in_vain = self.counts[State.SKIPPED] + self.counts[State.FAILED]
        return not self.is_full and in_vain < self.most_in_vain

    def bars(self, target: str) -> str | None:
        """Why a redirect to `target` is not worth following, or None."""
        if self._states.get(target, State.WAITING) is not State.WAITING:
            return TWICE
        return self._admits(target)

    def read(self, url: str, landed: str) -> str | None:
        """`url` was fetched and answered at `landed`. Returns the URL that it now goes by, or None:
        that page is another's already, and this one is skipped."""
        return self._settle(url, landed, State.READ)

    def keep(self, url: str, canonical: str) -> str | None:
        """A read page calls itself `canonical`. Returns the URL it is kept under, or None as `read` does."""
        return self._settle(url, canonical, State.DONE)

    def skip(self, url: str) -> None:
        self._move(url, State.SKIPPED)

    def fail(self, url: str) -> None:
        self._move(url, State.FAILED)

    def leftover(self) -> list[str]:
        """What still waits, skipped for good: the crawl ends."""
        rest = [url for url in self._queue if self._states[url] is State.WAITING]
        for url in rest:
            self._move(url, State.SKIPPED)
        return rest

    def depth(self, url: str) -> int:
        return self._depths[url]

    def state(self, url: str) -> State | None:
        return self._states.get(url)

    def _settle(self, url: str, name: str, state: State) -> str | None:
        other = self._states.get(name)
        if name == url or other in (State.MOVED, State.SKIPPED, State.FAILED):
            self._move(url, state)
            return url
        if other in _HELD:
            self._move(url, State.SKIPPED)
            return None
        self._move(url, State.MOVED)
        if other is None:
            self._depths[name] = self._depths[url]
            self._enter(name, state)
        else:
            self._move(name, state)
        return name

    def _enter(self, url: str, state: State) -> None:
        self._found.add(url)
        self._states[url] = state
        self.counts[state] += 1

    def _move(self, url: str, state: State) -> None:
        current = self._states[url]
        if state not in _FOLLOWS[current]:
            raise IllegalMove(f"{url} is {current} and cannot become {state}")
        self.counts[current] -= 1
        self._states[url] = state
        self.counts[state] += 1
