"""Pure: the same few words at addresses that have nothing in common are no pages, but a guard's or a script's shell."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator

from ingest.crawl.urls import path_of, stem
from shared.model.document import Document

MOST = 1_000
"""Characters of Markdown: more is documentation that stands at several addresses."""
FEWEST = 3
"""Addresses that have nothing in common."""

_TICKET = re.compile(r"(?=[\w-]*\d)(?=[\w-]*[a-fA-F-])[0-9a-fA-F-]{10,}|\b\d{1,3}(?:\.\d{1,3}){3}\b")
"""What a guard makes up for each answer: the number of a request, the address that asked."""
_SECRET = re.compile(rb"[\w+/=-]{12,}")


class Alike:
    """Pages of one crawl by what they say, and answers without text by their source."""

    def __init__(self) -> None:
        self._places: defaultdict[bytes, list[str]] = defaultdict(list)

    def add(self, url: str, document: Document) -> None:
        if 0 < len(document.markdown) <= MOST and "```" not in document.markdown:
            said = f"{document.title}\n{document.markdown}".replace(path_of(url), "")
            self._places[_digest(_TICKET.sub("", said).encode())].append(url)

    def add_source(self, url: str, body: bytes) -> None:
        """An answer that shows nothing."""
        if len(body) <= MOST * 20:
            self._places[_digest(b"source\n" + _SECRET.sub(b"", body))].append(url)

    def groups(self) -> Iterator[tuple[str, ...]]:
        """Addresses that have nothing in common but what they say."""
        for urls in self._places.values():
            if len({_name(url) for url in urls}) >= FEWEST:
                yield tuple(urls)


def _name(url: str) -> str:
    """The last part of an address: versions and languages of one page share it."""
    return stem(url).rpartition("/")[2].lower()


def _digest(said: bytes) -> bytes:
    return hashlib.sha256(said).digest()
