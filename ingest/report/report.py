"""Values: how far a crawl is, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from ingest.crawl.limits import is_over_limit
from ingest.crawl.lists.reading import FailedList
from ingest.report.changes import Changes, Move
from shared.errors import CrawlError, FetchFailed, LecternError
from shared.model.crawl import CrawlKind
from shared.terminal.exits import ExitCode

Outcome = Literal["published", "unchanged", "held", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a crawl is."""

    stage: str = "crawling"
    found: int = 0
    fetched: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    dead: int = 0
    """Links that lead to nothing, told apart from failures as the report does."""
    chunks: int = 0
    embedded: int = 0
    """Chunks that have their vector."""
    computed: int = 0
    """Vectors that the model made in this run; the others were there."""
    outcomes: int = 0
    """URLs that need nothing more; one that failed may be kept as it is served, and counts as both."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A page that failed. `gone`: the site itself says so (404, 410)."""

    url: str
    reason: str
    attempts: int
    gone: bool = False
    listed: bool = False
    """Whether a list of the site's own names it."""
    kept: bool = False
    """Whether it is kept as it is served."""

    @property
    def dead(self) -> bool:
        """Whether only a link led to what is gone: then nothing of the site is missing."""
        return self.gone and not self.listed


@dataclass(frozen=True, slots=True)
class SiteVersions:
    """The versions that the site has, by the names in its addresses."""

    own: str = ""
    """The one that was crawled; empty where its address tells none."""
    others: tuple[str, ...] = ()
    """The highest release first."""
    latest: str | None = None
    """The one that the site calls the latest; None where it does not tell."""
    released: str | None = None
    """When the one that was crawled was released, as an ISO date."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A folder of the site that is outside of what was crawled, and to which so many links lead."""

    folder: str
    links: int
    command: str
    """The crawl that takes it in."""


@dataclass(frozen=True, slots=True)
class CrawlReport:
    """What came of a crawl. Each URL that was found on the site is counted once:

        found = pages + failed - carried + skipped + waiting
        pages = fetched + unchanged
        unchanged = equal + not_modified + not_asked + carried

    `skipped` counts URLs by reason; `outside` are URLs of which nothing was asked.
    """

    library_id: str
    version: str
    outcome: Outcome
    pages: int
    fetched: int
    unchanged: int
    carried: int
    """Of those, pages that failed now and are kept as they are served."""
    failed: tuple[Failure, ...]
    """Failed and gone pages, including those kept as served."""
    skipped: dict[str, int]
    outside: int
    chunks: int
    tokens: int
    embedded: int
    seconds: float
    kind: CrawlKind = "crawl"
    quarantined: int = 0
    """Chunks that look like instructions to agents, and wait for a decision."""
    not_modified: int = 0
    """Of the unchanged pages those that were not sent, by the server's word (304)."""
    not_asked: int = 0
    """Of the unchanged pages those that a retry leaves as they were."""
    resumed: int = 0
    """Pages that an earlier run had, and that were not asked for now."""
    waiting: int = 0
    """URLs that were found and not asked for, where the run was interrupted."""
    error: str = ""
    """What ended it before its time."""
    held: str = ""
    """Why it is not served."""
    changes: Changes | None = None
    """Against what was served before; None where nothing was."""
    public: str | None = None
    """How the start page calls itself on another site, of which this one may be a mirror."""
    versions: SiteVersions = SiteVersions()
    failed_lists: tuple[FailedList, ...] = ()
    """The site's own lists that could not be read. What only they name is not found, so it is not complete."""
    beside: tuple[Beside, ...] = ()
    """Where links lead just outside of what was crawled: the folders to which most do."""
    banners: tuple[str, ...] = ()
    """Texts that stand on nearly every page, and are left out of all."""
    stages: dict[str, float] = field(default_factory=dict)
    """Seconds by stage."""

    @property
    def found(self) -> int:
        """URLs of the site, each with its outcome."""
        return self.pages - self.carried + len(self.failed) + sum(self.skipped.values()) + self.waiting

    @property
    def given(self) -> int:
        """Pages that the site gave us."""
        return self.pages - self.carried

    @property
    def wanted(self) -> int:
        """Pages that the site seems to have."""
        over = sum(count for reason, count in self.skipped.items() if is_over_limit(reason))
        return self.given + len(self.lost) + over + self.waiting

    @property
    def equal(self) -> int:
        """Of the unchanged pages those that were sent and say what they said."""
        return self.unchanged - self.not_modified - self.not_asked - self.carried

    @property
    def lost(self) -> tuple[Failure, ...]:
        """Failures that leave the library incomplete."""
        return tuple(failure for failure in self.failed if not failure.dead)

    @property
    def dead(self) -> tuple[Failure, ...]:
        """Links that lead to nothing."""
        return tuple(failure for failure in self.failed if failure.dead)

    @property
    def complete(self) -> bool:
        """Whether every page that the site seems to have was given, and every list of them."""
        return self.given == self.wanted and not self.failed_lists and not self.error

    @property
    def exit_code(self) -> ExitCode:
        if self.error or self.outcome == "failed":
            return ExitCode.FAILED
        if self.outcome in _EXITS:
            return _EXITS[self.outcome]
        return ExitCode.INCOMPLETE if self.lost or self.failed_lists else ExitCode.DONE


_EXITS: Mapping[Outcome, ExitCode] = {"held": ExitCode.HELD, "interrupted": ExitCode.INTERRUPTED}


def failed_report(
    library_id: str, version: str, url: str, kind: CrawlKind, error: LecternError | None = None
) -> CrawlReport:
    """A crawl that ended before there was anything to count: by an error, or interrupted."""
    lost = (
        (Failure(error.url, error.reason, error.attempts, error.status in (404, 410), listed=True),)
        if isinstance(error, FetchFailed)
        else (Failure(url, str(error), 0),)
        if isinstance(error, CrawlError) and url
        else ()
    )
    return CrawlReport(
        library_id=library_id,
        version=version,
        outcome="failed" if error else "interrupted",
        pages=0,
        fetched=0,
        unchanged=0,
        carried=0,
        failed=lost,
        skipped={},
        outside=0,
        chunks=0,
        tokens=0,
        embedded=0,
        seconds=0.0,
        kind=kind,
        error=error.line if error else "",
    )


def read_report(stored: Mapping[str, Any]) -> CrawlReport:
    """A report as the `crawls` table keeps it; what this code does not know of is left out."""
    known = {field.name for field in fields(CrawlReport)}
    plain = {name: value for name, value in stored.items() if name in known}
    changes = stored.get("changes")
    return CrawlReport(
        **plain
        | {
            "failed": tuple(Failure(**failure) for failure in stored["failed"]),
            "failed_lists": tuple(FailedList(**one) for one in stored.get("failed_lists", ())),
            "beside": tuple(Beside(**one) for one in stored.get("beside", ())),
            "banners": tuple(stored.get("banners", ())),
            "changes": changes and _changes(changes),
            "versions": SiteVersions(**_tuples(stored.get("versions") or {})),
        }
    )


def _changes(stored: Mapping[str, Any]) -> Changes:
    return Changes(**_tuples(stored) | {"moved": tuple(Move(**move) for move in stored["moved"])})


def _tuples(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
