"""Pure: every name and address a library answers to, and the keys that make two spellings one."""

import re

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
LONGEST_KEY = 200
"""Characters; nobody types a longer name."""


def spoken_names(library: Library) -> tuple[str, ...]:
    """What a library is called: id, project (or organisation: `/mongodb/docs`), name, aliases, packages, imports."""
    _, organisation, project = library.id.split("/")
    short = organisation if project.casefold() in _SAYS_NOTHING else project
    return tuple(
        dict.fromkeys(
            [library.id, short, library.name, *library.aliases, *library.packages, *library.imports]
        )
    )


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
