"""Pure: every name and address a library answers to, and the keys that make two spellings one."""

import re
from bisect import bisect
from collections.abc import Iterable

from shared.model.library import Library, name_key

_SAYS_NOTHING = frozenset(
    {
        *("doc", "docs", "documentation", "site", "web", "website", "www"),
        *("app", "cli", "client", "core", "framework", "lib", "sdk", "server", "ui"),
    }
)
_HOSTS_OF_MANY = {
    **dict.fromkeys(("github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "learn.microsoft.com"), 2),
    **dict.fromkeys(("docs.rs", "hexdocs.pm", "docs.spring.io", "developer.hashicorp.com"), 1),
}
"""Hosts where the address of one library begins only after so many parts of the path."""
_DEEPEST = 6
"""Parts of a path that are looked at."""
FORGIVEN = (0, 5, 9)
"""Letters that a name has at least, by the slips that leave it recognisable: `rest` is not `rust`."""
LONGEST_KEY = 200
"""Characters; nobody types a longer name."""


def spoken_names(library: Library) -> tuple[str, ...]:
    """What a library is called: id, project (or organisation: `/mongodb/docs`), name, aliases, packages, imports."""
    short = short_name(library.id)
    return tuple(
        dict.fromkeys(
            [library.id, short, library.name, *library.aliases, *library.packages, *library.imports]
        )
    )


def short_name(library_id: str) -> str:
    """The project of an id, or its organisation where the project says nothing; a name as it is."""
    organisation, _, project = library_id.rpartition("/")
    return (
        organisation.rpartition("/")[2] if project.casefold() in _SAYS_NOTHING and organisation else project
    )


def nearest(asked: str, libraries: Iterable[Library], most: int = 5) -> list[str]:
    """Ids of the libraries that are called so but for a slip, the nearest first; of an id its project counts."""
    key = name_key(short_name(asked))
    found: dict[str, int] = {}
    for library in libraries:
        names = map(name_key, spoken_names(library)[1:])
        near = [far for name in names if (far := _slipped(key, name)) is not None]
        if near:
            found[library.id] = min(near)
    return sorted(found, key=lambda one: (found[one], slips(asked.casefold(), one), one))[:most]


def _slipped(key: str, name: str) -> int | None:
    """The slips between two names; None where they are so many, for the longer one, that another is meant."""
    forgiven = bisect(FORGIVEN, max(len(key), len(name))) - 1
    if abs(len(key) - len(name)) > forgiven:
        return None
    far = slips(key, name)
    return far if far <= forgiven else None


def slips(one: str, other: str) -> int:
    """How many letters are too many, missing, wrong, or swapped with a neighbour; linear memory."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (letter != wanted)))
            if last and letter == other[j - 2 : j - 1] and one[i - 2] == wanted and j > 1:
                row[-1] = min(row[-1], last[j - 2] + 1)
    return row[-1]


def addresses(url: str) -> list[str]:
    """A web address and those above it, longest first, without scheme, `www.`, query and anchor.

    None is so short that it would be that of many libraries: `github.com/pallets`.
    """
    bare = url.partition("://")[2] or url
    host, *path = bare.partition("#")[0].partition("?")[0].strip("/").casefold().split("/")
    host = host.rpartition("@")[2].partition(":")[0].removeprefix("www.")
    path = [part for part in path if part][:_DEEPEST]
    least = _HOSTS_OF_MANY.get(host, 0)
    return ["/".join([host, *path[:depth]]) for depth in range(len(path), least - 1, -1)]


def spelled(name: str) -> str:
    """The words of a name, folded, one space between them: what likeness is measured on."""
    return " ".join(re.findall(r"[^\W_]+", name.casefold()))


def name_rows(library: Library) -> list[tuple[str, str]]:
    """Key and words of all that a library answers to; an id or address has no words: it is found by its key alone."""
    names = [(name_key(name), spelled(name)) for name in spoken_names(library)[1:]]
    documentation = addresses(library.docs_url) if library.docs_url else []
    repository = addresses(library.repo_url)[:1] if library.repo_url else []
    places = [(name_key(place), "") for place in (library.id, *documentation, *repository)]
    return list(dict.fromkeys(row for row in (*names, *places) if 0 < len(row[0]) <= LONGEST_KEY))
