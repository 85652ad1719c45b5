"""Pure: Markdown files among the URLs of a site. Most are another form of a page, so they wait until the end."""

from ingest.crawl.addresses.urls import stem


class MarkdownFiles:
    def __init__(self) -> None:
        self._waiting: dict[str, int] = {}
        """Their depths."""
        self._named: dict[str, str] = {}
        """The first file of each stem."""
        self._read: set[str] = set()
        """The stems of pages that could be read."""

    def put_off(self, url: str, depth: int) -> None:
        self._waiting.setdefault(url, depth)
        self._named.setdefault(stem(url), url)

    def of(self, url: str) -> str | None:
        """The Markdown file of a page's name, if the site has named one: in `llms.txt`, or by a link."""
        return self._named.get(stem(url))

    def read(self, url: str) -> None:
        """A page could be read: the Markdown file of its name says nothing else."""
        self._read.add(stem(url))

    def rest(self) -> dict[str, int]:
        """When all else is done: the files that are no other form of a page, with their depths, once."""
        waiting, self._waiting = self._waiting, {}
        return {url: depth for url, depth in waiting.items() if stem(url) not in self._read}
