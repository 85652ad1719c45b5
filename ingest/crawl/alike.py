"""Pure: the same few words at addresses that have nothing in common: an interstitial, or the shell of a script."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from ingest.crawl.addresses.urls import path_of, stem
from shared.model.document import Document

MOST = 1_000
"""Characters of Markdown: more is documentation that stands at several addresses."""
FEWEST = 3
"""Addresses that have nothing in common."""

_TELLING = re.compile(
    r"\b(?:human|robots?|bots?|captcha|verif\w+|brows\w+|javascript|cookies?|security|(?:sign|log)(?:ged|ging)?[ -]?in"
    r"|password|access|denied|forbidden|blocked|wait|moment|one second|hold on|challenge)\b",
    re.IGNORECASE,
)
"""What an interstitial speaks of. Documentation does, too: it tells only where one page stands at many addresses."""
_TICKET = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[a-fA-F-])[0-9a-fA-F-]{10,}|\b\d{1,3}(?:\.\d{1,3}){3}\b")
"""What a bot guard makes up for each answer: the number of a request, the address that it came from."""
_SECRET = re.compile(rb"[\w+/=-]{12,}")


class Alike:
    """Pages of one crawl by what they say, and answers without text by their source."""

    def __init__(self) -> None:
        self._places: defaultdict[bytes, list[str]] = defaultdict(list)
        self._contents: dict[str, bytes] = {}
        self._sure: set[bytes] = set()
        """What an interstitial says, whatever else the site has."""

    def add(self, url: str, document: Document, *, named: str = "", content: bytes = b"") -> None:
        """A page that was kept, with its `<title>`; `content` is equal for pages that say the same."""
        if 0 < len(document.markdown) <= MOST and "```" not in document.markdown:
            said = f"{named}\n{document.title}\n{document.markdown}".replace(path_of(url), "")
            digest = _digest(_TICKET.sub("", said).encode())
            self._places[digest].append(url)
            self._contents[url] = content
            if _TELLING.search(said):
                self._sure.add(digest)

    def add_source(self, url: str, body: bytes) -> None:
        """An answer that shows nothing."""
        if len(body) <= MOST * 20:
            digest = _digest(b"source\n" + _SECRET.sub(b"", body))
            self._places[digest].append(url)
            self._sure.add(digest)

    def groups(
        self, pages: int, earlier: Mapping[str, bytes | None], *, whole: bool = True
    ) -> Iterator[tuple[str, ...]]:
        """Addresses that have nothing in common but what they say, where that is no documentation.

        `pages` are all that were kept, `earlier` the contents of those that are served. Stubs that a site has at
        many addresses stay where the rest of it came `whole`: they do not speak of one, are not most of the
        pages, and stand in place of no others.
        """
        for digest, urls in self._places.items():
            if len({_name(url) for url in urls}) < FEWEST:
                continue
            replaced = {
                earlier[url] for url in urls if earlier.get(url) not in (None, self._contents.get(url))
            }
            most = 2 * len(urls) > pages
            if digest in self._sure or not whole or most or len(replaced) >= FEWEST:
                yield tuple(urls)


def _name(url: str) -> str:
    """The last part of an address: versions and languages of one page share it."""
    return stem(url).rpartition("/")[2].lower()


def _digest(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()
