"""The whole tree of errors that Lectern raises on purpose.

LecternError                      a sentence for a person, with what to do next
├── SettingsError                 LECTERN_* variables that cannot be used, all of them in one message
├── InvalidRequest                an argument that cannot be right
│   ├── InvalidLibraryId          not /org/project, or not a version
│   ├── InvalidUrl                not an http(s) address
│   ├── InvalidKey                no API key, or a damaged one; never shows it
│   └── PlanUnknown               no such plan; carries near matches
├── LibraryUnknown                no such library; carries near matches
├── VersionUnknown                no such version; carries those that are there
├── UserUnknown                   no such user
├── KeyUnknown                    no such API key
├── KeyAmbiguous                  several API keys begin alike; carries their ids
├── NeverCrawled                  no crawl of it is recorded
├── NoPreviousGeneration          there is nothing to roll back to
├── StoreError                    a store cannot be used
│   ├── EngineFailed              an embedded engine does not start
│   ├── DatabaseUnavailable       PostgreSQL cannot be reached or denies access; a later attempt may succeed
│   ├── StatementRefused          PostgreSQL answers, and refuses this at every attempt
│   │   ├── ValueRefused          a bad value or a broken constraint; what was sent with it can be sent again
│   │   └── DatabaseReadOnly      the server is read-only
│   ├── SchemaMismatch            its schema is older or newer than this code
│   ├── CacheUnavailable          Redis does not answer (the server answers without it)
│   ├── CountersUnavailable       the Redis that counts limits does not answer, or a node of it
│   ├── VectorsUnavailable        Qdrant does not answer
│   ├── IndexMissing              the published index is not on this machine or damaged
│   └── SnapshotUnavailable       a snapshot cannot be written, or read back
├── ModelError                    the embedding model cannot be used
│   ├── ModelMissing              its files are not there
│   └── ModelMismatch             the index was built with another model
├── ProviderError                 a provider of payments does not do what it was asked
│   ├── ProviderUnclear           nobody knows whether it did: ask again with the same key
│   ├── ProviderStopped           it did not, and does nothing now: keys that stopped working, too many requests
│   └── ProviderRefused           it refuses this request at every attempt; carries the reason
├── OAuthRefused                  what a client asks for is refused; carries the code that its standard has for that
├── EventRefused                  a provider's message is not genuine, too old or not for us
├── DeliveryStopped               the mail server or the webhook takes nothing now: what waits goes on waiting
├── Forbidden                     a form that a browser did not get from us
├── SignInRefused                 a sign-in that goes no further; the page says why
│   └── TooManyAttempts           it was tried too often: later
├── IssuerUnavailable             a provider of identities does not answer as it should
├── ServiceError                  a service of Lectern over HTTP cannot be used
│   └── ServiceAway               it does not answer now
├── AnswerLate                    a call takes longer than an assistant waits
├── WorkerLost                    no worker process can start
├── TaskFailed                    a task ended its worker, exceeded a limit or broke; carries the reason
├── DocumentInvalid               XML of an invoice breaks rules of EN 16931; carries them
└── CrawlError                    a crawl cannot continue
    ├── AddressRefused            the guard refuses the connection
    ├── CrawlForbidden            robots.txt forbids it
    ├── FetchFailed               a page cannot be fetched; carries the reason
    ├── ListUnreadable            a list of the site's own is broken; carries the reason
    ├── NotADocument              a page is not HTML or has no text; carries the reason and its links
    │   ├── NoText                HTML or text without content
    │   ├── TooDeep               its text is nested too deeply to be read
    │   └── InterstitialPage      a bot guard, a sign-in form or a consent wall in its place
    └── CrawlBusy                 another process writes to this library; names it

Errors of drivers and libraries are mapped to these where they are called; nothing above a store
knows psycopg, redis or qdrant exceptions.
"""

from collections.abc import Sequence


class LecternError(Exception):
    """A failure that a person can act on. `str(error)` is one sentence; `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint

    @property
    def line(self) -> str:
        """Message and hint in one line, as the command line shows them."""
        return f"{self}: {self.hint}" if self.hint else str(self)


def in_words(error: Exception) -> str:
    """Its line; of an error that nobody raises on purpose, what it is."""
    return error.line if isinstance(error, LecternError) else f"{type(error).__name__}: {error}"


class SettingsError(LecternError):
    pass


class InvalidRequest(LecternError):
    pass


class InvalidLibraryId(InvalidRequest):
    pass


class InvalidUrl(InvalidRequest):
    pass


class InvalidKey(InvalidRequest):
    pass


class PlanUnknown(InvalidRequest):
    def __init__(self, plan: str, near: Sequence[str] = ()) -> None:
        self.near = tuple(near)
        guess = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        super().__init__(
            f"no plan {plan[:50]!r}{guess}", "`lectern-admin plan list` shows what can be subscribed to"
        )


class LibraryUnknown(LecternError):
    def __init__(self, library_id: str, near: Sequence[str] = (), hint: str = "") -> None:
        self.library_id = library_id
        self.near = tuple(near)
        guess = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        super().__init__(f"no library {library_id}{guess}", hint)


class VersionUnknown(LecternError):
    def __init__(self, library_id: str, version: str, available: Sequence[str] = (), hint: str = "") -> None:
        self.library_id = library_id
        self.version = version
        self.available = tuple(available)
        there = f"available: {', '.join(self.available)}" if self.available else "none is available yet"
        crawl = f"crawl it: ingest crawl {library_id}"
        if self.available:
            crawl += f"/{version}, or name no version for the default one"
        super().__init__(f"{library_id} has no version {version} ({there})", hint or crawl)


class UserUnknown(LecternError):
    pass


class KeyUnknown(LecternError):
    pass


class KeyAmbiguous(LecternError):
    pass


class NeverCrawled(LecternError):
    pass


class NoPreviousGeneration(LecternError):
    pass


class StoreError(LecternError):
    pass


class EngineFailed(StoreError):
    pass


class DatabaseUnavailable(StoreError):
    pass


class StatementRefused(StoreError):
    pass


class ValueRefused(StatementRefused):
    pass


class DatabaseReadOnly(StatementRefused):
    pass


class SchemaMismatch(StoreError):
    pass


class CacheUnavailable(StoreError):
    pass


class CountersUnavailable(StoreError):
    pass


class VectorsUnavailable(StoreError):
    pass


class IndexMissing(StoreError):
    pass


class SnapshotUnavailable(StoreError):
    pass


class ModelError(LecternError):
    pass


class ModelMissing(ModelError):
    pass


class ModelMismatch(ModelError):
    pass


class ProviderError(LecternError):
    pass


class ProviderUnclear(ProviderError):
    pass


class ProviderStopped(ProviderError):
    pass


class ProviderRefused(ProviderError):
    pass


class OAuthRefused(LecternError):
    """`code` is of RFC 6749, 7591, 8628 or 8707; `wait` in seconds, where it was asked for too often."""

    def __init__(self, code: str, message: str, wait: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.wait = wait


class EventRefused(LecternError):
    pass


class DeliveryStopped(LecternError):
    pass


class Forbidden(LecternError):
    pass


class SignInRefused(LecternError):
    pass


class TooManyAttempts(SignInRefused):
    """`wait` is in seconds, the longest that it can be."""

    def __init__(self, message: str, hint: str, wait: int) -> None:
        super().__init__(message, hint)
        self.wait = wait


class IssuerUnavailable(LecternError):
    pass


class ServiceError(LecternError):
    pass


class ServiceAway(ServiceError):
    pass


class AnswerLate(LecternError):
    pass


class WorkerLost(LecternError):
    pass


class TaskFailed(LecternError):
    """`reason` is short enough for a table; the caller knows what the task was for."""

    def __init__(self, reason: str, hint: str = "") -> None:
        self.reason = reason
        super().__init__(reason, hint)


class DocumentInvalid(LecternError):
    """`broken` are ids of rules with what they say."""

    def __init__(self, number: str, broken: Sequence[tuple[str, str]]) -> None:
        self.broken = tuple(broken)
        rules = "; ".join(f"{rule} ({text[:150]})" for rule, text in self.broken[:3])
        more = f" and {len(self.broken) - 3} more" if len(self.broken) > 3 else ""
        super().__init__(
            f"the XML of {number} is not valid by EN 16931 and was not kept: {rules}{more}",
            f"use its PDF, and report this with what `lectern-admin invoice show {number} --json` says",
        )


class CrawlError(LecternError):
    pass


class AddressRefused(CrawlError):
    pass


class CrawlForbidden(CrawlError):
    pass


class FetchFailed(CrawlError):
    """`reason` is short enough for a table; `status` is the server's answer, if there was one."""

    def __init__(
        self, url: str, reason: str, *, status: int | None = None, attempts: int = 1, hint: str = ""
    ) -> None:
        self.url = url
        self.reason = reason
        self.status = status
        self.attempts = attempts
        super().__init__(f"cannot fetch {url}: {reason[:300]}", hint)


class ListUnreadable(CrawlError):
    """`reason` is short enough for a table."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class NotADocument(CrawlError):
    """`reason` is short enough for a table; `links` are the page's, for its text may stand elsewhere."""

    def __init__(self, reason: str, hint: str = "", links: Sequence[str] = ()) -> None:
        self.reason = reason
        self.links = tuple(links)
        super().__init__(reason, hint)


class NoText(NotADocument):
    """A page without content."""

    def __init__(self, hint: str = "", links: Sequence[str] = ()) -> None:
        super().__init__("no text", hint, links)


class TooDeep(NotADocument):
    """A page that has text, but in more open elements than can be read."""


class InterstitialPage(NotADocument):
    """`reason` says which."""


class CrawlBusy(CrawlError):
    pass
