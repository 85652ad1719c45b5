"""Pure: what somebody typed for a library, as the keys it may be known by, surest first, and the version in it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum

from shared.errors import InvalidLibraryId
from shared.model.library import check_asked_version, name_key, parse_library_ref
from shared.model.naming import addresses
from shared.model.version import bare

MOST_CHARACTERS = 200
MOST_WORDS = 12
LONGEST_PHRASE = 3
SHORTEST_TO_MEND = 4
"""Letters of a name that may be misspelt: every short word is one letter away from another one."""
MOST_TO_MEND = 24
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

_NUMBER = r"v?\d+(?:\.(?:\d+|[xX*]))*(?:[-.]?(?:rc|alpha|beta|a|b)\.?\d*)?"
_VERSION_TAIL = re.compile(
    rf"(?:@|={{1,3}}|(?:/v)?/|\s+(?:version|release|ver\.?|v)?)\s*(?P<version>{_NUMBER})$",
    re.IGNORECASE,
)
_BOUND = rf"(?:[<>~!]=?|~>|\^)\s*{_NUMBER}"
_RANGE_TAIL = re.compile(rf"[@/]?\s*(?P<version>{_BOUND}(?:[\s,|]+{_BOUND})*)$", re.IGNORECASE)
_NUMBERED = re.compile(rf"(?P<name>.*[^\W\d_][^\W\d_])[-_]?(?P<version>{_NUMBER})$", re.IGNORECASE)
_COMMAND = re.compile(
    r"(?:python3? -m )?(?:pip3?|pipx|uv|poetry|conda|npm|pnpm|yarn|bun|deno|cargo|gem|composer|go)"
    r"(?: pip| tool)? (?:install|i|add|get|require)(?: -\S+)* (?P<package>\S+)$",
    re.IGNORECASE,
)
_TAG_TAIL = re.compile(r"(?<=\S)(?:@|\s+)(?:latest|stable|next|current|main|master)$", re.IGNORECASE)
_REPOSITORY = re.compile(
    r"(?:(?:git\+)?(?:https?|ssh|git)://(?:[^/@\s]+@)?|[^/@\s]+@)?(?:www\.)?"
    r"(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org)[/:](?P<path>[\w.-]+/[\w.-]+?)(?:\.git)?"
    r"(?:/(?:-/)?(?:tree|blob|releases/tag)/(?P<ref>[^/#?]+))?(?:[/#?@].*)?$"
    r"|(?:github|gitlab|gh):(?P<short>[\w.-]+/[\w.-]+?)(?:\.git)?(?:#.*)?$",
    re.IGNORECASE,
)
_REGISTRY = re.compile(
    r"(?:https?://)?(?:www\.)?(?:npmjs\.com/package|pypi\.org/project|crates\.io/crates|rubygems\.org/gems"
    r"|packagist\.org/packages|pkg\.go\.dev)/(?P<package>@?[^\s?#]+?)(?:/v/[^/\d][^/]*)?/?(?:[?#].*)?$",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}(?::\d+)?(?:/\S*)?", re.IGNORECASE)
_VERSION_IN_PATH = re.compile(
    r"/(?:docs?/|en/|(?=v)|(?=\d+\.))(?P<version>v?\d+(?:\.(?:\d+|[xX*]))*)(?=/|$)", re.IGNORECASE
)
"""`/docs/15/`, `/en/8.1.x/`, `/v2/`, `/3.2/`: a lone number elsewhere may be anything."""
_SCOPED = re.compile(r"@(?P<scope>[\w.-]+)/(?P<package>[\w./-]+)")
_PATH = re.compile(r"[\w-]+(?:[./][\w-]+)+")
_ENDINGS = ("js", "py", "lang")
_FILLERS = frozenset(
    word
    for line in (
        "a an the and or for of in on with from to how do does can i we use using used my about",
        "official latest current new docs doc documentation documentations reference manual handbook",
        "tutorial tutorials guide guides website site homepage library libraries lib framework package packages",
        "module modules project tool toolkit tools language programming api apis sdk web app application",
        "database db orm software version",
    )
    for word in line.split()
)


class Trust(IntEnum):
    """How much of what was typed a reading stands for."""

    WHOLE = 0
    """All of it, but for a version."""
    CORE = 1
    """What is left without words that name nothing: `the`, `docs`, `framework`, a final `js`."""
    WITHIN = 2
    """What it is within: the site of a page, the package of a module, the scope of a package."""
    PART = 3
    """A few words out of a sentence."""
    LOOSE = 4
    """The project of another owner, the package of another scope: only alike."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One key that may be meant, and the other words that were typed with it."""

    key: str
    trust: Trust
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """`name` is what a person would call it, for likeness; `readings` are the surest first, each key once.

    `version` is that of the whole name; one between other words of `typed` is left to whoever knows the library.
    """

    name: str
    version: str | None
    readings: tuple[Reading, ...]
    typed: str = ""

    @property
    def sure(self) -> int:
        """How many of the readings make it needless to look for slips and likeness."""
        return sum(reading.trust <= Trust.WITHIN for reading in self.readings)


def read(text: str) -> Asked:
    """What may be meant by a name, an id, a package, an import, an address or a few words."""
    typed = " ".join(text.split())[:MOST_CHARACTERS].strip().strip("`'\"")
    return replace(_read(typed), typed=typed)


def _read(typed: str) -> Asked:
    if typed.startswith("/"):
        try:
            ref = parse_library_ref(typed, check_asked_version)
            return _asked(ref.id, ref.version, [Reading(name_key(ref.id), Trust.WHOLE)])
        except InvalidLibraryId:
            pass
    if found := _REPOSITORY.match(typed):
        return _repository(found["path"] or found["short"], found["ref"] or "")
    if found := _REGISTRY.match(typed) or _COMMAND.match(typed):
        typed = found["package"]
    elif _ADDRESS.fullmatch(typed) and ("://" in typed or "/" in typed):
        said = _VERSION_IN_PATH.search(typed.partition("://")[2] or typed)
        version = bare(said["version"]) if said else None
        return _asked(typed, version, [Reading(name_key(one), Trust.WITHIN) for one in addresses(typed)])
    return _words(typed)


def _repository(path: str, branch: str) -> Asked:
    return _asked(
        path,
        bare(branch) if re.fullmatch(_NUMBER, branch, re.IGNORECASE) else None,
        [Reading(name_key(path), Trust.WHOLE), Reading(name_key(path.rpartition("/")[2]), Trust.LOOSE)],
    )


def _words(typed: str) -> Asked:
    untagged = _TAG_TAIL.sub("", typed)
    tail = _RANGE_TAIL.search(untagged) or _VERSION_TAIL.search(untagged)
    plain = untagged[: tail.start()].strip() if tail else untagged
    name, version = (plain, bare(tail["version"])) if tail and name_key(plain) else (untagged, None)
    content = _content(name)
    core = " ".join(content)
    readings = [
        Reading(name_key(typed), Trust.WHOLE),
        Reading(name_key(name), Trust.WHOLE),
        *_phrases(content),
    ]
    if version is None and (numbered := _NUMBERED.fullmatch(core)):
        readings += [Reading(name_key(core), Trust.CORE), *_phrases(numbered["name"].split())]
        core, version = numbered["name"], bare(numbered["version"])
    readings += [Reading(key, Trust.CORE) for key in _cores(name_key(core))]
    readings += [*_scopes(name), *_paths(name)]
    return _asked(core or name, version, readings)


def _cores(key: str) -> Iterator[str]:
    yield key
    for ending in _ENDINGS:
        if key.endswith(ending) and len(key) >= len(ending) + 2:
            yield key.removesuffix(ending)


def _scopes(name: str) -> Iterator[Reading]:
    """`@angular/animations` is of Angular, `@types/react` is about React, `@acme/react` may be."""
    if found := _SCOPED.fullmatch(name):
        package = found["package"].partition("/")[0]
        if found["scope"] == "types":
            yield Reading(name_key(package.replace("__", "/")), Trust.CORE)
        yield Reading(name_key(f"{found['scope']}/{package}"), Trust.WITHIN)
        yield Reading(name_key(found["scope"]), Trust.WITHIN)
        yield Reading(name_key(package), Trust.LOOSE)


def _paths(name: str) -> Iterator[Reading]:
    """`torch.nn` is a module of `torch`, `react-dom/client` of `react-dom`; `fork/flask` is alike to `flask`."""
    if _PATH.fullmatch(name):
        for end in [found.start() for found in re.finditer(r"[./]", name)][::-1]:
            yield Reading(name_key(name[:end]), Trust.WITHIN)
        if name.count("/") == 1:
            yield Reading(name_key(name.partition("/")[2]), Trust.LOOSE)


def _phrases(content: list[str]) -> Iterator[Reading]:
    """Runs of a few of the words, the longest first, with the words around them."""
    words = content[:MOST_WORDS]
    for length in range(min(LONGEST_PHRASE, len(words) - 1), 0, -1):
        for start in range(len(words) - length + 1):
            beside = (*words[:start], *words[start + length :])
            key = name_key("".join(words[start : start + length]))
            yield Reading(key, Trust.PART, tuple(name_key(word) for word in beside))


def _content(name: str) -> list[str]:
    """The words without those that name nothing; all of them where nothing else is left."""
    words = [word.strip(",;:!?()\"'").rstrip(".") for word in name.split()]
    words = [word for word in words if name_key(word)]
    return [word for word in words if word.casefold() not in _FILLERS] or words


def _asked(name: str, version: str | None, readings: list[Reading]) -> Asked:
    """Each key once, where it is surest."""
    ordered: dict[str, Reading] = {}
    for reading in sorted(readings, key=lambda reading: reading.trust):
        if reading.key:
            ordered.setdefault(reading.key, reading)
    return Asked(name, version, tuple(ordered.values()))


def mended(key: str) -> list[str]:
    """Every key that is one slip away: neighbours swapped, one letter too many, one missing, one wrong."""
    if not SHORTEST_TO_MEND <= len(key) <= MOST_TO_MEND:
        return []
    cuts = [(key[:place], key[place:]) for place in range(len(key) + 1)]
    swapped = [left + right[1] + right[0] + right[2:] for left, right in cuts if len(right) > 1]
    shorter = [left + right[1:] for left, right in cuts if right]
    longer = [left + letter + right for left, right in cuts for letter in _LETTERS]
    replaced = [left + letter + right[1:] for left, right in cuts if right for letter in _LETTERS]
    return [one for one in dict.fromkeys([*swapped, *shorter, *longer, *replaced]) if one != key]
