"""Pure: the versions of a documentation that a site has side by side, as its addresses tell."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import unescape
from itertools import islice
from typing import Any

from ingest.crawl.addresses.urls import join_all, origin, path_of
from shared.errors import ListUnreadable
from shared.model.library import is_version, release_order

_NUMBERED = re.compile(
    r"(?:v|version-|release-)?\d+(?:(?:[._]\d+)+(?:\.x)?|\.x)(?:[-._]?(?:a|b|rc|alpha|beta|dev)[-.]?\d*)?|v\d{1,3}",
    re.I,
)
_BARE = re.compile(r"\d{1,3}")
_RELEASED = frozenset({"stable", "current", "latest", "lts"})
_UNRELEASED = frozenset(
    {"dev", "devel", "main", "master", "next", "nightly", "canary", "edge", "unstable", "trunk"}
)
_UNMISTAKABLE = frozenset({"latest", "stable", "next", "nightly", "canary"})
"""Words that name a version even where the start page does not stand in one."""
_BEFORE_BARE = re.compile(r"docs?|documentation|manual|releases?|versions?|[a-z]{2}([-_][a-z]{2,4})?", re.I)
"""The folder above a number without a point, where that is a version."""
_ADDRESSES = re.compile(r"""\b(?:href|value)\s*=\s*["']?([^"'\s>]+)""", re.I)
_MOST_ADDRESSES = 20_000
_MOST_VERSIONS = 500


@dataclass(frozen=True, slots=True)
class SiteVersion:
    name: str
    """As the site's addresses have it: `3.2`, `v2`, `stable`."""
    folder: str
    """Its URL, with a slash at the end."""
    latest: bool = False
    """Whether the site says that it is."""
    released: date | None = None


class Versions:
    """Those of the site around a start page at `start`, that was typed as `typed` and is crawled as `prefix`."""

    def __init__(self, typed: str, start: str, prefix: str, found: Iterable[SiteVersion] = ()) -> None:
        self._start = start
        self._typed = typed
        self._found = {one.name: one for one in found}
        self._seen: dict[str, str] = {}
        """Folders at the place where versions stand, by name; they are versions if there are enough of them."""
        place = _place(start)
        self.own = place[1] if place else ""
        """The name of the one that is crawled; empty where its address tells none."""
        self.head = place[0] if place else f"{origin(start)}{prefix.rstrip('/')}/"
        """What stands before the version in the addresses of the site."""
        self.others: list[SiteVersion] = self._not_own()
        """All that are not crawled: the highest release first, words last."""

    def learn(self, urls: Iterable[str]) -> None:
        """Take note of addresses of the site, normalised."""
        for url in urls:
            if len(self._seen) >= _MOST_VERSIONS:
                break
            if not url.startswith(self.head):
                continue
            name, slash, _ = url.removeprefix(self.head).partition("?")[0].partition("/")
            if name not in self._seen and (slash or self.own) and self._is_version(name):
                self._seen[name] = f"{self.head}{name}/"
        self.others = self._not_own()

    @property
    def latest(self) -> str | None:
        """The name of the one that the site calls the latest, or leads to; None where it does neither.

        Where the start's own address names no version, the name is empty. That one of the linked versions has the
        highest number says nothing: an old page does not link to what came after it.
        """
        others = self.others
        told = next((one for one in self._found.values() if one.latest), None)
        if told:
            return self.own if self._start.startswith(told.folder) else told.name
        if _is_number(self.own) and not path_of(self._typed).startswith(path_of(f"{self.head}{self.own}")):
            typed = _place(self._typed)
            if typed is None or typed[1] in _RELEASED:
                return self.own  # the site led us here
        names = [one.name for one in others]
        if self.own in _RELEASED and not (self.own == "latest" and "stable" in names):
            return self.own
        return "" if names and not self.own else None

    @property
    def released(self) -> date | None:
        """When the one that is crawled was released, where the site tells."""
        return next(
            (one.released for one in self._found.values() if self._start.startswith(one.folder)), None
        )

    def bars(self, url: str) -> str | None:
        """Why a URL that is in scope belongs to another version, or None."""
        other = next((one.name for one in self.others if url.startswith(one.folder)), None)
        return other and f"another version: {other}"

    def address(self, version: str) -> str | None:
        """Where a requested version begins, or None where the site names no such version."""
        return next((self.start_of(one) for one in self.others if same_version(one.name, version)), None)

    def start_of(self, version: SiteVersion) -> str:
        """Where another version begins."""
        return self._within(version.folder)

    def guesses(self, version: str) -> list[str]:
        """Where it would stand beside the one of the start page, most likely first."""
        if not self.own:
            return []
        names = [version] if not _is_number(version) else [version, f"{version}.x", f"v{version}"]
        return [self._within(f"{self.head}{name}/") for name in names]

    def _within(self, folder: str) -> str:
        """The folder of the start page, as another version has it."""
        inner = self._start.removeprefix(f"{self.head}{self.own}/") if self.own else ""
        return folder + inner.partition("?")[0].rpartition("/")[0] + ("/" if "/" in inner else "")

    def _not_own(self) -> list[SiteVersion]:
        seen = self._seen
        if not self.own and (len(seen) < 2 or not any(map(_NUMBERED.fullmatch, seen))):
            seen = {}
        every = {name: SiteVersion(name, folder) for name, folder in seen.items()} | self._found
        others = (
            one for one in every.values() if one.name != self.own and not self._start.startswith(one.folder)
        )
        return sorted(others, key=lambda one: (_is_number(one.name), *release_order(one.name)), reverse=True)

    def _is_version(self, name: str) -> bool:
        if _NUMBERED.fullmatch(name):
            return _is_number(name)
        return (
            (bool(_BARE.fullmatch(name)) or name in _RELEASED | _UNRELEASED)
            if self.own
            else name in _UNMISTAKABLE
        )


def named_version(url: str) -> str | None:
    """The version that a start URL names by itself, as people say it: `/en/v3.2/` is 3.2; None for `/stable/`."""
    place = _place(url)
    if place is None or place[1] in _RELEASED:
        return None
    head, name = place
    if name in _UNRELEASED and url.removeprefix(f"{head}{name}").strip("/"):
        return None  # a developer's guide, most likely
    return spoken(name)


def spoken(name: str) -> str:
    """The name of a version without what only addresses have."""
    bare = re.sub(r"^(?:v|version-|release-)(?=\d)", "", name, flags=re.I)
    return bare.replace("_", ".") if _is_number(bare) else bare


def same_version(name: str, asked: str) -> bool:
    """Whether an address means the version that somebody asks for: `v3.2.x` is 3.2."""
    plain, wanted = spoken(name).lower(), spoken(asked).lower()
    return plain == wanted or plain == f"{wanted}.x"


def named_addresses(body: bytes, url: str) -> list[str]:
    """The addresses in the links and the drop-down lists of a page at `url`, normalised, as they come."""
    text = body.decode("utf-8", "replace")
    found = islice(_ADDRESSES.finditer(text), _MOST_ADDRESSES)
    return join_all(url, dict.fromkeys(_unescaped(one[1]) for one in found))


def _unescaped(address: str) -> str:
    try:
        return unescape(address)
    except ValueError:  # a number of thousands of digits
        return address


def parse_switcher(body: bytes, url: str) -> list[SiteVersion]:
    """The versions in a list for switchers at `url`: that of mike, or that of PyData's theme; none in a web page.

    Raises ListUnreadable for what is neither.
    """
    if not body.strip() or body.lstrip().startswith(b"<"):
        return []
    try:
        listed = json.loads(body)
    except ValueError as error:
        raise ListUnreadable("is no JSON") from error
    except RecursionError as error:
        raise ListUnreadable("is nested too deeply") from error
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    return [one for entry in entries[:_MOST_VERSIONS] if (one := _entry(entry, url))]


def _entry(entry: Mapping[str, Any], url: str) -> SiteVersion | None:
    name = str(entry.get("version") or "")
    folders = join_all(url, [f"{str(entry.get('url') or name).rstrip('/')}/"])
    if not is_version(name) or not folders:
        return None
    aliases = entry.get("aliases") or ()
    said = [str(alias) for alias in aliases] if isinstance(aliases, list) else []
    latest = entry.get("preferred") is True or not _RELEASED.isdisjoint(said)
    return SiteVersion(name, folders[0], latest, _date(entry.get("release_date") or entry.get("released")))


def _date(said: object) -> date | None:
    try:
        return date.fromisoformat(str(said)[:10])
    except ValueError:
        return None


def _place(url: str) -> tuple[str, str] | None:
    """What stands before the version in an address, with a slash at its end, and the version's name."""
    path = path_of(url)
    folders = path.split("/")[1:]
    if not path.endswith("/") and not _is_number(folders[-1]):
        folders.pop()
    for end in range(len(folders) - 1, -1, -1):
        name, above = folders[end], folders[end - 1] if end else ""
        bare = _BARE.fullmatch(name) and _BEFORE_BARE.fullmatch(above)
        if (_is_number(name) and (bare or not _BARE.fullmatch(name))) or name in _RELEASED | _UNRELEASED:
            return f"{origin(url)}/{''.join(f'{one}/' for one in folders[:end])}", name
    return None


def _is_number(name: str) -> bool:
    return is_version(name) and bool(_NUMBERED.fullmatch(name) or _BARE.fullmatch(name))
