"""Libraries, their versions, and what names them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from shared.errors import InvalidLibraryId

LATEST = "latest"
ID_LIMIT = 100
"""Characters in a library id: the width of its column."""

_SEGMENT = r"[A-Za-z0-9][A-Za-z0-9._-]*"
_VERSION = re.compile(r"(?=[._-]*[A-Za-z0-9])[A-Za-z0-9._-]{1,50}")
_ASKED = re.compile(r"(?! )(?=[^A-Za-z0-9*]*[A-Za-z0-9*])[A-Za-z0-9._+^~<>=!*,| -]{1,50}")
_ID = re.compile(rf"/?(?P<id>{_SEGMENT}/{_SEGMENT})(?:(?:[/@]|(?=[=<>~^!]))(?P<version>[^/@]+))?/?")


@dataclass(frozen=True, slots=True)
class LibraryRef:
    """What a caller named: a library, and a version if it was pinned."""

    id: str
    version: str | None = None

    def __str__(self) -> str:
        return f"{self.id}/{self.version}" if self.version else self.id


def check_version(version: str) -> str:
    """The version itself, or InvalidLibraryId."""
    if not is_version(version):
        raise InvalidLibraryId(
            f"{version[:60]!r} is not a version",
            "use 1 to 50 letters, digits, dots, underscores or hyphens, not signs alone",
        )
    return version


def check_asked_version(version: str) -> str:
    """What may be asked for, which is also a range as in `^2.2`; or InvalidLibraryId."""
    if not _ASKED.fullmatch(version):
        raise InvalidLibraryId(
            f"{version[:60]!r} is not a version", "write one as in /pallets/flask/2.2 or /pallets/flask/^2.2"
        )
    return version


def parse_library_ref(text: str, check: Callable[[str], str] = check_version) -> LibraryRef:
    """Read `/org/project`, `/org/project/1.2` or `/org/project@1.2`.

    Raises InvalidLibraryId with an example of what is wanted.
    """
    shown = text if len(text) <= ID_LIMIT else text[: ID_LIMIT - 1] + "…"
    found = _ID.fullmatch(text.strip())
    if not found or len(found["id"]) >= ID_LIMIT:
        raise InvalidLibraryId(
            f"{shown!r} is not a library id",
            "write /org/project or /org/project/version, as in /pallets/flask/2.2",
        )
    version = found["version"]
    return LibraryRef("/" + found["id"], check(version) if version is not None else None)


def is_version(name: str) -> bool:
    """Whether a version can be called so: `..` and the like are places, not names."""
    return _VERSION.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Library:
    """A row of `libraries`; description, aliases, tags and what else is a tuple live in its metadata."""

    id: str
    name: str
    vendor: str | None = None
    repo_url: str | None = None
    docs_url: str | None = None
    default_version: str | None = None
    popularity_score: int = 0
    total_snippets: int = 0
    total_tokens: int = 0
    last_crawled_at: datetime | None = None
    description: str = ""
    aliases: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    """What it is installed as: names in npm, PyPI, crates.io and the like."""
    imports: tuple[str, ...] = ()
    """What code imports."""


def name_key(name: str) -> str:
    """Letters and digits of a name, folded: what makes `Next.js`, `next js` and `nextjs` one name."""
    spelled = name.replace("+", "plus").replace("#", "sharp")
    if not spelled.isascii():
        spelled = unicodedata.normalize("NFKD", spelled)
    return "".join(filter(str.isalnum, spelled.casefold()))


def highest(versions: Iterable[str]) -> str | None:
    """Which version is the latest: the one called so, else the highest release, else pre-release."""
    return max(versions, key=release_order, default=None)


def newest_first(versions: Iterable[str]) -> list[str]:
    """The one called `latest`, then releases by their numbers, then pre-releases."""
    return sorted(versions, key=release_order, reverse=True)


def release_order(version: str) -> tuple[bool, bool, tuple[int, ...], str]:
    """Sorts versions: the one called `latest` last, before it releases by their numbers, then pre-releases."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version))
    final = not re.search(
        r"(?i)dev|alpha|beta|rc|pre|preview|canary|nightly|main|master|next|\d[ab]\d", version
    )
    return version == LATEST, final and bool(numbers), numbers, version


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """A generation that is being built."""

    id: UUID
    library_version_id: UUID
    library_id: str
    version: str
    backend: str
    index_name: str
    model: str
    fingerprint: str
    dimension: int


@dataclass(frozen=True, slots=True)
class Generation:
    """One complete build of one library version. `index_name` names it in the vector store."""

    id: UUID
    library_version_id: UUID
    library_id: str
    version: str
    backend: str
    index_name: str
    model: str
    fingerprint: str
    dimension: int
    pages: int
    chunks: int
    tokens: int
    published_at: datetime | None = None
    copies: int = 0
    """Chunks that say the same as another one of it."""


@dataclass(frozen=True, slots=True)
class LibraryVersion:
    """A row of `library_versions` and the generation that is served for it, if any."""

    id: UUID
    library_id: str
    version: str
    is_latest: bool
    generation: Generation | None = None


@dataclass(frozen=True, slots=True)
class ServedVersion:
    """A version that answers are read from, by the generation that is served for it."""

    generation: Generation
    is_latest: bool
    confirmed_at: datetime | None = None
    """When a crawl or refresh last found what is served to be what the site has."""
    source: str | None = None
    """The address at which that crawl began."""

    @property
    def library_id(self) -> str:
        return self.generation.library_id

    @property
    def version(self) -> str:
        return self.generation.version


@dataclass(frozen=True, slots=True)
class Candidate:
    """A library that may be meant by a name, with the evidence the store found for it (each 0 to 1)."""

    library: Library
    versions: tuple[str, ...]
    keys: tuple[str, ...]
    """Those of the keys asked for that it answers to, letter for letter."""
    similarity: float
    """Best trigram similarity of the asked name to name, id, aliases and packages."""
    text_rank: float
    """Full-text rank over name, description and tags."""
    known: bool = False
    """Of the shipped catalogue: the official one among those that share a name."""
    sources: Mapping[str, str] = field(default_factory=dict)
    """The address at which the served crawl of a version began, by version."""
