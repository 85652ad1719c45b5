"""Pure: which addresses are those of one page."""

from ingest.crawl.urls import Scope, join, stem
from shared.errors import InvalidUrl


class Twins:
    """Knows the pages of one crawl by their content.

    What a page calls itself is believed only where a wrong name cannot cost a page: servers have several
    addresses for one page that differ in little (`stem`), and elsewhere the content must be the same.
    """

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._contents: dict[str, bytes] = {}
        self._by_stem: dict[str, str] = {}

    def name(self, url: str, named: str | None, content: bytes) -> str:
        """Under which URL a page is kept that says `content` and calls itself `named` (its canonical link)."""
        twin = self._by_stem.get(stem(url), url)
        if self._contents.get(twin) == content:
            return twin
        try:
            canonical = self._scope.home(join(url, named or url))
        except InvalidUrl:
            return url
        alike = stem(canonical) == stem(url) or self._contents.get(canonical) == content
        return canonical if alike and not self._scope.admits(canonical) else url

    def keep(self, url: str, content: bytes) -> None:
        """A page is kept under this URL."""
        self._contents[url] = content
        self._by_stem.setdefault(stem(url), url)
