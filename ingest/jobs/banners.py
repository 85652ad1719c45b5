"""Pure: which texts stand on nearly every page of a site, by counts of what stands at the edges of its pages."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from ingest.extract.markdown.edges import digest_of

FEWEST = 6
"""Pages of a site that can be compared."""
_REPEATED = 3
"""Pages with a text, and it is remembered itself."""
SHARE = 0.9
"""Of the pages; of a small site, all but one."""


class Banners:
    """`known` are texts that stood on nearly every page in the crawl before: pages that are not read now had them."""

    def __init__(self, known: Collection[str]) -> None:
        self.known = {digest_of(text): text for text in known}
        self._counts: Counter[bytes] = Counter()
        self._said: dict[bytes, str] = dict(self.known)
        self._texts: dict[str, tuple[bytes, ...]] = {}

    def add(self, url: str, texts: Mapping[bytes, str]) -> None:
        """What stands at the edges of a page that was read."""
        self._counts.update(texts.keys())
        self._texts[url] = tuple(texts)
        self._said.update({key: text for key, text in texts.items() if self._counts[key] == _REPEATED})

    def found(self, kept: Collection[str]) -> frozenset[bytes]:
        """The banners of a site whose pages are `kept`."""
        read = {url for url in self._texts if url in kept}
        return common(self._counts, len(kept), frozenset(self.known), len(kept) - len(read))

    def settle(self, banners: Collection[bytes]) -> None:
        """The next crawl knows these."""
        self.known = {text: self._said[text] for text in banners}

    def standing(self, banners: Collection[bytes]) -> Iterator[str]:
        """The pages at whose edges one of the banners stands."""
        return (url for url, texts in self._texts.items() if not set(texts).isdisjoint(banners))


def common(counts: Mapping[bytes, int], pages: int, known: frozenset[bytes], unread: int) -> frozenset[bytes]:
    """The texts on nearly all of so many pages, of which those that were not read have the known ones."""
    if pages < FEWEST:
        return frozenset()
    enough = min(SHARE * pages, pages - 1)
    return frozenset(
        text for text in (*counts, *known) if counts.get(text, 0) + unread * (text in known) >= enough
    )
