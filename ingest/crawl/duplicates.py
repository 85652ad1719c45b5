"""Several URLs of one page: it is kept once, and each of the others stands for it."""

from ingest.crawl.addresses.naming import Names
from ingest.crawl.addresses.traps import Traps
from ingest.crawl.addresses.urls import Scope
from ingest.crawl.frontier import TWICE, Frontier, State
from ingest.crawl.outcomes import Outcomes
from shared.model.document import Document

_UNDECIDED = frozenset({State.TAKEN, State.READ})
"""Requested, and nobody knows yet whether a page is there."""


class Duplicates:
    def __init__(self, scope: Scope, frontier: Frontier, outcomes: Outcomes, traps: Traps) -> None:
        self._names = Names(scope)
        self._frontier = frontier
        self._outcomes = outcomes
        self._traps = traps
        self._waiting: dict[str, str] = {}
        """URLs that lead to a page of which nobody knows yet whether it is one."""

    def keep(
        self, url: str, content: bytes, canonical: str | None = None, document: Document | None = None
    ) -> str | None:
        """Keep a page under its name, unless another has it; returns the name."""
        name = self._names.name(url, canonical, content, document)
        kept = self._outcomes.keep(url, name)
        if kept is None:
            self._traps.echo(url)
            return None
        self._names.keep(kept, content, document)
        return kept

    def leads_to_another(self, url: str, landed: str) -> bool:
        """Whether a URL was answered where the answer is another URL's."""
        blocked = landed in self._outcomes.blocked
        return landed != url and (blocked or self._frontier.state(landed) in _UNDECIDED)

    def add(self, url: str, target: str, *, last: bool = False) -> None:
        """A URL leads to a page that is another's already; `last` if no more will be known of that one."""
        if reason := self._outcomes.blocked.get(target):
            self._outcomes.fail(url, reason, 1)
        elif self._frontier.state(target) in _UNDECIDED and not last:
            self._waiting[url] = target
        else:
            self._outcomes.skip(url, TWICE, target)

    def settle(self) -> bool:
        """When all else is done: what became of those that wait; whether there were any."""
        waiting, self._waiting = self._waiting, {}
        for url, target in waiting.items():
            self.add(url, target, last=True)
        return bool(waiting)
