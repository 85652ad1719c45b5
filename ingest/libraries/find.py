"""Which library an operator means: by its id, or by a name that only one library answers to."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from ingest.libraries.shipped import shipped_libraries
from shared.catalogue.store import Catalogue
from shared.errors import InvalidLibraryId, LibraryUnknown
from shared.model.library import (
    ID_LIMIT,
    Library,
    LibraryRef,
    check_version,
    is_version,
    name_key,
    parse_library_ref,
)
from shared.model.naming import nearest, short_name

_NAME = re.compile(r"(?P<name>@[^/@\s]+/[^/@\s]+|[^/@:]+)(?:@(?P<version>[^/@]+))?")
_NUMBERED = re.compile(r"(?P<name>[^/]+)/(?P<version>v?\d[^/]*|latest|stable)/?")
"""Reads as an id, too."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for a library. `flask` is a name, `/pallets/flask` an id, `flask/2.2` may be either."""

    text: str
    id: LibraryRef | None
    name: str = ""
    version: str | None = None

    @property
    def named_version(self) -> str | None:
        """The version that is named for sure: that of `flask/2.2` may be a project."""
        return self.id.version if self.id else self.version

    @property
    def versionless(self) -> "Typed":
        """The same where no version is wanted: `flask/2.2` is an id."""
        return replace(self, name="") if self.id else self

    @property
    def shown(self) -> str:
        return self.id.id if self.id else self.name


def read_typed(text: str, check: Callable[[str], str] = check_version) -> Typed:
    """Raises InvalidLibraryId with an example of what is wanted, also where `check` does for the version."""
    plain = text.strip()
    try:
        ref = parse_library_ref(plain, check)
    except InvalidLibraryId:
        named = _NAME.fullmatch(plain)
        if not named or len(plain) > ID_LIMIT or not name_key(named["name"]):
            raise
        version = named["version"]
        return Typed(text, None, named["name"], check(version) if version is not None else None)
    either = _NUMBERED.fullmatch(plain)
    return Typed(text, ref, either["name"], either["version"]) if either else Typed(text, ref)


async def find_here(catalogue: Catalogue, typed: Typed) -> LibraryRef:
    """The library of this Lectern that is meant.

    Raises LibraryUnknown, which names the crawl where the shipped catalogue knows it, or else near matches.
    """
    if here := typed.id and await catalogue.library(typed.id.id):
        return LibraryRef(here.id, typed.named_version)
    if found := _only_one(typed, await _named(catalogue, typed)):
        return found
    absent = _shipped(typed) or _only_one(typed, shipped_libraries().values())
    if absent:
        raise LibraryUnknown(absent.id, hint=f"crawl it: ingest crawl {_to_crawl(absent)}")
    near = await _near(catalogue, typed)
    hint = "`ingest library list` shows what is here"
    if near and not await catalogue.library(near[0]):
        hint = f"crawl it if so: ingest crawl {_guess(near[0], typed)}"
    raise LibraryUnknown(typed.shown, near, hint)


async def find_to_crawl(catalogue: Catalogue, typed: Typed, *, new: bool) -> LibraryRef:
    """The library of this Lectern or of the shipped catalogue that is meant; with `new`, any id.

    Raises LibraryUnknown with near matches, so that no guess is crawled.
    """
    if here := typed.id and await catalogue.library(typed.id.id):
        return LibraryRef(here.id, typed.named_version)
    if found := _shipped(typed) or (typed.id if new else None):
        return found
    if found := _only_one(typed, [*await _named(catalogue, typed), *shipped_libraries().values()]):
        return found
    near = await _near(catalogue, typed)
    hint = f"name its start page: ingest crawl {typed.id.id if typed.id else '/org/project'} URL"
    if near:
        hint = f"if so, ingest crawl {_guess(near[0], typed)}; if not, {hint}"
    raise LibraryUnknown(typed.shown, near, hint)


def answering(name: str, libraries: Iterable[Library]) -> list[str]:
    """Ids of the libraries that are called so; else of those whose project is, else whose package or import is."""
    key, asked = name_key(name), list(libraries)
    for names in (_called, _project, _installed):
        if found := [library.id for library in asked if key in map(name_key, names(library))]:
            return list(dict.fromkeys(found))
    return []


def _called(library: Library) -> tuple[str, ...]:
    return (library.name, *library.aliases)


def _project(library: Library) -> tuple[str, ...]:
    return (short_name(library.id),)


def _installed(library: Library) -> tuple[str, ...]:
    return (*library.packages, *library.imports)


def _only_one(typed: Typed, libraries: Iterable[Library]) -> LibraryRef | None:
    """Raises LibraryUnknown where several answer to the name."""
    found = answering(typed.name, libraries) if typed.name else []
    if len(found) > 1:
        raise LibraryUnknown(typed.name, found, "several are called so: write the id")
    return LibraryRef(found[0], typed.version) if found else None


def _shipped(typed: Typed) -> LibraryRef | None:
    """The id as the shipped catalogue writes it, if it has it."""
    written = typed.id.id.lower() if typed.id else ""
    return LibraryRef(written, typed.named_version) if written in shipped_libraries() else None


async def _named(catalogue: Catalogue, typed: Typed) -> list[Library]:
    return await catalogue.named(typed.name) if typed.name else []


def _to_crawl(ref: LibraryRef) -> LibraryRef:
    """Without a range: none can be crawled."""
    return ref if ref.version and is_version(ref.version) else LibraryRef(ref.id)


def _guess(library_id: str, typed: Typed) -> LibraryRef:
    return _to_crawl(LibraryRef(library_id, typed.version if typed.name else typed.named_version))


async def _near(catalogue: Catalogue, typed: Typed) -> list[str]:
    """Libraries whose ids or names are like what was typed, else like the name alone that stands in it."""
    for text in filter(None, dict.fromkeys((typed.shown, typed.name))):
        if near := nearest(text, [*await catalogue.alike(text), *shipped_libraries().values()]):
            return near
    return []
