"""Pure: pages that say the same at addresses that have nothing in common, of which one is kept."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from ingest.crawl.addresses.naming import words
from shared.model.document import ExtractedPage


class Doubles:
    """The pages of one crawl by what they say, whatever bytes they came as."""

    def __init__(self) -> None:
        self._said: dict[str, bytes] = {}
        self._canonical: dict[str, str] = {}

    def __contains__(self, url: str) -> bool:
        return url in self._said

    def add(self, url: str, page: ExtractedPage, canonical: str | None) -> None:
        """A page that was kept: its title, its text and its code, wherever its links lead."""
        text = f"{page.named}\n{words(page.document)}"
        self._said[url] = hashlib.sha256(text.encode()).digest()
        if canonical:
            self._canonical[url] = canonical

    def says_as(self, url: str, other: str) -> None:
        """A page that was not read now says what another does."""
        self._said[url] = self._said[other]

    def groups(self, kept: Iterable[str], named: Mapping[str, int]) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Of the pages that are `kept`, in order: the address under which each stays, and the others that it has.

        That is the one that most of them call canonical, else the one that most pages link to (`named`), else the
        first.
        """
        places: defaultdict[bytes, list[str]] = defaultdict(list)
        for url in kept:
            if said := self._said.get(url):
                places[said].append(url)
        for urls in places.values():
            if len(urls) > 1:
                called = [self._canonical.get(url) for url in urls]
                best = max(
                    urls, key=lambda url: (called.count(url), named.get(url, 0))
                )  # the first of equals
                yield best, tuple(url for url in urls if url != best)
