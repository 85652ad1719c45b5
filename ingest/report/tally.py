"""Pure: what became of each URL of a run, and the counts that a report and a display show of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from ingest.report.report import Failure, Progress
from shared.model.crawl import NOT_ASKED, NOT_SENT, PageRow


class Tally:
    """No URL is both kept and skipped, and what failed is kept only as it is served."""

    def __init__(
        self,
        kept: Iterable[PageRow] = (),
        skipped: Mapping[str, str] | None = None,
        lists: Callable[[str], bool] = lambda _: False,
    ) -> None:
        """`skipped` are reasons by URL; `lists` says whether a list of the site's own names a URL."""
        self.pages: dict[str, PageRow] = {}
        """What is kept, by URL."""
        self.moves: dict[str, str] = {}
        """Where URLs led to: redirects, and other names of the same page."""
        self._counted: Counter[str] = Counter()
        self._failures: dict[str, Failure] = {}
        self._gone: set[str] = set()
        self._skipped = dict(skipped or {})
        self._lists = lists
        self._next = 0
        for row in kept:
            self.keep(row)
            self._next = max(self._next, row.position + 1)
            if row.state == "carried":
                self._note(Failure(row.url, row.reason or "", row.attempts, gone=row.absences > 0, kept=True))

    def position(self) -> int:
        """The position of the next outcome."""
        self._next += 1
        return self._next - 1

    def keep(self, row: PageRow) -> None:
        """A page that is served from now on, in place of what was kept of it."""
        if before := self.pages.get(row.url):
            self._counted[_kind(before)] -= 1
        self._skipped.pop(row.url, None)
        self._counted[_kind(row)] += 1
        self.pages[row.url] = row

    def drop(self, url: str) -> None:
        """A page that is kept no longer."""
        if before := self.pages.pop(url, None):
            self._counted[_kind(before)] -= 1

    def fail(self, failure: Failure) -> None:
        """A URL that should have given a page."""
        self._skipped.pop(failure.url, None)
        self._note(failure)

    def skip(self, url: str, reason: str) -> bool:
        """A URL that gives no page; what is kept under it, or failed, stays: whether it did not."""
        if url in self.pages or url in self._failures:
            return False
        self._skipped[url] = reason
        return True

    def empty(self, url: str, reason: str) -> None:
        """A page that was read and has nothing to serve, whatever was known of it."""
        self.drop(url)
        self._failures.pop(url, None)
        self._gone.discard(url)
        self._skipped[url] = reason

    def is_skipped(self, url: str) -> bool:
        return url in self._skipped

    def stands(self, row: PageRow) -> bool:
        """Whether nothing else is kept under the row's URL."""
        return row.url not in self.pages or self.pages[row.url] is row

    @property
    def failures(self) -> list[Failure]:
        """Failed pages, including those kept as served."""
        return [replace(failure, listed=self._lists(failure.url)) for failure in self._failures.values()]

    @property
    def skipped(self) -> dict[str, int]:
        """URLs that give no page of their own, counted by reason, the most frequent first."""
        return dict(Counter(self._skipped.values()).most_common())

    @property
    def count(self) -> int:
        """URLs of which something became."""
        return len(self.pages) + len(self._failures) - self.carried + len(self._skipped)

    @property
    def fetched(self) -> int:
        """Pages that are new, or say something else than what is served of them."""
        return len(self.pages) - self.unchanged

    @property
    def unchanged(self) -> int:
        """Pages that are as they are served now."""
        return self._counted["unchanged"] + self.not_modified + self.not_asked + self.carried

    @property
    def not_modified(self) -> int:
        """Of these, pages that the site did not send."""
        return self._counted[NOT_SENT]

    @property
    def not_asked(self) -> int:
        """Of these, pages that a retry leaves as they were."""
        return self._counted[NOT_ASKED]

    @property
    def carried(self) -> int:
        """Pages that failed and are kept as they are served."""
        return self._counted["carried"]

    @property
    def missing(self) -> list[str]:
        """Pages that are gone, and served until the next refresh."""
        return [row.url for row in self.pages.values() if row.state == "carried" and row.absences]

    def progress(self, stage: str, found: int) -> Progress:
        """How far a run is that has `found` so many URLs, but for its vectors."""
        dead = sum(not self._lists(url) for url in self._gone)
        return Progress(
            stage=stage,
            found=found,
            fetched=self.fetched,
            unchanged=self.unchanged,
            skipped=len(self._skipped),
            failed=len(self._failures) - dead,
            dead=dead,
            outcomes=self.count,
        )

    def _note(self, failure: Failure) -> None:
        self._failures[failure.url] = failure
        (self._gone.add if failure.gone else self._gone.discard)(failure.url)


def _kind(row: PageRow) -> str:
    """What a kept page is counted as."""
    return row.reason if row.reason in (NOT_SENT, NOT_ASKED) else row.state
