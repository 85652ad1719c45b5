"""Pure: under which of its addresses a page is kept."""

import hashlib
import re

from ingest.crawl.addresses.urls import Scope, join, stem
from shared.errors import InvalidUrl
from shared.model.document import Document

_LINK = re.compile(r"\[((?:[^\[\]\\]|\\.)*)\]\([^()\s]*\)")


class Names:
    """Knows the pages of one crawl by their content.

    What a page calls itself is believed only where a wrong name cannot cost a page: servers have several
    addresses for one page that differ in little (`stem`), and elsewhere the content must be the same. Two such
    addresses without a query may also differ in where their relative links lead.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._contents: dict[str, bytes] = {}
        self._by_stem: dict[str, str] = {}
        self._words: dict[str, bytes] = {}

    def name(self, url: str, named: str | None, content: bytes, document: Document | None = None) -> str:
        """Under which URL a page is kept that says `content` and calls itself `named` (its canonical link)."""
        other = self._by_stem.get(stem(url), url)
        if self._contents.get(other) == content:
            return other
        if document and "?" not in url + other and self._words.get(other) == _words(document):
            return other
        try:
            canonical = self._scope.home(join(url, named or url))
        except InvalidUrl:
            return url
        alike = stem(canonical) == stem(url) or self._contents.get(canonical) == content
        return canonical if alike and not self._scope.admits(canonical) else url

    def keep(self, url: str, content: bytes, document: Document | None = None) -> None:
        """A page is kept under this URL."""
        if document:
            self._words[url] = _words(document)
        self._contents[url] = content
        self._by_stem.setdefault(stem(url), url)


def words(document: Document) -> str:
    """What a page says, wherever its links lead."""
    return f"{document.title}\n{_LINK.sub(_label, document.markdown)}"


def _label(link: re.Match[str]) -> str:
    return link[1]


def _words(document: Document) -> bytes:
    return hashlib.sha256(words(document).encode()).digest()
